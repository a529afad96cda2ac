//! Changes of records: decided by the domain from the records as they are under the list's lock.

mod load;
mod many;
mod one;
mod references;
#[doc(hidden)]
pub mod statements;
mod write;

pub use many::{ChangeRecords, Changes};
pub use one::{ChangeRecord, ChangedRecord, RecordChange};
