//! The request: an array of operations.

use entity::Word;
use serde_json::json;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, Type, schema::SchemaType};

use super::document;
use crate::{
    domain::{
        Record, RecordListId, Refusal,
        json::{Op, PatchOperation, Pointer, Tree},
    },
    http::{
        document::example::Example,
        request::{
            body::{Body, JSON_PATCH},
            faults::{Faults, Place, fault, or_fault, word_or_fault},
            json::{FromJson, Json, Members},
        },
        schema::{Items, Schemas, WireType, object::ObjectSchema},
    },
    store::records::RecordChange,
};

/// The maximum number of operations in a patch.
const MAX_OPERATIONS: usize = 100;

/// A patch of a record.
#[derive(Clone)]
pub struct PatchRecordRequest(Items<SentOperation, 0, MAX_OPERATIONS>);

/// An operation whose form is valid.
#[derive(Clone)]
pub struct SentOperation(PatchOperation);

entity::words! {
    /// What an operation does.
    pub enum OpName {
        /// Sets a member, or inserts an item.
        Add = "add",
        /// Sets a value that is there.
        Replace = "replace",
        /// Removes a value.
        Remove = "remove",
        /// Fails unless the value is there.
        Test = "test",
    }
}

/// A patch of a record of a list.
pub struct RecordPatch {
    /// The list.
    pub list: RecordListId,
    /// The patch.
    pub request: PatchRecordRequest,
}

impl RecordChange for RecordPatch {
    fn apply(&self, record: &Record) -> Result<Record, Refusal> {
        let operations = self.request.0.as_slice().iter();
        document::patched(self.list, record, operations.map(|SentOperation(operation)| operation))
    }
}

impl FromJson for PatchRecordRequest {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        Items::from_json(json, place, faults).map(Self)
    }
}

const MEMBERS: [&str; 3] = ["op", "path", "value"];

impl FromJson for SentOperation {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        // `null` is a value here.
        let value = sent_value(&json);
        let mut members = Members::of(json, place, &MEMBERS, faults)?;
        let op: Option<OpName> = members.required("op", faults);
        let path: Option<SentPointer> = members.required("path", faults);
        members.skip("value", faults);
        members.finish(faults);
        let (op, SentPointer(path)) = (op?, path?);
        let value = match (op, value) {
            (OpName::Remove, _) => None,
            (_, Some(value)) => Some(value),
            (_, None) => return fault(Place::Member(place, "value"), "is required", faults),
        };
        let op = match (op, value) {
            (OpName::Add, Some(value)) => Op::Add(value),
            (OpName::Replace, Some(value)) => Op::Replace(value),
            (OpName::Test, Some(value)) => Op::Test(value),
            _ => Op::Remove,
        };
        if let Err(description) = document::check(&path, &op) {
            return fault(Place::Member(place, "path"), description, faults);
        }
        Some(Self(PatchOperation { path, op }))
    }
}

/// The member `value`, which may be `null`.
fn sent_value(json: &Json<'_>) -> Option<Tree> {
    let Json::Object(object) = json else {
        return None;
    };
    let value = object.unread_members().find(|member| member.name == "value");
    Tree::parse(value?.text())
}

impl FromJson for OpName {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let text = String::from_json(json, place, faults)?;
        word_or_fault(&text, place, faults)
    }
}

/// Where an operation applies.
struct SentPointer(Pointer);

impl FromJson for SentPointer {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let text = String::from_json(json, place, faults)?;
        or_fault(Pointer::parse(&text).map(Self), place, faults)
    }
}

/// Any JSON value.
struct AnyValue;

impl WireType for AnyValue {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
    }
}

const OPERATION: &str = "PatchOperation";

/// The document describes operations with a value and those without one apart.
impl WireType for SentOperation {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(OPERATION).into()
    }

    fn collect(schemas: &mut Schemas) {
        let path = [
            "Where: a JSON Pointer to a member of the record, or into it. Its first slash may be left out. Read-only \
             members can only be tested.",
        ];
        let example = || Some("/extra_data/plan".into());
        let with_value = ObjectSchema::new(&["An operation of a JSON Patch (RFC 6902) that has a value."])
            .member::<OpWithValue>("op", &["What to do."], None)
            .member::<String>("path", &path, example())
            .member::<AnyValue>("value", &["The value."], None);
        let removal = ObjectSchema::new(&["An operation of a JSON Patch (RFC 6902) that removes a value."])
            .member::<Removal>("op", &["What to do."], None)
            .member::<String>("path", &path, example())
            .member::<Option<AnyValue>>("value", &["Is passed over."], None);
        let kinds = [
            ("PatchOperationWithValue", with_value.closed()),
            ("PatchRemoval", removal.closed()),
        ];
        let references = kinds.iter().map(|(name, _)| Ref::from_schema_name(*name));
        let operation = references.fold(OneOfBuilder::new(), OneOfBuilder::item);
        schemas.push((OPERATION.to_owned(), operation.into()));
        schemas.extend(kinds.map(|(name, schema)| (name.to_owned(), schema)));
    }
}

/// The operations that have a value.
struct OpWithValue;

impl WireType for OpWithValue {
    fn schema() -> RefOr<Schema> {
        words(&[OpName::Add, OpName::Replace, OpName::Test])
    }
}

/// The operation that has none.
struct Removal;

impl WireType for Removal {
    fn schema() -> RefOr<Schema> {
        words(&[OpName::Remove])
    }
}

fn words(of: &[OpName]) -> RefOr<Schema> {
    let words = of.iter().map(|name| name.word());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .into()
}

impl WireType for PatchRecordRequest {
    fn schema() -> RefOr<Schema> {
        Items::<SentOperation, 0, MAX_OPERATIONS>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        SentOperation::collect(schemas);
    }
}

impl Body for PatchRecordRequest {
    const DESCRIPTION: Option<&'static str> =
        Some("Up to 100 operations of JSON Patch, which are carried out together. An empty array changes nothing.");
    const FAULTY: &'static str = r#"[{"op": "move", "path": "/priority"}]"#;
    const MEDIA_TYPES: &'static [&'static str] = JSON_PATCH;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_priority",
                summary: "Another priority, and a member of the free-form data",
                value: json!([
                    {"op": "replace", "path": "/priority", "value": 9},
                    {"op": "add", "path": "/extra_data/plan", "value": "gold"}
                ]),
            },
            Example {
                name: "2_test",
                summary: "Another first name, unless a connector keeps the record up to date",
                value: json!([
                    {"op": "test", "path": "/sync_external_id", "value": false},
                    {"op": "replace", "path": "/first_name", "value": "Augusta Ada"}
                ]),
            },
        ]
    }
}
