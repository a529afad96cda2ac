//! Schemas of the document by their names.

use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// Schemas with the names by which others refer to them.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// The schema of a type, and those that it refers to.
pub fn schemas_of<T: ToSchema>() -> Schemas {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas
}
