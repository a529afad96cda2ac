//! JSON bodies, read so that every fault is found and named.
//!
//! serde's own structs stop at the first fault and let the last of two equal members win. Here a body is first a
//! tree that keeps everything that was sent, then [`Members`] takes it apart and collects what is wrong.

mod field;
mod members;
mod tree;

pub(crate) use field::request;
pub use field::{FromJson, Member, fault, or_fault};
pub use members::{Faults, Members, join, place_or_body};
pub use tree::{Json, ParseError};
