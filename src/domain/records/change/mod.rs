//! Changes of records: what a request that creates and changes records comes to.

mod items;
mod record_members;
mod refusal;
mod roster;

pub use items::{IfPresent, Item, ItemOutcome, change_records};
pub use record_members::{PresentExtraData, RecordMembers};
pub use refusal::{BrokenRule, Refusal};
pub use roster::{Roster, RosterChanges};
