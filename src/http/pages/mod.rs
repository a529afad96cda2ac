//! What is served in addition to the API: pages for people, the OpenAPI document and health probes.

pub mod console;
pub mod development;
pub mod docs;
mod files;
mod headers;
pub mod health;
pub mod start;
