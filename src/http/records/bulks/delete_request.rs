//! What a bulk delete is asked for (api.md section 5, "Request").

use std::collections::HashSet;

use actix_web::http::Method;
use serde::Serialize;
use utoipa::ToSchema;
use validator::Validate;

use super::MAX_ITEMS;
use crate::{
    domain::{ExternalReference, Identifiers, PhoneNumber, PhoneNumberFault, RecordId},
    example_file,
    http::{
        document::example::Example,
        request::{
            body::Body,
            json::{Faults, Json, Members, join},
            rules::no_control_characters,
        },
    },
};

/// A record by its id.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordIdIdentifier {
    /// The record's id. One that is no UUID matches nothing.
    #[validate(length(min = 1, max = 36), custom(function = "no_control_characters"))]
    #[schema(
        min_length = 1,
        max_length = 36,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("8858c834-481d-4a02-8176-cffc02c50350")
    )]
    pub id: String,
}

/// All records with a phone number.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PhoneNumberIdentifier {
    /// The number, however it is written, with its country code and a leading +.
    #[validate(length(min = 1, max = 20), custom(function = "no_control_characters"))]
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("+188888888")
    )]
    pub phone_number: String,
}

/// The record that a connected system knows by an id of its own.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExternalIdentifier {
    /// The connected system. Compared exactly: nothing is trimmed, case counts.
    #[validate(length(min = 1, max = 64), custom(function = "no_control_characters"))]
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("salesforce")
    )]
    pub external_provider: String,
    /// The id in that system. Compared exactly.
    #[validate(length(min = 1, max = 255), custom(function = "no_control_characters"))]
    #[schema(
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("003DL0000212DetYAE")
    )]
    pub external_id: String,
}

/// Records by their ids.
#[derive(Clone, Serialize, ToSchema)]
#[schema(min_items = 1, max_items = 100)]
pub struct RecordIdIdentifiers(pub Vec<RecordIdIdentifier>);

/// Records by their phone numbers.
#[derive(Clone, Serialize, ToSchema)]
#[schema(min_items = 1, max_items = 100)]
pub struct PhoneNumberIdentifiers(pub Vec<PhoneNumberIdentifier>);

/// Records by external provider and external id.
#[derive(Clone, Serialize, ToSchema)]
#[schema(min_items = 1, max_items = 100)]
pub struct ExternalIdentifiers(pub Vec<ExternalIdentifier>);

/// 1 to 100 identifiers, all of one kind.
#[derive(Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = BulkDeleteRequest)]
// A comment would become a description beside `$ref`: openapi-generator then loses the kind's name and fails.
#[expect(missing_docs, reason = "the three types say what they are")]
pub enum BulkDeleteRequestBody {
    Ids(RecordIdIdentifiers),
    PhoneNumbers(PhoneNumberIdentifiers),
    External(ExternalIdentifiers),
}

/// A distinct identifier as it was sent.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Sent {
    /// Its position in the request.
    pub index: usize,
    /// What was sent.
    pub identifier: SentIdentifier,
}

/// What was sent.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum SentIdentifier {
    /// A record id.
    Id(String),
    /// A phone number, and why it cannot match when it cannot.
    PhoneNumber(String, Option<PhoneNumberFault>),
    /// An external provider and an external id.
    External(ExternalReference),
}

/// A checked request: what was sent, and what it means, in the same order.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct BulkDeleteRequest {
    /// The distinct identifiers as sent.
    pub sent: Vec<Sent>,
    /// The same identifiers as they are looked up.
    pub identifiers: Identifiers,
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

impl Body for BulkDeleteRequest {
    type Schema = BulkDeleteRequestBody;

    const DESCRIPTION: Option<&'static str> = Some("1 to 100 identifiers of one kind.");
    const FAULTY: &'static str = r#"[
        {"phone_number": "+14155550101"}, {"phone_number": "+14155550102"},
        {"phone_number": "+14155550103"}, {"phone_number": ""}
    ]"#;
    const LIMIT: usize = 256 * 1024;
    // It is part of what is stored: another text would make other requests of those that are repeated.
    const FINGERPRINT: Option<&'static str> = Some("bulk_delete_records");

    /// Sent as they stand they delete the records of the demo list.
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

    fn from_json(json: Json<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Array(items) = json else {
            faults.add("$", "must be an array of identifiers");
            return None;
        };
        if !(1..=MAX_ITEMS).contains(&items.len()) {
            faults.add("$", format!("must have 1 to {MAX_ITEMS} items, has {}", items.len()));
        }
        let mut first_kind: Option<Kind> = None;
        let mut known = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().take(MAX_ITEMS).enumerate() {
            let path = format!("[{index}]");
            let Some((kind, item)) = read_item(item, &path, faults) else {
                continue;
            };
            if *first_kind.get_or_insert(kind) != kind {
                faults.add(path, "must have the same kind of identifier as the items before");
            }
            known.extend(item.map(|item| (index, item)));
        }
        if !faults.is_empty() {
            return None;
        }
        Some(match first_kind? {
            Kind::Id => by_id(known),
            Kind::PhoneNumber => by_phone_number(known),
            Kind::External => by_external_reference(known),
        })
    }
}

