//! A record in a request (api.md section 2).

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::wire::PhoneType;
use crate::{
    domain::{
        ExternalReference, NewRecord, PhoneLine, PhoneNumber, RecordId, Timezone,
        text::has_control_characters_except_breaks,
    },
    http::request::{
        json::{Faults, Json, Members, join},
        rules::{no_control_characters, no_control_characters_but_breaks},
    },
};

/// Bytes of JSON that `extra_data` may have.
const MAX_EXTRA_DATA: usize = 16 * 1024;

/// One phone number of each type.
const MAX_PHONE_NUMBERS: usize = 6;

/// The priority of a record that comes with others and has none.
pub const BULK_PRIORITY: u8 = 5;

/// A phone number of a record that is to be made.
// Source: api.md section 2, "phone_numbers".
#[derive(Clone, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPhoneNumber {
    /// The number, however it is written, with its country code and a leading +.
    #[validate(length(min = 1, max = 20), custom(function = "no_control_characters"))]
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("+44 20 7946 0958")
    )]
    pub phone_number: String,
    /// What kind of line it is; one number per kind.
    pub phone_type: PhoneType,
}

/// A record that is to be made.
// Source: api.md section 2.
#[derive(Clone, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRecord)]
pub struct NewRecordRequest {
    /// First name.
    #[validate(length(min = 1, max = 80), custom(function = "no_control_characters_but_breaks"))]
    #[schema(
        min_length = 1,
        max_length = 80,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        examples("Ada")
    )]
    pub first_name: String,
    /// Last name.
    #[validate(length(min = 1, max = 80), custom(function = "no_control_characters_but_breaks"))]
    #[schema(
        min_length = 1,
        max_length = 80,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        examples("Lovelace")
    )]
    pub last_name: String,
    /// The numbers to call, the main one first; one per type. Needed unless `phone_number` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1, max_items = 6)]
    pub phone_numbers: Option<Vec<NewPhoneNumber>>,
    /// The one number to call, a mobile phone. Use `phone_numbers`, beside which this one is passed over.
    #[validate(length(min = 1, max = 20), custom(function = "no_control_characters"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        deprecated,
        min_length = 1,
        max_length = 20,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub phone_number: Option<String>,
    /// Where the person lives: a name or an alias of the tz database, in any case.
    #[validate(length(min = 1, max = 35), custom(function = "no_control_characters"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 35,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("Europe/London")
    )]
    pub timezone: Option<String>,
    /// 10 is dialled first. Without it: 5.
    #[validate(range(min = 1, max = 10))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 10)]
    pub priority: Option<i64>,
    /// Free data, at most 16 KiB of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub extra_data: Option<Map<String, Value>>,
    /// The connected system that knows the person; goes with `external_id`.
    #[validate(length(min = 1, max = 64), custom(function = "no_control_characters"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("salesforce")
    )]
    pub external_provider: Option<String>,
    /// The person's id in that system; goes with `external_provider`.
    #[validate(length(min = 1, max = 255), custom(function = "no_control_characters"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        examples("003DL0000212DetYAE")
    )]
    pub external_id: Option<String>,
    /// Where that system shows the person.
    #[validate(length(min = 1, max = 2048), custom(function = "no_control_characters"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 2048,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub external_url: Option<String>,
    /// Whether a connector keeps the external id up to date. Without it: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sync_external_id: Option<bool>,
}

impl NewRecordRequest {
    /// Reads the object at `path`; every fault is noted. What is there and of the right type is kept in any case;
    /// `None` when it is no object.
    pub fn read(json: Json<'_>, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut members = Members::of(json, path, faults)?;
        let first_name = members.required("first_name", faults, Members::text);
        let last_name = members.required("last_name", faults, Members::text);
        let phone_numbers = members
            .array("phone_numbers", faults)
            .map(|items| read_phone_numbers(items, &members.place("phone_numbers"), faults));
        let request = Self {
            phone_number: members.text("phone_number", faults),
            timezone: members.text("timezone", faults),
            priority: members.integer("priority", faults),
            extra_data: read_extra_data(&mut members, faults),
            external_provider: members.text("external_provider", faults),
            external_id: members.text("external_id", faults),
            external_url: members.text("external_url", faults),
            sync_external_id: members.boolean("sync_external_id", faults),
            first_name: first_name.unwrap_or_default(),
            last_name: last_name.unwrap_or_default(),
            phone_numbers,
        };
        members.finish(faults);
        faults.check(path, &request);
        if let (None, Some(number)) = (&request.phone_numbers, &request.phone_number) {
            check_number(number, &join(path, "phone_number"), faults);
        }
        Some(request)
    }

