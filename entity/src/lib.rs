//! The tables of record-lists as sea-orm entities.
//!
//! Knows nothing of the rest: what the columns mean for a caller is decided in the root package.
//! Every primary key starts with the record list's id, so that a list's rows lie together and every
//! statement can be routed by it.

mod hidden;
pub mod idempotency_key;
pub mod operation;
pub mod record;
pub mod record_list;
pub mod record_phone;
mod words;

pub use words::Word;
