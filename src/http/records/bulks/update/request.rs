//! The request of a bulk update (docs/contract.md section 4.5).

use serde_json::json;
use utoipa::openapi::{RefOr, Schema};

use super::query::OnMissing;
use crate::{
    domain::{Item, PresentExtraData, Priority, RecordId, RecordMembers, SentId},
    http::{
        document::example::Example,
        records::{
            bulks::{
                MAX_ITEMS,
                record_faults::{Echo, RecordFaults, Sent},
                room_with_records,
            },
            new_record::NewRecordRequest,
            record_members::RecordMembersRequest,
        },
        request::{
            body::{Body, JSON_PATCH, LARGEST_BODY},
            faults::{Faults, Place, fault, word_or_fault},
            json::{FromJson, Json, Members},
        },
        schema::{
            Items, Schemas, WireType, closed,
            object::{ObjectSchema, named_schema},
        },
    },
    store::records::ChangeRecords,
};

/// Records to change.
#[derive(Clone)]
pub struct BulkUpdateRequest(Items<SentChange, 1, MAX_ITEMS>);

/// An item of a bulk update.
#[derive(Clone)]
pub struct SentChange {
    /// The members by which a client recognises the record if it fails.
    pub echo: Echo,
    /// Whether its numbers were sent in `phone_numbers`.
    pub has_phone_numbers: bool,
    target: Target,
    /// The members to set, or what is wrong with them.
    pub members: Result<RecordMembers, RecordFaults>,
}

/// Which record an item changes.
#[derive(Clone)]
enum Target {
    /// The one with this id; `None` is a text that is the id of no record.
    Id(Option<RecordId>),
    /// The one with the external reference in the members, with all members as those of a new record.
    Reference(Box<Result<NewRecordRequest, RecordFaults>>),
}

entity::words! {
    /// What an item does with the free-form data of a record; it sets the other members either way.
    pub enum UpdateOp {
        /// Adds the members of the sent data to it.
        Add = "add",
        /// Replaces it.
        Replace = "replace",
    }
}

impl BulkUpdateRequest {
    /// The items, valid or not.
    pub fn items(&self) -> &[SentChange] {
        self.0.as_slice()
    }

    /// The write to send to the list: the items without faults.
    pub fn change(&self, on_missing: OnMissing) -> ChangeRecords {
        let items = self.items().iter().filter_map(|sent| sent.item(on_missing));
        let items: Vec<Item> = items.collect();
        ChangeRecords {
            faulty: self.items().len() - items.len(),
            items,
            upload_request: None,
            needs_unique_identifier: false,
        }
    }
}

impl SentChange {
    fn item(&self, on_missing: OnMissing) -> Option<Item> {
        let members = self.members.as_ref().ok()?.clone();
        Some(match &self.target {
            Target::Id(id) => Item::Change { id: *id, members },
            Target::Reference(new) => Item::ChangeByReference {
                // An item without one has faults.
                reference: members.reference()?,
                members,
                if_missing: match (on_missing, &**new) {
                    (OnMissing::Create, Ok(new)) => Some(Box::new(new.clone().into_record(Priority::BULK_DEFAULT))),
                    _ => None,
                },
            },
        })
    }

    /// What is wrong with the members as those of a new record.
    pub fn faults_of_creation(&self) -> Option<&RecordFaults> {
        match &self.target {
            Target::Reference(new) => new.as_ref().as_ref().err(),
            Target::Id(_) => None,
        }
    }
}

impl FromJson for BulkUpdateRequest {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        Items::from_json(json, place, faults).map(Self)
    }
}

