//! The token endpoint and the keys that it signs with (docs/contract.md section 1.17). Served only if the service has a
//! signing key file.
//!
//! Its requests and responses have the forms of OAuth 2.0, not those of the API, so it is no operation of the document:
//! that names it where it says how callers authenticate.

pub mod certs;
mod client_credentials;
mod error;
mod form;
pub mod token;
