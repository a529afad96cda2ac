//! Records: what identifies a record, which values are well formed, and which records a list accepts.

mod admission;
mod bulk_change;
mod extra_data;
mod identifiers;
mod phone_number;
mod priority;
mod record;
mod record_members;
mod refusal;
mod roster;
mod search;
mod selection;
mod timezone;

pub use admission::{Rejection, Taken, admit};
pub use bulk_change::{IfPresent, Item, ItemOutcome, change_records};
pub use extra_data::{ExtraData, ExtraDataFault};
pub use identifiers::{ExternalId, ExternalProvider, ExternalReference, IdentifierKind, Identifiers};
pub use phone_number::{PhoneNumber, PhoneNumberFault, SentPhoneNumber};
pub use priority::{Priority, PriorityFault};
pub use record::{ExternalUrl, NewRecord, PersonName, PhoneLine, PhoneType, Record, UploadRequestId};
pub use record_members::{PresentExtraData, RecordMembers, with_main_number};
pub use refusal::{BrokenRule, Refusal};
pub use roster::{Roster, RosterChanges};
pub use search::{Search, SearchField, SearchText};
pub use selection::{
    ExtraDataFilter, RecordConditions, RecordFilter, RecordOrder, RecordSelection, RecordSort, SentExtraDataFilter,
};
pub use timezone::{SentTimezone, Timezone};
