//! The parts of the OpenAPI document, independent of any operation.

pub mod access;
pub mod documented;
pub mod example;
pub mod parameters;
pub mod responses;
