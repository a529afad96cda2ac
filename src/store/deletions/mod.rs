//! Deletions: resolved, planned and applied, together where they wait together.

mod account;
mod apply;
pub mod batch_statements;
pub(crate) mod delete;
pub(crate) mod lane_queue;
pub(crate) mod lanes;
pub(crate) mod resolve;
mod together;
