//! The schemas of plain types and of domain types.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use uuid::Uuid;

use super::{Schemas, WireType};
use crate::domain::{
    AccountId, ExtraData, PhoneNumber, Priority, RecordId, RecordListId, SentId, SentTimezone, Timezone,
    text::{self, Line, Text},
};

/// No control characters.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// No control characters except tabs and line breaks.
const LINES: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";

/// No control characters except white space.
const SPACED: &str = r"^[^\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]*$";

impl WireType for bool {
    fn schema() -> RefOr<Schema> {
        of_type(Type::Boolean).into()
    }
}

impl WireType for String {
    fn schema() -> RefOr<Schema> {
        of_type(Type::String).into()
    }
}

impl<const MAX: usize, const CONTROLS: u8> WireType for Text<MAX, CONTROLS> {
    fn schema() -> RefOr<Schema> {
        of_type(Type::String)
            .min_length(Some(Self::MIN))
            .max_length(Some(Self::MAX))
            .pattern(Some(match CONTROLS {
                text::NONE => LINE,
                text::BREAKS => LINES,
                _ => SPACED,
            }))
            .into()
    }
}

impl<const MAX: usize, const CONTROLS: u8> Serialize for Text<MAX, CONTROLS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A stored number. The vendor publishes 20 as its greatest length (docs/contract.md section 2.2).
impl WireType for PhoneNumber {
    fn schema() -> RefOr<Schema> {
        Line::<20>::schema()
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl WireType for Timezone {
    fn schema() -> RefOr<Schema> {
        SentTimezone::schema()
    }
}

impl Serialize for Timezone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Priority {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

/// The priority of a stored record.
impl WireType for Priority {
    fn schema() -> RefOr<Schema> {
        of_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(Self::LOWEST))
            .maximum(Some(Self::HOT_LEAD))
            .into()
    }
}

impl WireType for AccountId {
    fn schema() -> RefOr<Schema> {
        Line::<255>::schema()
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl WireType for RecordId {
    fn schema() -> RefOr<Schema> {
        id()
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl WireType for RecordListId {
    fn schema() -> RefOr<Schema> {
        id()
    }
}

impl Serialize for RecordListId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl WireType for Uuid {
    fn schema() -> RefOr<Schema> {
        let length = uuid::fmt::Hyphenated::LENGTH;
        of_type(Type::String)
            .min_length(Some(length))
            .max_length(Some(length))
            .into()
    }
}

/// A time as responses write it: RFC 3339 in UTC, whole seconds (docs/contract.md section 1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub DateTime<Utc>);

impl WireType for Timestamp {
    fn schema() -> RefOr<Schema> {
        of_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-24T10:00:00Z"])
            .into()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// Any JSON object.
impl WireType for ExtraData {
    fn schema() -> RefOr<Schema> {
        of_type(Type::Object).into()
    }
}

impl Serialize for ExtraData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_json().serialize(serializer)
    }
}

impl<T: WireType> WireType for Option<T> {
    const IS_OPTIONAL: bool = true;

    fn schema() -> RefOr<Schema> {
        T::schema()
    }

    fn note() -> Option<String> {
        T::note()
    }

    fn collect(schemas: &mut Schemas) {
        T::collect(schemas);
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: WireType> WireType for Vec<T> {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema()).into()
    }

    fn note() -> Option<String> {
        T::note()
    }

    fn collect(schemas: &mut Schemas) {
        T::collect(schemas);
    }
}

/// The schema of a type without bounds.
pub(super) fn of_type(of: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(of)
}

/// The schema of an id.
fn id() -> RefOr<Schema> {
    of_type(Type::String)
        .min_length(Some(SentId::MIN))
        .max_length(Some(SentId::MAX))
        .into()
}
