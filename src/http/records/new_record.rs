//! A record in a request (docs/contract.md section 2).

use std::collections::HashSet;

use entity::Word;
use utoipa::openapi::{RefOr, Schema};

use super::wire::MAX_PHONE_NUMBERS;
use crate::{
    clock,
    domain::{
        ExternalId, ExternalProvider, ExternalReference, ExternalUrl, ExtraData, NewRecord, PersonName, PhoneLine,
        PhoneNumber, PhoneType, Priority, RecordId, SentPhoneNumber, Timezone,
    },
    http::{
        records::external_reference_is_whole,
        request::{
            faults::{Faults, Place, or_fault},
            json::{FromJson, Json, Members, request},
        },
        schema::{Items, Whole, WireType},
    },
};

request! {
    /// A phone number of a record to create.
    pub struct NewPhoneNumber as "NewPhoneNumber" {
        /// The number in international format with a leading `+`. Spaces, dots, dashes and brackets are ignored.
        #[example("+44 20 7946 0958")]
        phone_number: RequestedPhoneNumber,
        /// The type of the number; at most one number per type.
        phone_type: PhoneType,
    }
}

request! {
    /// A record to create.
    pub struct NewRecordRequest as "NewRecord" where phone_number, external_reference_is_whole {
        /// First name.
        #[example("Ada")]
        first_name: PersonName,
        /// Last name.
        #[example("Lovelace")]
        last_name: PersonName,
        /// The numbers to call, the main number first; at most one per type. Required unless `phone_number` is sent.
        phone_numbers: Option<NewPhoneNumbers>,
        /// The only number to call, of type `MOBILE`. If `phone_numbers` is also sent, this number must be valid but is
        /// ignored.
        #[deprecated = "Use `phone_numbers`."]
        phone_number: Option<RequestedPhoneNumber>,
        /// The person's time zone: a name or alias from the tz database. Case does not matter.
        #[example("Europe/London")]
        timezone: Option<Timezone>,
        /// The priority: 10 is dialled first. Without it, a record that is created in bulk has 5, and one that is
        /// created alone 11, which makes it a hot lead.
        priority: Option<RequestedPriority>,
        /// Free-form data, at most 16 KiB without white space.
        extra_data: Option<ExtraData>,
        /// The connected system that the person comes from; required with `external_id`.
        #[example("salesforce")]
        external_provider: Option<ExternalProvider>,
        /// The person's id in that system; required with `external_provider`.
        #[example("003DL0000212DetYAE")]
        external_id: Option<ExternalId>,
        /// The person's URL in that system.
        external_url: Option<ExternalUrl>,
        /// Whether a connector keeps the external id up to date. The default is `false`.
        sync_external_id: Option<bool>,
    }
}

/// A record must have a phone number.
fn phone_number(members: &mut Members<'_, '_>, faults: &mut Faults) {
    if !members.has("phone_numbers") && !members.has("phone_number") {
        members.report_missing("phone_numbers", "is required", faults);
    }
}

impl NewRecordRequest {
    /// Converts the request into a record with a new id.
    pub fn into_record(self, default_priority: Priority) -> NewRecord {
        let phone_numbers = match (self.phone_numbers, self.phone_number) {
            (Some(numbers), _) => numbers.0,
            (None, number) => Vec::from_iter(number.map(|number| PhoneLine {
                number: number.0,
                phone_type: PhoneType::Mobile,
            })),
        };
        let external = self.external_provider.zip(self.external_id);
        NewRecord {
            id: RecordId(clock::new_id()),
            first_name: self.first_name,
            last_name: self.last_name,
            phone_numbers,
            timezone: self.timezone,
            priority: self.priority.map_or(default_priority, |priority| priority.0),
            extra_data: self.extra_data.unwrap_or_default(),
            external: external.map(|(provider, id)| ExternalReference { provider, id }),
            external_url: self.external_url,
            sync_external_id: self.sync_external_id.unwrap_or(false),
        }
    }
}

/// The phone numbers of a new record: at most one per type.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct NewPhoneNumbers(Vec<PhoneLine>);

impl NewPhoneNumbers {
    /// The numbers, the main one first.
    pub fn into_lines(self) -> Vec<PhoneLine> {
        self.0
    }
}

type SentPhoneNumbers = Items<NewPhoneNumber, 1, MAX_PHONE_NUMBERS>;

impl FromJson for NewPhoneNumbers {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let types_are_distinct = check_types(&json, place, faults);
        let numbers = SentPhoneNumbers::from_json(json, place, faults)?;
        let lines = numbers.into_inner().into_iter().map(|number| PhoneLine {
            number: number.phone_number.0,
            phone_type: number.phone_type,
        });
        types_are_distinct.then(|| Self(lines.collect()))
    }
}

/// Reports each number that has the type of an earlier one.
fn check_types(numbers: &Json<'_>, place: &Place<'_>, faults: &mut Faults) -> bool {
    let Json::Array(array) = numbers else {
        return true;
    };
    let mut seen = HashSet::new();
    let mut are_distinct = true;
    for (index, number) in array.items().enumerate() {
        let [phone_type] = number.members_named(["phone_type"]);
        let phone_type = phone_type.as_ref().and_then(Json::text).and_then(PhoneType::from_word);
        if phone_type.is_some_and(|phone_type| !seen.insert(phone_type)) {
            let place = Place::Item(place, index);
            faults.add(Place::Member(&place, "phone_type"), "must appear only once in a record");
            are_distinct = false;
        }
    }
    are_distinct
}

impl WireType for NewPhoneNumbers {
    fn schema() -> RefOr<Schema> {
        SentPhoneNumbers::schema()
    }

    fn collect(schemas: &mut crate::http::schema::Schemas) {
        SentPhoneNumbers::collect(schemas);
    }
}

/// A phone number of a new record, which may be sent in any spelling.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct RequestedPhoneNumber(PhoneNumber);

impl RequestedPhoneNumber {
    /// The number.
    pub fn into_number(self) -> PhoneNumber {
        self.0
    }
}

impl FromJson for RequestedPhoneNumber {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let sent = SentPhoneNumber::from_json(json, place, faults)?;
        or_fault(PhoneNumber::normalise(sent.as_str()).map(Self), place, faults)
    }
}

impl WireType for RequestedPhoneNumber {
    fn schema() -> RefOr<Schema> {
        SentPhoneNumber::schema()
    }
}

/// A priority that a client can request.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub struct RequestedPriority(Priority);

impl RequestedPriority {
    /// The priority.
    pub fn get(self) -> Priority {
        self.0
    }
}

impl FromJson for RequestedPriority {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let number = i64::from_json(json, place, faults)?;
        or_fault(Priority::requested(number).map(Self), place, faults)
    }
}

impl WireType for RequestedPriority {
    fn schema() -> RefOr<Schema> {
        Whole::<{ Priority::LOWEST as u64 }, { Priority::HIGHEST as u64 }>::schema()
    }
}
