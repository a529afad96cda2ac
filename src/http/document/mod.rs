//! What the OpenAPI document is put together from. Knows no operation.

pub mod documented;
pub mod example;
pub mod parameters;
pub mod responses;
pub mod schemas;
