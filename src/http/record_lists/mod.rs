//! `/record-lists`

pub mod change;
pub mod change_request;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod wire;
