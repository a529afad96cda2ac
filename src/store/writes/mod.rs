//! Writes: each runs under the lock of what it changes, in a transaction that saves its answer too where the caller
//! may ask again.

pub(crate) mod account;
pub(crate) mod list;
pub(crate) mod lock;
#[doc(hidden)]
pub mod statements;
pub(crate) mod trace;
