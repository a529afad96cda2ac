//! The domain: plain types and rules, such as what an identifier is, which records a deletion deletes and which texts
//! are well formed.
//!
//! No I/O, no clock, no `async`. Every other module may import this one; it imports none of them. A value of one of
//! these types is proof that it satisfies the type's rule.

mod account;
mod credentials;
mod cursor;
mod deletions;
mod idempotency;
mod ids;
pub mod json;
mod limits;
mod order;
mod paging;
mod record_list;
mod records;
pub mod text;
mod time_range;
mod window;

pub use account::AccountId;
pub use credentials::{
    Client, ClientId, Credentials, KEPT_AFTER, NewSigningKey, SecretHash, SigningKey, SigningKeys, TOKEN_LIFETIME,
};
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
    ListChange, ListConditions, ListName, ListOrder, ListSort, NewRecordList, RecordList, Status, UniqueIdentifierType,
};
pub use records::{
    BrokenRule, ExternalId, ExternalProvider, ExternalReference, ExternalUrl, ExtraData, ExtraDataFault,
    ExtraDataFilter, IdentifierKind, Identifiers, IfPresent, Item, ItemOutcome, NewRecord, PersonName, PhoneLine,
    PhoneNumber, PhoneNumberFault, PhoneType, PresentExtraData, Priority, PriorityFault, Record, RecordConditions,
    RecordFilter, RecordMembers, RecordOrder, RecordSelection, RecordSort, Refusal, Rejection, Roster, RosterChanges,
    Search, SearchField, SearchText, SentExtraDataFilter, SentPhoneNumber, SentTimezone, Taken, Timezone,
    UploadRequestId, admit, change_records,
};
pub use time_range::{Second, TimeRange};
pub use window::{End, Window};
