//! Deletions: resolved, planned and applied, together where they wait together.

mod account;
mod apply;
#[doc(hidden)]
pub mod batch_statements;
mod delete;
mod lane_queue;
mod lanes;
mod resolve;
mod together;

pub use delete::DeleteRecords;
pub use lane_queue::LaneLoad;
pub(crate) use lanes::Lanes;
pub use resolve::RehearseDeletion;
