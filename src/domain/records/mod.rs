//! Records: what identifies a record, which values are well formed, and which records a list accepts.

mod admission;
mod change;
mod extra_data;
mod identifiers;
mod phone_number;
mod priority;
mod record;
mod search;
mod selection;
mod timezone;

pub use admission::{Rejection, Taken, admit};
pub use change::{
    BrokenRule, IfPresent, Item, ItemOutcome, PresentExtraData, RecordMembers, Refusal, Roster, RosterChanges,
    change_records,
};
pub use extra_data::{ExtraData, ExtraDataFault};
pub use identifiers::{ExternalId, ExternalProvider, ExternalReference, IdentifierKind, Identifiers};
pub use phone_number::{PhoneNumber, PhoneNumberFault, SentPhoneNumber};
pub use priority::{Priority, PriorityFault};
pub use record::{ExternalUrl, NewRecord, PersonName, PhoneLine, PhoneType, Record, UploadRequestId};
pub use search::{Search, SearchField, SearchText};
pub use selection::{
    ExtraDataFilter, RecordConditions, RecordFilter, RecordOrder, RecordSelection, RecordSort, SentExtraDataFilter,
};
pub use timezone::{SentTimezone, Timezone};
