//! Record lists and their rows.

mod create;
mod page;
pub(crate) mod purge;
mod read;
#[doc(hidden)]
pub mod statements;

pub use create::CreateList;
pub use page::PageOfLists;
pub use read::FindList;
pub(crate) use read::find_list;
