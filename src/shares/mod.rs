//! Shares: how much of what the process has each account may take, so that none can take it from the others.
//!
//! Depends on the domain only. What can run out is divided: an account that has used up its share of the memory is
//! refused, and so is every account if the process has nothing left; the two are told apart, because only the first one
//! is in the caller's hands. What comes back soon, as memory and turns do, is waited for, and the accounts take turns.

mod gate;
mod memory;
mod places;
mod rate;
mod saved_responses;
mod turns;

use thiserror::Error;

pub(crate) use gate::{Gate, Pass};
pub use memory::{Memory, MemorySettings, Room, SMALL_BODY};
pub(crate) use places::Places;
pub use rate::{Allowance, Rate};
pub(crate) use saved_responses::{SavedResponses, Verdict};
pub(crate) use turns::{ONE_TURN, Turns};

/// Why something was not given. Nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The account has used up its own share.
    #[error("the account has used up its share")]
    Account,
    /// The process has nothing left.
    #[error("the process has nothing left")]
    Process,
}
