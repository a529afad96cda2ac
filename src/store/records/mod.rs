//! Records: created in batches, read by page or one at a time.

mod create;
mod find;
#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;

pub use create::{CreateRecords, Creation, Creations};
pub use find::FindRecord;
pub use read::PageOfRecords;