/// Faults of `value` are those of the record; others are faults of the request.
impl FromJson for SentChange {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let [value] = json.members_named(["value"]);
        let mut members = Members::of(json, place, &["op", "path", "value"], faults)?;
        let op: Option<UpdateOp> = members.required("op", faults);
        let path: Option<Path> = members.required("path", faults);
        let object: Option<IsObject> = members.required("value", faults);
        members.finish(faults);
        let (op, path, value, IsObject) = (op?, path?, value?, object?);
        let present = match op {
            UpdateOp::Add => PresentExtraData::Stays,
            UpdateOp::Replace => PresentExtraData::Goes,
        };
        let place = Place::Member(place, "value");
        let sent = Sent::of(&value);
        let read = sent
            .read(&place)
            .map(|read: RecordMembersRequest| read.into_members(present));
        let mut echo = sent.echo();
        let (target, members) = match path {
            Path::Record(id) => {
                echo.id = Some(id.as_str().to_owned());
                (Target::Id(RecordId::parse(id.as_str())), read)
            }
            Path::External => {
                let read = sent.with_reference(read, &place);
                (Target::Reference(Box::new(sent.read(&place))), read)
            }
        };
        Some(Self {
            echo,
            has_phone_numbers: sent.has_phone_numbers(),
            target,
            members,
        })
    }
}

/// A value that must be an object; its members are read later.
struct IsObject;

impl FromJson for IsObject {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Object(_) => Some(Self),
            _ => fault(place, "must be an object", faults),
        }
    }
}

impl FromJson for UpdateOp {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let text = String::from_json(json, place, faults)?;
        word_or_fault(&text, place, faults)
    }
}

/// What an item says of the record that it changes.
enum Path {
    Record(SentId),
    External,
}

impl FromJson for Path {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let text = String::from_json(json, place, faults)?;
        let path = text.strip_prefix('/').unwrap_or(&text);
        let record = path.strip_prefix("records/").filter(|id| !id.contains('/'));
        match record.map(SentId::new) {
            Some(Ok(id)) => Some(Self::Record(id)),
            None if path == "external-records" => Some(Self::External),
            _ => fault(place, "must be /records/{record_id} or /external-records", faults),
        }
    }
}

impl WireType for UpdateOp {
    fn schema() -> RefOr<Schema> {
        closed::<Self>().into()
    }
}

/// A path as the document describes it.
struct PathText;

impl WireType for PathText {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .pattern(Some("^/?(records/[^/\\x00-\\x1f\\x7f-\\x9f]{1,36}|external-records)$"))
            .into()
    }
}

named_schema!(SentChange, "RecordChange", [RecordMembersRequest], {
    ObjectSchema::new(&["A record to change, and the members to set."])
        .member::<UpdateOp>(
            "op",
            &["What happens to the `extra_data` of the record, if the item has some: `add` adds its members, `replace` \
               replaces all of it."],
            None,
        )
        .member::<PathText>(
            "path",
            &["Which record: `/records/{record_id}`, or `/external-records` for the one whose external provider and id are \
               in `value`. The first slash may be left out."],
            Some("/records/8858c834-481d-4a02-8176-cffc02c50350".into()),
        )
        .member::<RecordMembersRequest>("value", &["The members to set."], None)
        .closed()
});

impl WireType for BulkUpdateRequest {
    fn schema() -> RefOr<Schema> {
        Items::<SentChange, 1, MAX_ITEMS>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        SentChange::collect(schemas);
    }
}

impl Body for BulkUpdateRequest {
    const DESCRIPTION: Option<&'static str> = Some("1 to 100 records to change, in order.");
    const FAULTY: &'static str = "[]";
    const LIMIT: usize = LARGEST_BODY;
    const MEDIA_TYPES: &'static [&'static str] = JSON_PATCH;

    fn room(length: usize) -> usize {
        room_with_records(length)
    }

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_by_id",
                summary: "Another priority for one record",
                value: json!([{
                    "op": "replace",
                    "path": "/records/8858c834-481d-4a02-8176-cffc02c50350",
                    "value": {"priority": 9}
                }]),
            },
            Example {
                name: "2_by_external_id",
                summary: "Free-form data for the record with an external id",
                value: json!([{
                    "op": "add",
                    "path": "/external-records",
                    "value": {
                        "external_provider": "salesforce",
                        "external_id": "003DL0000212DetYAE",
                        "extra_data": {"plan": "gold"}
                    }
                }]),
            },
        ]
    }
}
