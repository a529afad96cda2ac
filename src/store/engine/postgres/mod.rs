//! PostgreSQL: many transactions at once, connections that may have to be given up, and what a server says of itself.

pub(crate) mod distribution;
pub(crate) mod look;
pub(crate) mod size;
pub(crate) mod stale;
pub(crate) mod transaction;
pub(crate) mod writer;

pub use writer::{IN_ORDER, SEEK};
