//! The HTTP layer: turns requests into validated reads and writes, and their results into responses.
//!
//! It depends on the domain, the registry, the authenticator, the authorization server, the shares, and the reads and writes of the store. Wire
//! types stay in this layer, and SQL stays below it. The folders mirror the URLs: each file contains one operation, or an operation
//! and the equivalent POST.

pub mod deletions;
pub mod document;
pub mod external_records;
pub mod oauth;
pub mod openapi;
pub mod operation;
pub mod operations;
pub mod pages;
pub mod record_lists;
pub mod records;
pub mod request;
pub mod response;
pub mod schema;
pub mod server;
pub mod state;
