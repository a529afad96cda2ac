//! The audit trail: which deletions were carried out.

#[doc(hidden)]
pub mod page_statements;
#[doc(hidden)]
pub mod statements;
