//! The request of a bulk delete (docs/contract.md section 5.1).

use std::{collections::HashSet, hash::Hash};

use actix_web::http::Method;
use utoipa::openapi::{OneOfBuilder, Ref, RefOr, Schema};

use crate::{
    domain::{
        ExternalId, ExternalProvider, ExternalReference, Identifiers, PhoneNumber, PhoneNumberFault, RecordId, SentId,
        SentPhoneNumber,
    },
    example_file,
    http::{
        document::example::Example,
        records::{bulks::MAX_ITEMS, external_reference_is_whole},
        request::{
            body::Body,
            faults::{Faults, Place, fault},
            json::{FromJson, Json, Members, request},
        },
        schema::{Items, Schemas, WireType},
    },
};

request! {
    /// Identifies a record by its id.
    pub struct RecordIdIdentifier as "RecordIdIdentifier" knows MEMBERS where other_kinds_are_null {
        /// The id of the record. A value that is not a UUID matches nothing.
        #[example("8858c834-481d-4a02-8176-cffc02c50350")]
        id: SentId,
    }
}

request! {
    /// Identifies all records with a phone number.
    pub struct PhoneNumberIdentifier as "PhoneNumberIdentifier" knows MEMBERS where other_kinds_are_null {
        /// The number in international format with a leading `+`. Spaces, dots, dashes and brackets are ignored.
        #[example("+188888888")]
        phone_number: SentPhoneNumber,
    }
}

request! {
    /// Identifies the record with an id in a connected system.
    pub struct ExternalIdentifier as "ExternalIdentifier" knows MEMBERS where external_reference_is_whole, other_kinds_are_null {
        /// The connected system. It is compared exactly: nothing is trimmed, and case matters.
        #[example("salesforce")]
        external_provider: ExternalProvider,
        /// The id in that system. It is compared exactly.
        #[example("003DL0000212DetYAE")]
        external_id: ExternalId,
    }
}

/// The members of all kinds of identifier.
const MEMBERS: [&str; 4] = ["id", "phone_number", "external_provider", "external_id"];

/// Members of other kinds may be present if they are null.
fn other_kinds_are_null(members: &mut Members<'_, '_>, faults: &mut Faults) {
    for name in MEMBERS {
        if !members.has(name) {
            members.optional::<String>(name, faults);
        }
    }
}

/// A distinct identifier as it was sent.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Sent {
    /// Its position in the request.
    pub index: usize,
    /// The identifier as it was sent.
    pub identifier: SentIdentifier,
}

/// The identifier as it was sent.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(test, derive(Debug))]
pub enum SentIdentifier {
    /// A record id.
    Id(SentId),
    /// A phone number, and if it cannot match anything, why.
    PhoneNumber(SentPhoneNumber, Option<PhoneNumberFault>),
    /// An external provider and an external id.
    External(ExternalReference),
}

/// A validated request: the identifiers as sent and as looked up, in the same order.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct BulkDeleteRequest {
    /// The distinct identifiers as they were sent.
    pub sent: Vec<Sent>,
    /// The same identifiers as they are looked up.
    pub identifiers: Identifiers,
}

impl Body for BulkDeleteRequest {
    const DESCRIPTION: Option<&'static str> = Some("1 to 100 identifiers of one kind.");
    const FAULTY: &'static str = r#"[
        {"phone_number": "+14155550101"}, {"phone_number": "+14155550102"},
        {"phone_number": "+14155550103"}, {"phone_number": ""}
    ]"#;
    const LIMIT: usize = 256 * 1024;
    // It is part of the stored fingerprints: with another text, a repeated request would count as a different one.
    const FINGERPRINT: Option<&'static str> = Some("bulk_delete_records");

    /// Sent unchanged, they delete records of the demo list.
    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_record_ids",
                summary: "By record id",
                value: example_file!("bulk_delete_by_id.json"),
            },
            Example {
                name: "2_phone_numbers",
                summary: "By phone number",
                value: example_file!("bulk_delete_by_phone_number.json"),
            },
            Example {
                name: "3_external_ids",
                summary: "By external provider and external id",
                value: example_file!("bulk_delete_by_external_id.json"),
            },
        ]
    }

    fn missing_hint(method: &Method) -> Option<&'static str> {
        (method == Method::DELETE).then_some(
            "Some clients and proxies drop the body of a DELETE request: send the same body with POST to \
             /record-lists/{record_list_id}/records/bulks/delete.",
        )
    }
}

/// The identifiers of one kind.
type ItemsOf<T> = Items<T, 1, MAX_ITEMS>;

/// The names of the schemas. An array cannot match two branches of `oneOf`, because none of the three kinds may be
/// empty.
const IDS: &str = "RecordIdIdentifiers";
const PHONE_NUMBERS: &str = "PhoneNumberIdentifiers";
const EXTERNAL: &str = "ExternalIdentifiers";
const REQUEST: &str = "BulkDeleteRequest";

impl WireType for BulkDeleteRequest {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(REQUEST).into()
    }

    fn collect(schemas: &mut Schemas) {
        let kinds = [IDS, PHONE_NUMBERS, EXTERNAL].map(Ref::from_schema_name);
        // No description here: with one, openapi-generator loses the names of the kinds and fails.
        let request = kinds.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
        schemas.push((REQUEST.to_owned(), request.into()));
        add_kind::<RecordIdIdentifier>(IDS, schemas);
        add_kind::<PhoneNumberIdentifier>(PHONE_NUMBERS, schemas);
        add_kind::<ExternalIdentifier>(EXTERNAL, schemas);
    }
}

