//! Deletions: which identifier deletes which record, and what is told of it afterwards.

mod operation;
mod plan;

pub use operation::{Attribution, Operation, OperationKind};
pub use plan::{Deletion, DeletionOptions, DeletionOutcome, Matches, Outcome, Plan, plan};
