//! Record lists: their rows, and their locks.

pub(crate) mod create;
pub(crate) mod lock;
pub(crate) mod read;
pub mod statements;
