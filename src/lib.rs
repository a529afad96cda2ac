//! A self-hosted record-list service for outbound dialers.
//!
//! HTTP turns requests into validated commands, one actor per record list turns commands into batches, the store
//! turns batches into transactions.

pub mod auth;
pub mod domain;
pub mod http;
pub mod record_list;
pub mod store;
