//! Writes: each runs under the lock of what it changes. If the client sent an idempotency key, the transaction also
//! saves the response.

pub(crate) mod account;
pub(crate) mod batch;
mod counts;
mod lane_queue;
pub(crate) mod lanes;
pub(crate) mod list;
pub(crate) mod lock;
#[doc(hidden)]
pub mod statements;
mod together;
pub(crate) mod trace;
mod turn;

pub use lane_queue::LaneLoad;
