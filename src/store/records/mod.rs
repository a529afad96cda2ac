//! Records: created together, read page by page or one by one.

mod create;
mod find;
#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;

pub use create::{CreateRecords, Creation};
pub use find::FindRecord;
pub use read::PageOfRecords;
