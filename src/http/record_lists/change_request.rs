//! The request that changes a record list, in its three forms (docs/contract.md section A.9.2, D5).

use serde_json::json;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, Type};

use crate::{
    domain::{ListChange, ListName},
    http::{
        document::example::Example,
        request::{
            body::{Body, JSON_PATCH},
            faults::{Faults, Place, fault, word_or_fault},
            json::{FromJson, Json, request},
        },
        schema::{Items, Schemas, WireType, closed, object::ObjectSchema},
    },
};

request! {
    /// An operation of JSON Patch on a record list. The document describes each kind of it apart.
    pub struct ListOperation as "AnyRecordListOperation" {
        /// What to do. Both operations set the member.
        op: ListOp,
        /// The member to set. The slash may be left out.
        #[example("/name")]
        path: ListPath,
        /// The new name, or `UPLOADED` as the status.
        #[example("Summer campaign")]
        value: Option<ListName>,
        /// The status, for clients that do not send it in `value`.
        status: Option<NewStatus>,
    }
}

request! {
    /// A new name of a record list.
    pub struct Renaming as "RecordListRenaming" {
        /// The new name. Without it nothing changes.
        #[example("Summer campaign")]
        name: Option<ListName>,
    }
}

entity::words! {
    /// An operation on a member of a record list.
    pub enum ListOp {
        /// Sets the member.
        Replace = "replace",
        /// Sets the member, too.
        Add = "add",
    }
}

entity::words! {
    /// A member of a record list that can be changed.
    pub enum ListPath {
        /// The name.
        Name = "/name",
        /// The status.
        Status = "/status",
        /// The name.
        BareName = "name",
        /// The status.
        BareStatus = "status",
    }
}

entity::words! {
    /// A status that a client can set.
    pub enum NewStatus {
        /// The file is there, and its validation can start.
        Uploaded = "UPLOADED",
    }
}

/// Reads and describes the words of an operation.
macro_rules! words_of_operation {
    ($($words:ty),+) => {
        $(impl FromJson for $words {
            fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
                let text = String::from_json(json, place, faults)?;
                word_or_fault(&text, place, faults)
            }
        }

        impl WireType for $words {
            fn schema() -> RefOr<Schema> {
                closed::<Self>().into()
            }
        })+
    };
}

words_of_operation!(ListOp, ListPath, NewStatus);

/// What a request changes of a record list.
#[derive(Clone, Debug)]
pub struct ChangeRecordListRequest(pub ListChange);

/// The maximum number of operations in a request.
const MAX_OPERATIONS: usize = 10;

type Operations = Items<ListOperation, 0, MAX_OPERATIONS>;

const REQUEST: &str = "ChangeRecordListRequest";
const OPERATION: &str = "RecordListOperation";
const OPERATIONS: &str = "RecordListOperations";

/// An operation as the document describes it.
struct SentOperation;

impl WireType for SentOperation {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(OPERATION).into()
    }

    fn collect(schemas: &mut Schemas) {
        let op = ["What to do. Both operations set the member."];
        let name = ObjectSchema::new(&["Gives a record list another name."])
            .member::<ListOp>("op", &op, None)
            .member::<PathOf<true>>("path", &["The name. The slash may be left out."], None)
            .member::<ListName>("value", &["The new name."], Some("Summer campaign".into()));
        let status = || {
            ObjectSchema::new(&["Hands over the file of a record list."])
                .member::<ListOp>("op", &op, None)
                .member::<PathOf<false>>("path", &["The status. The slash may be left out."], None)
        };
        let by_value = status()
            .member::<NewStatus>("value", &["The new status."], None)
            .member::<Option<NewStatus>>("status", &["The same."], None);
        let by_status = status().member::<NewStatus>("status", &["The new status."], None);
        let kinds = [
            ("RecordListNameOperation", name.closed()),
            ("RecordListStatusOperation", by_value.closed()),
            ("RecordListStatusOperationAsPrinted", by_status.closed()),
        ];
        let references = kinds.iter().map(|(name, _)| Ref::from_schema_name(*name));
        let operation = references.fold(OneOfBuilder::new(), OneOfBuilder::item);
        schemas.push((OPERATION.to_owned(), operation.into()));
        schemas.extend(kinds.map(|(name, schema)| (name.to_owned(), schema)));
    }
}

