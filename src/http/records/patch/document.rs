//! A record as the document that a patch applies to: all members but the links.

use std::collections::HashMap;

use serde_json::json;

use crate::{
    domain::{
        BrokenRule, ExtraData, PresentExtraData, Priority, Record, RecordListId, Refusal,
        json::{Op, PatchError, PatchOperation, Pointer, Tree, apply},
    },
    http::{
        records::{EXTERNAL_REFERENCE, patch::numbers, record_members::RecordMembersRequest},
        request::{
            faults::{Faults, Place, missing_half},
            json::{FromJson, Json},
        },
        schema::Timestamp,
    },
};

/// The members that every record has.
const REQUIRED: [&str; 4] = ["first_name", "last_name", PHONE_NUMBERS, PHONE_NUMBER];

/// The member that has all phone numbers.
pub const PHONE_NUMBERS: &str = "phone_numbers";

/// The member that is the first of the phone numbers.
pub const PHONE_NUMBER: &str = "phone_number";

/// The writable members that a record may lack, or that have a default.
const OPTIONAL: [&str; 7] = [
    "timezone",
    "priority",
    EXTRA_DATA,
    "external_provider",
    "external_id",
    "external_url",
    "sync_external_id",
];

const EXTRA_DATA: &str = "extra_data";

/// The members that can be tested and not changed.
const READ_ONLY: [&str; 4] = ["id", "record_list_id", "created_at", "updated_at"];

/// A member of responses that is not part of the document.
const LINKS: &str = "_links";

/// Whether an operation could ever be carried out; the error is the rule that its path breaks.
pub fn check(path: &Pointer, op: &Op) -> Result<(), &'static str> {
    let member = path.member();
    let is_test = matches!(op, Op::Test(_));
    if (READ_ONLY.contains(&member) && !is_test) || member == LINKS {
        return Err("must not name a read-only member");
    }
    if matches!(op, Op::Remove) && path.is_whole_member() && REQUIRED.contains(&member) {
        return Err("must not remove a required member");
    }
    Ok(())
}

/// The record after the operations: all of them, or none.
pub fn patched<'a>(
    list: RecordListId,
    record: &Record,
    operations: impl IntoIterator<Item = &'a PatchOperation>,
) -> Result<Record, Refusal> {
    let mut document = document(list, record);
    let mut touched = Touched::default();
    for (index, operation) in operations.into_iter().enumerate() {
        let member = operation.path.member();
        let mut members = REQUIRED.iter().chain(&OPTIONAL).chain(&READ_ONLY);
        let known = members.find(|known| **known == member);
        let known = known.ok_or(Refusal::NotApplicable { operation: index })?;
        if *known == PHONE_NUMBER && numbers::are_missing(&document) {
            return Err(Refusal::Invalid(vec![BrokenRule {
                operation: index,
                description: format!("{PHONE_NUMBER} is that of the first number, and there is none"),
            }]));
        }
        apply(&mut document, operation).map_err(|error| match error {
            PatchError::NoSuchPlace => Refusal::NotApplicable { operation: index },
            PatchError::TestFailed => Refusal::TestFailed { operation: index },
        })?;
        if !matches!(operation.op, Op::Test(_)) {
            touched.note(known, index);
            numbers::keep_in_step(&mut document, known);
            // It is there in every record, and may be empty.
            if document.member(EXTRA_DATA).is_none() {
                document.set_member(EXTRA_DATA, Tree::Object(Vec::new()));
            }
        }
    }
    read(record, &document, &touched)
}

