//! The domain: plain types and rules, such as what an identifier is, which records a deletion deletes and which texts
//! are well formed.
//!
//! No I/O, no clock, no `async`. Every other module may import this one; it imports none of them. A value of one of
//! these types is proof that it satisfies the type's rule.

mod account;
mod cursor;
mod deletions;
mod idempotency;
mod ids;
mod limits;
mod order;
mod paging;
mod record_list;
mod records;
pub mod text;
mod time_range;
mod window;

pub use account::AccountId;
pub use cursor::{Cursor, ItemKey, KeyType, Listing, SortValue, SortedKey};
pub use deletions::{
    Attribution, Deletion, DeletionOptions, DeletionOutcome, Matches, Operation, OperationKind, Outcome, Plan, plan,
};
pub use idempotency::{Fingerprint, IdempotencyKey};
pub use ids::{RecordId, RecordListId, SentId};
pub use limits::{LimitExceeded, Limits};
pub use order::{Direction, Order};
pub use paging::{Page, Paging, Position};
pub use record_list::{
    ListConditions, ListName, ListOrder, ListSort, NewRecordList, RecordList, Status, UniqueIdentifierType,
};
pub use records::{
    ExternalId, ExternalProvider, ExternalReference, ExternalUrl, ExtraData, ExtraDataFault, ExtraDataFilter,
    IdentifierKind, Identifiers, NewRecord, PersonName, PhoneLine, PhoneNumber, PhoneNumberFault, PhoneType, Priority,
    PriorityFault, Record, RecordConditions, RecordFilter, RecordOrder, RecordSelection, RecordSort, Rejection, Search,
    SearchField, SearchText, SentExtraDataFilter, SentPhoneNumber, SentTimezone, Taken, Timezone, UploadRequestId,
    admit,
};
pub use time_range::{Second, TimeRange};
pub use window::{End, Window};