/// The paths of the name, or of the status.
struct PathOf<const NAME: bool>;

impl<const NAME: bool> WireType for PathOf<NAME> {
    fn schema() -> RefOr<Schema> {
        let paths = if NAME {
            [ListPath::Name, ListPath::BareName]
        } else {
            [ListPath::Status, ListPath::BareStatus]
        };
        let words = paths.map(entity::Word::word);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .into()
    }
}

impl FromJson for ChangeRecordListRequest {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let mut change = ListChange::default();
        match &json {
            Json::Array(array) => {
                let items: Vec<Json<'_>> = array.items().take(MAX_OPERATIONS).collect();
                let operations = Operations::from_json(json, place, faults)?;
                for (index, (operation, sent)) in operations.as_slice().iter().zip(items).enumerate() {
                    operation.add_to(&mut change, &sent, &Place::Item(place, index), faults);
                }
            }
            Json::Object(_) if is_operation(&json) => {
                let operation = ListOperation::from_json(json.clone(), place, faults)?;
                operation.add_to(&mut change, &json, place, faults);
            }
            Json::Object(_) => change.name = Renaming::from_json(json, place, faults)?.name,
            _ => return fault(place, "must be an object, or an array of operations", faults),
        }
        Some(Self(change))
    }
}

/// Whether the object is meant as an operation.
fn is_operation(json: &Json<'_>) -> bool {
    json.members_named(["op", "path", "value", "status"])
        .iter()
        .any(Option::is_some)
}

impl ListOperation {
    /// Adds what the operation does to what those before it do.
    fn add_to(&self, change: &mut ListChange, sent: &Json<'_>, place: &Place<'_>, faults: &mut Faults) {
        let at = |name: &'static str| Place::Member(place, name);
        match self.path {
            ListPath::Name | ListPath::BareName => {
                if self.status.is_some() {
                    faults.add(at("status"), "must not be sent with this path");
                }
                match &self.value {
                    Some(name) => change.name = Some(name.clone()),
                    None => faults.add(at("value"), "is required"),
                }
            }
            ListPath::Status | ListPath::BareStatus => {
                let [value] = sent.members_named(["value"]);
                if let Some(value) = value {
                    NewStatus::from_json(value, &at("value"), faults);
                } else if self.status.is_none() {
                    faults.add(at("value"), "is required");
                }
                change.hands_file_over = true;
            }
        }
    }
}

impl WireType for ChangeRecordListRequest {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(REQUEST).into()
    }

    fn collect(schemas: &mut Schemas) {
        let forms = [OPERATION, OPERATIONS, "RecordListRenaming"].map(Ref::from_schema_name);
        // No description here: with one, openapi-generator loses the names of the forms and fails.
        let request = forms.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
        schemas.push((REQUEST.to_owned(), request.into()));
        schemas.push((
            OPERATIONS.to_owned(),
            Items::<SentOperation, 0, MAX_OPERATIONS>::schema(),
        ));
        SentOperation::collect(schemas);
        Renaming::collect(schemas);
    }
}

impl Body for ChangeRecordListRequest {
    const DESCRIPTION: Option<&'static str> =
        Some("One operation of JSON Patch, an array of up to 10, which are carried out together, or a new name.");
    const FAULTY: &'static str = r#"{"op": "replace", "path": "/name", "value": ""}"#;
    const MEDIA_TYPES: &'static [&'static str] = JSON_PATCH;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_name",
                summary: "A new name",
                value: json!({"op": "replace", "path": "/name", "value": "Summer campaign"}),
            },
            Example {
                name: "2_short",
                summary: "The same without JSON Patch",
                value: json!({"name": "Summer campaign"}),
            },
        ]
    }
}
