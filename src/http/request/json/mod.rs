//! JSON bodies, read so that every fault is found and named.
//!
//! Structs derived with serde stop at the first fault, and the maps of serde_json keep only the last of several equal
//! members. Here a body is first parsed into a tree that keeps everything that was sent; then [`Members`] reads the
//! tree and collects the faults.

mod field;
mod members;
mod number;
mod tree;

pub(crate) use field::request;
pub use field::{FromJson, Member};
pub use members::Members;
pub use tree::{Json, Object, ParseError};
