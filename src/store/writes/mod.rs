//! Writes: each runs under the lock of what it changes, in a transaction that saves its answer too where the caller
//! may ask again.

pub(crate) mod account;
pub(crate) mod batch;
mod lane_queue;
pub(crate) mod lanes;
pub(crate) mod list;
pub(crate) mod lock;
#[doc(hidden)]
pub mod statements;
mod together;
pub(crate) mod trace;

pub use lane_queue::LaneLoad;
