//! What is served beside the API: pages for people, the document, and probes.

pub mod docs;
mod headers;
pub mod health;
pub mod start;
