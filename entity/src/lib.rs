//! The tables of record-lists as sea-orm entities.
//!
//! This crate does not depend on the others: the root package decides what the columns mean for callers. The primary
//! key of everything that belongs to a list starts with the record list's id. The rows of a list are therefore stored
//! together, and every statement on them can be routed by that id.

pub mod client;
pub mod credentials_version;
mod hidden;
pub mod idempotency_key;
pub mod operation;
pub mod record;
pub mod record_list;
pub mod record_phone;
pub mod saved_response_bytes;
pub mod signing_key;
mod words;

pub use words::Word;
