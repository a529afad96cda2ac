//! Parameters as the document describes them.

use utoipa::openapi::{
    RefOr, Required, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
};

use crate::http::schema::{WireType, object::prose};

/// A query parameter. `default` is the value that applies if it is absent, and `style` how several values are sent.
pub fn of_query<T: WireType>(
    name: &str,
    about: &[&str],
    default: Option<serde_json::Value>,
    style: Option<(ParameterStyle, bool)>,
) -> Parameter {
    let mut schema = T::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.default = default;
    }
    let mut parameter = optional(ParameterIn::Query, name, about, schema);
    let (style, explode) = style.unzip();
    parameter.style = style;
    parameter.explode = explode;
    parameter
}

/// A query parameter that must be there, with the value that the pages fill in.
pub fn of_required_query<T: WireType>(name: &str, about: &str, example: &str) -> Parameter {
    required(ParameterIn::Query, name, about, example, T::schema())
}

/// An optional header.
pub fn of_header<T: WireType>(name: &str, about: &str) -> Parameter {
    optional(ParameterIn::Header, name, &[about], T::schema())
}

/// A path parameter.
pub fn of_path<T: WireType>(name: &str, about: &str, example: &str) -> Parameter {
    required(ParameterIn::Path, name, about, example, T::schema())
}

fn required(place: ParameterIn, name: &str, about: &str, example: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema))
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
