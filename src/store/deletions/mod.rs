//! Deletions: resolved, planned and applied, in one transaction if they wait together.

mod account;
mod apply;
#[doc(hidden)]
pub mod batch_statements;
mod delete;
mod page;
pub(crate) mod purge;
mod resolve;
pub(crate) mod retention;

pub use delete::DeleteRecords;
pub use page::PageOfOperations;
pub use resolve::RehearseDeletion;
