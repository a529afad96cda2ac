//! Parameters as the document describes them.

use utoipa::openapi::{
    RefOr, Required, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn},
};

use crate::http::schema::{Value, object::prose};

/// A query parameter. `default` is the value that applies if it is absent.
pub fn of_query<T: Value>(name: &str, about: &[&str], default: Option<String>) -> Parameter {
    let mut schema = T::schema();
    if let (RefOr::T(Schema::Object(object)), Some(default)) = (&mut schema, default) {
        object.default = serde_json::from_str(&default).ok().or(Some(default.into()));
    }
    optional(ParameterIn::Query, name, about, schema)
}

/// An optional header.
pub fn of_header<T: Value>(name: &str, about: &str) -> Parameter {
    optional(ParameterIn::Header, name, &[about], T::schema())
}

/// A path parameter.
pub fn of_path<T: Value>(name: &str, about: &str, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(T::schema()))
        .example(Some(example.into()))
        .build()
}

fn optional(place: ParameterIn, name: &str, about: &[&str], schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(prose(about)))
        .schema(Some(schema))
        .build()
}
