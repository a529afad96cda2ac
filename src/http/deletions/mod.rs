//! `/deletions` and `/record-lists/{record_list_id}/deletions`

pub mod list;
pub mod wire;
