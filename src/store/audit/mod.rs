//! The audit trail: which deletions were carried out.

#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;

pub use read::PageOfOperations;
