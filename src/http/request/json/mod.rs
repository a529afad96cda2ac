//! JSON bodies, read so that every fault is found and named.
//!
//! Structs derived with serde stop at the first fault, and the maps of serde_json keep only the last of several equal
//! members. Here the syntax of a body is checked first; then [`Members`] reads the values from its text and collects the
//! faults.

mod field;
mod members;
mod number;
mod syntax;
mod value;

pub(crate) use field::request;
pub use field::{FromJson, Member};
pub use members::Members;
pub use syntax::ParseError;
pub use value::Json;
