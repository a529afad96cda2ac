//! What is served in addition to the API: pages for people, the OpenAPI document and health probes.

pub mod development;
pub mod docs;
mod headers;
pub mod health;
pub mod start;
