//! Deletions: resolved, planned and applied, together where they wait together.

mod apply;
pub mod batch_statements;
mod batches;
pub(crate) mod delete;
pub(crate) mod lanes;
pub(crate) mod resolve;