/// Reads one item: its kind, and the item itself if all of it can be read. Less only with a fault.
fn read_item(json: Json<'_>, path: &str, faults: &mut Faults) -> Option<(Kind, Option<Item>)> {
    let mut members = Members::of(json, path, faults)?;
    // The kind is told by the members that are there, readable or not.
    let [has_id, has_phone_number, has_provider, has_external_id] =
        ["id", "phone_number", "external_provider", "external_id"].map(|name| members.has(name));
    let id = members.text("id", faults);
    let phone_number = members.text("phone_number", faults);
    let external_provider = members.text("external_provider", faults);
    let external_id = members.text("external_id", faults);
    members.finish(faults);
    match (has_id, has_phone_number, has_provider || has_external_id) {
        (true, false, false) => {
            let item = id.map(|id| RecordIdIdentifier { id });
            Some((Kind::Id, checked(item, path, faults).map(Item::Id)))
        }
        (false, true, false) => {
            let item = phone_number.map(|phone_number| PhoneNumberIdentifier { phone_number });
            let item = checked(item, path, faults).map(Item::PhoneNumber);
            Some((Kind::PhoneNumber, item))
        }
        (false, false, true) => {
            if !has_external_id {
                faults.add(join(path, "external_id"), "is required with external_provider");
            }
            if !has_provider {
                faults.add(join(path, "external_provider"), "is required with external_id");
            }
            let item = external_provider
                .zip(external_id)
                .map(|(external_provider, external_id)| ExternalIdentifier {
                    external_provider,
                    external_id,
                });
            let item = checked(item, path, faults).map(Item::External);
            Some((Kind::External, item))
        }
        (false, false, false) => {
            let expected = "must have an id, a phone_number, or an external_provider with an external_id";
            faults.add(path, expected);
            None
        }
        _ => {
            faults.add(path, "must have one kind of identifier");
            None
        }
    }
}

/// Notes what is wrong with an item that could be read.
fn checked<T: Validate>(item: Option<T>, path: &str, faults: &mut Faults) -> Option<T> {
    item.inspect(|item| faults.check(path, item))
}

fn by_id(items: Vec<(usize, Item)>) -> BulkDeleteRequest {
    let ids = items.into_iter().filter_map(|(index, item)| match item {
        Item::Id(RecordIdIdentifier { id }) => Some((index, RecordId::parse(&id), id)),
        _ => None,
    });
    let (sent, keys) = distinct(ids)
        .map(|(index, key, id)| {
            let identifier = SentIdentifier::Id(id);
            (Sent { index, identifier }, key)
        })
        .unzip();
    BulkDeleteRequest {
        sent,
        identifiers: Identifiers::Ids(keys),
    }
}

fn by_phone_number(items: Vec<(usize, Item)>) -> BulkDeleteRequest {
    let mut faults = Vec::new();
    let numbers = items.into_iter().filter_map(|(index, item)| match item {
        Item::PhoneNumber(PhoneNumberIdentifier { phone_number }) => {
            let key = PhoneNumber::normalise(&phone_number);
            faults.extend(key.as_ref().err().map(|fault| (index, *fault)));
            Some((index, key.ok(), phone_number))
        }
        _ => None,
    });
    let distinct: Vec<_> = distinct(numbers).collect();
    let fault_of = |index| {
        let found = faults.iter().find(|(place, _)| *place == index);
        found.map(|(_, fault)| *fault)
    };
    let (sent, keys) = distinct
        .into_iter()
        .map(|(index, key, number)| {
            let identifier = SentIdentifier::PhoneNumber(number, fault_of(index));
            (Sent { index, identifier }, key)
        })
        .unzip();
    BulkDeleteRequest {
        sent,
        identifiers: Identifiers::PhoneNumbers(keys),
    }
}

fn by_external_reference(items: Vec<(usize, Item)>) -> BulkDeleteRequest {
    let mut seen = HashSet::new();
    let (sent, keys) = items
        .into_iter()
        .filter_map(|(index, item)| match item {
            Item::External(identifier) => {
                let reference = ExternalReference {
                    provider: identifier.external_provider,
                    id: identifier.external_id,
                };
                let identifier = SentIdentifier::External(reference.clone());
                Some((Sent { index, identifier }, reference))
            }
            _ => None,
        })
        .filter(|(_, reference)| seen.insert(reference.clone()))
        .unzip();
    BulkDeleteRequest {
        sent,
        identifiers: Identifiers::ExternalReferences(keys),
    }
}

/// Leaves the first of equal identifiers (api.md section 5, decision 3): those with equal keys, and those without a
/// key that were sent alike.
fn distinct<K: Clone + Eq + std::hash::Hash>(
    items: impl Iterator<Item = (usize, Option<K>, String)>,
) -> impl Iterator<Item = (usize, Option<K>, String)> {
    let mut keys = HashSet::new();
    let mut texts = HashSet::new();
    items.filter(move |(_, key, text)| match key {
        Some(key) => keys.insert(key.clone()),
        None => texts.insert(text.clone()),
    })
}

#[cfg(test)]
#[path = "delete_request_test.rs"]
mod tests;
