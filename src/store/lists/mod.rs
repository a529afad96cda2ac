//! Record lists and their rows.

pub(crate) mod create;
pub(crate) mod read;
pub mod statements;
