//! Records: created in batches, read by page or one at a time.

mod create;
mod filters;
mod find;
mod further_numbers;
#[doc(hidden)]
pub mod insert_statements;
mod lookup_index;
#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;
#[doc(hidden)]
pub mod timezones;

pub use create::{CreateRecords, Creation, Creations};
pub use find::FindRecord;
pub use lookup_index::{ByIndex, LookupIndex};
pub use read::PageOfRecords;
pub use timezones::PageOfTimezones;
