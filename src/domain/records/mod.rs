//! Records: what names one, what is well formed, and which ones a list takes.

mod admission;
mod identifiers;
mod phone_number;
mod record;
mod timezone;

pub use admission::{Admission, Taken, admit};
pub use identifiers::{ExternalReference, IdentifierKind, Identifiers};
pub use phone_number::{PhoneNumber, PhoneNumberFault};
pub use record::{NewRecord, PhoneLine, PhoneType, Record, RecordFilter};
pub use timezone::Timezone;
