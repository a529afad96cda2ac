//! Records: created together, read page by page.

pub(crate) mod create;
pub mod page_statements;
pub(crate) mod read;
pub mod statements;
