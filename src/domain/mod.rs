//! Plain types and rules: what an identifier is, what deletes what, which text is well formed.
//!
//! No I/O, no clock and no `async`; every other module may import this one, and it imports none of them.
//! A value of a type from here is proof that its rule holds.

mod account;
mod admission;
mod idempotency;
mod identifiers;
mod operation;
mod paging;
mod phone_number;
mod plan;
mod record;
mod record_list;
pub mod text;
mod timezone;

pub use account::AccountId;
pub use admission::{Admission, Taken, admit};
pub use idempotency::{Fingerprint, IdempotencyKey};
pub use identifiers::{ExternalReference, IdentifierKind, Identifiers};
pub use operation::{Operation, OperationKind};
pub use paging::{Cursor, Listing, Page, Paging, Position};
pub use phone_number::{PhoneNumber, PhoneNumberFault};
pub use plan::{Deletion, DeletionOptions, DeletionOutcome, Matches, Outcome, Plan, plan};
pub use record::{NewRecord, PhoneLine, PhoneType, Record, RecordFilter, RecordId};
pub use record_list::{NewRecordList, RecordList, RecordListId, Status, UniqueIdentifierType};
pub use timezone::Timezone;
