//! Deletions: resolved, planned and applied, in one transaction if they wait together.

mod account;
mod apply;
#[doc(hidden)]
pub mod batch_statements;
mod delete;
#[doc(hidden)]
pub mod on_sqlite;
mod page;
pub(crate) mod purge;
pub(crate) mod resolve;
pub(crate) mod retention;

pub(crate) use apply::delete_rows;
pub use delete::DeleteRecords;
pub use page::PageOfOperations;
pub use resolve::RehearseDeletion;
