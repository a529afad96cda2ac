//! The parts of the OpenAPI document. Knows no operation.

pub mod documented;
pub mod example;
pub mod parameters;
pub mod responses;
