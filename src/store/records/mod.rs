//! Records: created together, read page by page.

mod create;
#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;

pub use create::{CreateRecords, Creation};
pub use read::PageOfRecords;
