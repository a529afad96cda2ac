//! The schemas of the types on the wire: each type states its own schema, and objects are assembled from the schemas of
//! their members, so that a bound or a word is stated only in its type.

pub mod object;
mod values;
mod whole;
mod words;

use utoipa::openapi::{RefOr, Schema};

pub use values::Timestamp;
pub use whole::{Count, Items, Whole};
pub use words::one_of;
pub(crate) use words::{closed, inline_words, known, open};

/// Schemas with the names by which others refer to them.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// A type that a member of a request or response may have.
pub trait WireType {
    /// Whether a member of this type may be absent.
    const IS_OPTIONAL: bool = false;

    /// The schema without a description; a reference if the schema has a name of its own.
    fn schema() -> RefOr<Schema>;

    /// What it adds to the description of a member.
    fn note() -> Option<String> {
        None
    }

    /// Adds the named schemas that it refers to, and those that they refer to.
    fn collect(_schemas: &mut Schemas) {}

    /// Whether this value is left out of a response.
    fn is_absent(&self) -> bool {
        false
    }
}