    /// The record with an id of its own, checked by the rules that need more than one look; every fault is noted.
    /// `None` when there are faults, also earlier ones.
    pub fn into_record(self, path: &str, default_priority: u8, faults: &mut Faults) -> Option<NewRecord> {
        // A member that could not be read has its fault already.
        let wrong = |name: &str, description: &str, faults: &mut Faults| {
            if !faults.has(&join(path, name)) {
                faults.add(join(path, name), description);
            }
        };
        if self.phone_numbers.is_none() && self.phone_number.is_none() {
            wrong("phone_numbers", "is required", faults);
        }
        let phone_numbers = self.phone_lines();
        let timezone = self.timezone.as_ref().and_then(|name| {
            let zone = Timezone::parse(name);
            if zone.is_none() {
                wrong("timezone", "is not a time zone of the tz database", faults);
            }
            zone
        });
        let external = match (self.external_provider, self.external_id) {
            (Some(provider), Some(id)) => Some(ExternalReference { provider, id }),
            (None, None) => None,
            (Some(_), None) => {
                wrong("external_id", "is required with external_provider", faults);
                None
            }
            (None, Some(_)) => {
                wrong("external_provider", "is required with external_id", faults);
                None
            }
        };
        let priority = self.priority.and_then(|priority| u8::try_from(priority).ok());
        faults.is_empty().then(|| NewRecord {
            id: RecordId(Uuid::now_v7()),
            first_name: self.first_name,
            last_name: self.last_name,
            phone_numbers,
            timezone,
            priority: priority.unwrap_or(default_priority),
            extra_data: self.extra_data.unwrap_or_default(),
            external,
            external_url: self.external_url,
            sync_external_id: self.sync_external_id.unwrap_or(false),
        })
    }

    /// The numbers that can be dialled; the others have their faults already.
    fn phone_lines(&self) -> Vec<PhoneLine> {
        let line = |number: &str, phone_type: PhoneType| {
            let number = PhoneNumber::normalise(number).ok()?;
            Some(PhoneLine {
                number,
                phone_type: phone_type.into(),
            })
        };
        match (&self.phone_numbers, &self.phone_number) {
            (Some(numbers), _) => numbers
                .iter()
                .filter_map(|item| line(&item.phone_number, item.phone_type))
                .collect(),
            (None, Some(number)) => line(number, PhoneType::Mobile).into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }
}

/// Notes why the text at `place` is no phone number, unless something is wrong there already.
fn check_number(number: &str, place: &str, faults: &mut Faults) {
    if let Err(fault) = PhoneNumber::normalise(number)
        && !faults.has(place)
    {
        faults.add(place, fault.to_string());
    }
}

/// Reads the items and checks each where it stands.
fn read_phone_numbers(items: Vec<Json<'_>>, place: &str, faults: &mut Faults) -> Vec<NewPhoneNumber> {
    if items.is_empty() || items.len() > MAX_PHONE_NUMBERS {
        faults.add(place, format!("must have 1 to {MAX_PHONE_NUMBERS} items"));
    }
    let mut types = HashSet::new();
    let mut numbers = Vec::new();
    for (index, item) in items.into_iter().take(MAX_PHONE_NUMBERS).enumerate() {
        let place = format!("{place}[{index}]");
        let Some(mut members) = Members::of(item, place.clone(), faults) else {
            continue;
        };
        let phone_number = members.required("phone_number", faults, Members::text);
        let phone_type = members.required("phone_type", faults, read_phone_type);
        members.finish(faults);
        if phone_type.is_some_and(|phone_type| !types.insert(phone_type)) {
            let repeated = "must not be there more than once in a record";
            faults.add(join(&place, "phone_type"), repeated);
        }
        if let (Some(phone_number), Some(phone_type)) = (phone_number, phone_type) {
            let number = NewPhoneNumber {
                phone_number,
                phone_type,
            };
            faults.check(&place, &number);
            check_number(&number.phone_number, &join(&place, "phone_number"), faults);
            numbers.push(number);
        }
    }
    numbers
}

fn read_phone_type(members: &mut Members<'_>, name: &str, faults: &mut Faults) -> Option<PhoneType> {
    let text = members.text(name, faults)?;
    let known = PhoneType::parse(&text);
    if known.is_none() {
        let expected = "must be HOME, OFFICE, MOBILE, EXTRA_1, EXTRA_2 or EXTRA_3";
        faults.add(members.place(name), expected);
    }
    known
}

fn read_extra_data(members: &mut Members<'_>, faults: &mut Faults) -> Option<Map<String, Value>> {
    let place = members.place("extra_data");
    let json = members.take("extra_data", faults)?;
    if !matches!(json, Json::Object(_)) {
        faults.add(place, "must be an object");
        return None;
    }
    let Some(Value::Object(object)) = json.into_value() else {
        faults.add(place, "must not hold a member more than once");
        return None;
    };
    let value = Value::Object(object);
    if holds_control_characters(&value) {
        faults.add(place, "must not hold control characters");
        return None;
    }
    if value.to_string().len() > MAX_EXTRA_DATA {
        faults.add(place, "must have at most 16 KiB of JSON");
        return None;
    }
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn holds_control_characters(value: &Value) -> bool {
    match value {
        Value::String(text) => has_control_characters_except_breaks(text),
        Value::Array(items) => items.iter().any(holds_control_characters),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| has_control_characters_except_breaks(name) || holds_control_characters(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
