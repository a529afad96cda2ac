//! The audit trail: which deletions were carried out.

pub mod page_statements;
pub(crate) mod read;
pub mod statements;
