//! `/record-lists/{record_list_id}/records`

pub mod bulks;
pub mod get;
pub mod list;
pub mod new_record;
pub mod wire;
