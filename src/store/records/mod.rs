//! Records: created and changed in batches or one at a time, read by page or one at a time.

mod change;
mod create;
mod create_one;
mod filters;
mod find;
mod further_numbers;
#[doc(hidden)]
pub mod insert_statements;
mod lookup_index;
mod new_rows;
#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;
#[doc(hidden)]
pub mod timezones;

pub use change::{ChangeRecord, ChangeRecords, ChangedRecord, Changes, RecordChange, statements as change_statements};
pub use create::CreateRecords;
pub use create_one::CreateRecord;
pub use find::FindRecord;
pub use lookup_index::{ByIndex, LookupIndex};
pub use read::PageOfRecords;
pub use timezones::PageOfTimezones;
