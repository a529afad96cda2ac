//! `/record-lists/{record_list_id}/external-records`

pub mod delete;
