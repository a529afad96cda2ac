//! Objects on the wire: a member states its name, type and description once. The schema follows from that, and so does
//! the JSON that serde writes for a response. `request!` in `http::request::json` defines the objects that are read.

use serde_json::Value as Example;
use utoipa::openapi::{Deprecated, ObjectBuilder, RefOr, Schema, schema::AdditionalProperties};

use super::WireType;

/// The schema of an object, member by member.
pub struct ObjectSchema(ObjectBuilder);

impl ObjectSchema {
    /// An object that is described by these lines of a doc comment.
    pub fn new(about: &[&str]) -> Self {
        Self(ObjectBuilder::new().description(Some(prose(about))))
    }

    /// Adds a member of this type.
    pub fn member<T: WireType>(self, name: &str, about: &[&str], example: Option<Example>) -> Self {
        let mut description = prose(about);
        if let Some(note) = T::note() {
            description = format!("{description} {note}");
        }
        let object = self.0.property(name, described(T::schema(), description, example));
        Self(if T::IS_OPTIONAL { object } else { object.required(name) })
    }

    /// Marks a member as deprecated and says what to use instead.
    pub fn deprecate(self, name: &str, instead: &str) -> Self {
        let mut object = self.0.build();
        if let Some(RefOr::T(Schema::Object(member))) = object.properties.get_mut(name) {
            member.deprecated = Some(Deprecated::True);
            let description = member.description.get_or_insert_default();
            *description = format!("{description} {instead}");
        }
        Self(object.into())
    }

    /// The schema of a response: members may be added later.
    pub fn open(self) -> RefOr<Schema> {
        self.0.into()
    }

    /// The schema of a request: any other member is a fault.
    pub fn closed(self) -> RefOr<Schema> {
        let closed = AdditionalProperties::FreeForm(false);
        self.0.additional_properties(Some(closed)).into()
    }
}

/// A schema with a description, and an example if there is one, for its use in one place.
pub fn described(mut schema: RefOr<Schema>, description: String, example: Option<Example>) -> RefOr<Schema> {
    match &mut schema {
        RefOr::Ref(reference) => reference.description = description,
        RefOr::T(Schema::Object(object)) => {
            object.description = Some(description);
            if let Some(example) = example {
                object.examples = vec![example];
            }
        }
        RefOr::T(Schema::Array(array)) => array.description = Some(description),
        RefOr::T(_) => {}
    }
    schema
}

/// The lines of a doc comment as one text.
pub fn prose(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join("\n")
}

/// The name of a member on the wire: the one that is stated, or else the name of the field.
macro_rules! wire_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

/// An example of a member, if there is one.
macro_rules! wire_example {
    () => {
        None
    };
    ($example:literal) => {
        Some(serde_json::Value::from($example))
    };
}

/// Gives a type the schema that `$schema` creates, under this name.
macro_rules! named_schema {
    ($type:ty, $name:expr, [$($member:ty),*], $schema:expr) => {
        impl $crate::http::schema::WireType for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::Ref::from_schema_name($name).into()
            }

            fn collect(schemas: &mut $crate::http::schema::Schemas) {
                schemas.push(($name.to_owned(), <Self as utoipa::PartialSchema>::schema()));
                <Self as utoipa::ToSchema>::schemas(schemas);
            }
        }

        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($name)
            }

            fn schemas(_schemas: &mut $crate::http::schema::Schemas) {
                $(<$member as $crate::http::schema::WireType>::collect(_schemas);)*
            }
        }
    };
}

/// Defines an object in responses. Absent members are left out.
///
/// ```ignore
/// response! {
///     /// What it is.
///     pub struct RecordBody as "Record" {
///         /// What the member is.
///         #[example("Ada")]
///         first_name: PersonName,
///         /// A member with another name on the wire.
///         links as "_links": SelfLink,
///     }
/// }
/// ```
macro_rules! response {
    (
        $(#[doc = $about:literal])+
        $(#[derive($($derive:ident),+)])?
        pub struct $type:ident as $name:literal {
            $(
                $(#[doc = $doc:literal])+
                $(#[example($example:literal)])?
                $(#[deprecated = $deprecated:literal])?
                $field:ident $(as $wire:literal)?: $of:ty,
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, serde::Serialize)]
        $(#[derive($($derive),+)])?
        pub struct $type {
            $(
                $(#[doc = $doc])+
                $(#[serde(rename = $wire)])?
                #[serde(skip_serializing_if = "crate::http::schema::WireType::is_absent")]
                pub $field: $of,
            )+
        }

        $crate::http::schema::object::named_schema!($type, $name, [$($of),+], {
            let object = $crate::http::schema::object::ObjectSchema::new(&[$($about),+]);
            $(
                let object = object.member::<$of>(
                    $crate::http::schema::object::wire_name!($field $($wire)?),
                    &[$($doc),+],
                    $crate::http::schema::object::wire_example!($($example)?),
                );
                $(let object = object.deprecate(stringify!($field), $deprecated);)?
            )+
            object.open()
        });
    };
}

pub(crate) use {named_schema, response, wire_example, wire_name};
