//! `PATCH /record-lists/{record_list_id}/records/{record_id}`: JSON Patch of a record (docs/contract.md section 4.3).

pub mod document;
pub mod numbers;
pub mod request;
