//! JSON texts as trees that can be changed: what is not changed stays as it was written, each number and each escape.
//!
//! The values of serde_json would keep neither, and its option for numbers holds for the whole program.

mod number;
mod patch;
mod pointer;
mod tree;

pub use patch::{Op, PatchError, PatchOperation, apply};
pub use pointer::{Pointer, PointerError};
pub use tree::{Tree, merge};