/// Which members the operations have touched, and the last operation on each.
#[derive(Default)]
struct Touched(HashMap<&'static str, usize>);

impl Touched {
    fn note(&mut self, member: &'static str, operation: usize) {
        self.0.insert(member, operation);
        // The two change together.
        let together = if member == PHONE_NUMBER {
            PHONE_NUMBERS
        } else {
            PHONE_NUMBER
        };
        if member == PHONE_NUMBER || member == PHONE_NUMBERS {
            self.0.insert(together, operation);
        }
    }

    fn has(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    /// The operation that is to blame for a fault at this place.
    fn blamed(&self, place: &str) -> usize {
        let member = place.split(['.', '[']).next().unwrap_or_default();
        let of_pair = EXTERNAL_REFERENCE.contains(&member);
        let pair = EXTERNAL_REFERENCE.iter().filter(|_| of_pair);
        let operations = [member].into_iter().chain(pair.copied());
        let operations = operations.filter_map(|member| self.0.get(member));
        operations.max().copied().unwrap_or_default()
    }
}

/// The members of a record without its links.
fn document(list: RecordListId, record: &Record) -> Tree {
    let numbers: Vec<_> = record
        .phone_numbers
        .iter()
        .map(|line| json!({"phone_number": line.number, "phone_type": line.phone_type}))
        .collect();
    let main = record.phone_numbers.first().map(|line| &line.number);
    let external = record.external.as_ref();
    let members = [
        ("first_name", Some(json!(record.first_name))),
        ("last_name", Some(json!(record.last_name))),
        (PHONE_NUMBERS, Some(json!(numbers))),
        (PHONE_NUMBER, main.map(|number| json!(number))),
        ("timezone", record.timezone.as_ref().map(|zone| json!(zone))),
        ("priority", Some(json!(record.priority))),
        ("external_provider", external.map(|external| json!(external.provider))),
        ("external_id", external.map(|external| json!(external.id))),
        ("external_url", record.external_url.as_ref().map(|url| json!(url))),
        ("sync_external_id", Some(json!(record.sync_external_id))),
        ("id", Some(json!(record.id))),
        ("record_list_id", Some(json!(list))),
        ("created_at", Some(json!(Timestamp(record.created_at)))),
        ("updated_at", Some(json!(Timestamp(record.updated_at)))),
    ];
    let members = members
        .into_iter()
        .filter_map(|(name, value)| Some((name, Tree::parse(&value?.to_string())?)));
    let extra_data = Tree::parse(record.extra_data.as_str()).map(|data| (EXTRA_DATA, data));
    Tree::object(members.chain(extra_data))
}

/// Reads the touched members back, by the rules of a request. The others stay as they are.
fn read(record: &Record, document: &Tree, touched: &Touched) -> Result<Record, Refusal> {
    let touches_pair = EXTERNAL_REFERENCE.iter().any(|member| touched.has(member));
    let is_read = |member: &&str| touched.has(member) || (touches_pair && EXTERNAL_REFERENCE.contains(member));
    let members = REQUIRED.iter().chain(&OPTIONAL).copied().filter(is_read);
    let members = members.filter_map(|name| Some((name, document.member(name)?.clone())));
    let text = Tree::object(members).to_text();
    let invalid = |rules: Vec<(String, String)>| {
        let rules = rules.into_iter().map(|(place, description)| BrokenRule {
            operation: touched.blamed(&place),
            description: format!("{place} {description}"),
        });
        Refusal::Invalid(rules.collect())
    };
    // The operations may have nested it more deeply than a body may be.
    let json = Json::parse(text.as_bytes())
        .map_err(|_| invalid(vec![("extra_data".to_owned(), "is nested too deeply".to_owned())]))?;
    let mut faults = Faults::default();
    let has = |name: &str| json.members_named([name])[0].is_some();
    for name in REQUIRED.into_iter().filter(|name| touched.has(name)) {
        if !has(name) {
            faults.add(name, "is required");
        }
    }
    if let Some((name, description)) = missing_half(EXTERNAL_REFERENCE, has) {
        faults.add(name, description);
    }
    let removed = |name: &str| touched.has(name) && !has(name);
    let set = RecordMembersRequest::from_json(json.clone(), &Place::Body, &mut faults);
    let Some(set) = set.filter(|_| faults.is_empty()) else {
        let (faults, _) = faults.into_parts();
        let faults = faults.into_iter().map(|fault| (fault.name, fault.description));
        return Err(invalid(faults.collect()));
    };
    let set = set.into_members(PresentExtraData::Goes);
    let mut patched = set.set(record)?;
    // What is removed is as in a record that was created without it.
    if removed("timezone") {
        patched.timezone = None;
    }
    if removed("priority") {
        patched.priority = Priority::SINGLE_DEFAULT;
    }
    if removed(EXTRA_DATA) {
        patched.extra_data = ExtraData::default();
    }
    if EXTERNAL_REFERENCE.iter().any(|name| removed(name)) {
        patched.external = None;
    }
    if removed("external_url") {
        patched.external_url = None;
    }
    if removed("sync_external_id") {
        patched.sync_external_id = false;
    }
    Ok(patched)
}
