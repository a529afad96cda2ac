//! Record lists: reads, writes and statements.

mod change;
mod create;
mod delete;
pub(crate) mod known_counts;
mod page;
#[doc(hidden)]
pub mod page_statements;
mod read;
#[doc(hidden)]
pub mod statements;

pub use change::{ChangeList, ChangedList};
pub use create::CreateList;
pub use delete::DeleteList;
pub use page::PageOfLists;
pub use read::FindList;
pub(crate) use read::find_list;