fn add_kind<T: WireType>(name: &str, schemas: &mut Schemas) {
    schemas.push((name.to_owned(), ItemsOf::<T>::schema()));
    T::collect(schemas);
}

impl FromJson for BulkDeleteRequest {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Array(array) = json else {
            return fault(place, "must be an array of identifiers", faults);
        };
        if let Err(rule) = ItemsOf::<Item>::check(array.len()) {
            faults.add(place, rule);
        }
        let mut first_kind: Option<Kind> = None;
        let mut read = Vec::new();
        for (index, json) in array.items().take(MAX_ITEMS).enumerate() {
            let place = Place::Item(place, index);
            let kind = Kind::of(&json);
            let item = Item::read(kind, json, &place, faults);
            if kind.is_some_and(|kind| *first_kind.get_or_insert(kind) != kind) {
                faults.add(place, "must have the same kind of identifier as the items before it");
            }
            read.extend(item.map(|item| (index, item)));
        }
        if !faults.is_empty() {
            return None;
        }
        Some(match first_kind? {
            Kind::Id => by_id(read),
            Kind::PhoneNumber => by_phone_number(read),
            Kind::External => by_external_reference(read),
        })
    }
}

/// An item whose kind is known.
enum Item {
    Id(RecordIdIdentifier),
    PhoneNumber(PhoneNumberIdentifier),
    External(ExternalIdentifier),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    PhoneNumber,
    External,
}

impl Kind {
    /// The kind whose members are present, valid or not; `None` unless there is exactly one.
    fn of(item: &Json<'_>) -> Option<Self> {
        let [id, phone_number, provider, external_id] = item.members_named(MEMBERS).map(|member| member.is_some());
        match (id, phone_number, provider || external_id) {
            (true, false, false) => Some(Self::Id),
            (false, true, false) => Some(Self::PhoneNumber),
            (false, false, true) => Some(Self::External),
            _ => None,
        }
    }
}

impl Item {
    fn read(kind: Option<Kind>, json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match kind {
            Some(Kind::Id) => RecordIdIdentifier::from_json(json, place, faults).map(Self::Id),
            Some(Kind::PhoneNumber) => PhoneNumberIdentifier::from_json(json, place, faults).map(Self::PhoneNumber),
            Some(Kind::External) => ExternalIdentifier::from_json(json, place, faults).map(Self::External),
            None => {
                refuse(json, place, faults);
                None
            }
        }
    }
}

/// Reports every fault of an item that has no kind of identifier, or several.
fn refuse(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) {
    let Some(mut members) = Members::of(json, place, &MEMBERS, faults) else {
        return;
    };
    let rule = if MEMBERS.iter().any(|name| members.has(name)) {
        "must have exactly one kind of identifier"
    } else {
        "must have an id, a phone_number, or an external_provider with an external_id"
    };
    members.optional::<SentId>("id", faults);
    members.optional::<SentPhoneNumber>("phone_number", faults);
    members.optional::<ExternalProvider>("external_provider", faults);
    members.optional::<ExternalId>("external_id", faults);
    members.finish(faults);
    faults.add(place, rule);
}

fn by_id(items: Vec<(usize, Item)>) -> BulkDeleteRequest {
    let ids = items.into_iter().filter_map(|(index, item)| match item {
        Item::Id(RecordIdIdentifier { id }) => {
            let key = RecordId::parse(id.as_str());
            Some((index, key, SentIdentifier::Id(id)))
        }
        _ => None,
    });
    let (sent, keys) = distinct(ids);
    BulkDeleteRequest {
        sent,
        identifiers: Identifiers::Ids(keys),
    }
}

fn by_phone_number(items: Vec<(usize, Item)>) -> BulkDeleteRequest {
    let numbers = items.into_iter().filter_map(|(index, item)| match item {
        Item::PhoneNumber(PhoneNumberIdentifier { phone_number }) => {
            let (key, fault) = match PhoneNumber::normalise(phone_number.as_str()) {
                Ok(number) => (Some(number), None),
                Err(fault) => (None, Some(fault)),
            };
            Some((index, key, SentIdentifier::PhoneNumber(phone_number, fault)))
        }
        _ => None,
    });
    let (sent, keys) = distinct(numbers);
    BulkDeleteRequest {
        sent,
        identifiers: Identifiers::PhoneNumbers(keys),
    }
}

fn by_external_reference(items: Vec<(usize, Item)>) -> BulkDeleteRequest {
    let references = items.into_iter().filter_map(|(index, item)| match item {
        Item::External(identifier) => {
            let reference = ExternalReference {
                provider: identifier.external_provider,
                id: identifier.external_id,
            };
            Some((index, Some(reference.clone()), SentIdentifier::External(reference)))
        }
        _ => None,
    });
    let (sent, keys) = distinct(references);
    BulkDeleteRequest {
        sent,
        identifiers: Identifiers::ExternalReferences(keys.into_iter().flatten().collect()),
    }
}

/// Keeps the first of equal identifiers (docs/contract.md section 5.3, decision 3). Identifiers are equal if their keys
/// are, or, without keys, if they were sent in the same spelling.
fn distinct<K: Clone + Eq + Hash>(
    items: impl Iterator<Item = (usize, Option<K>, SentIdentifier)>,
) -> (Vec<Sent>, Vec<Option<K>>) {
    let mut keys = HashSet::new();
    let mut without_key = HashSet::new();
    items
        .filter(|(_, key, identifier)| match key {
            Some(key) => keys.insert(key.clone()),
            None => without_key.insert(identifier.clone()),
        })
        .map(|(index, key, identifier)| (Sent { index, identifier }, key))
        .unzip()
}

#[cfg(test)]
#[path = "request_test.rs"]
mod tests;
