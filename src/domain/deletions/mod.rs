//! Deletions: which identifier deletes which record, and what is reported and recorded afterwards.

mod operation;
mod plan;

pub use operation::{Attribution, Operation, OperationKind};
pub use plan::{Deletion, DeletionOptions, DeletionOutcome, Matches, Outcome, Plan, plan};
