//! Records on the wire (docs/contract.md section 2).

use entity::Word;

use crate::{
    domain::{
        ExternalId, ExternalProvider, ExternalUrl, ExtraData, PersonName, PhoneNumber, PhoneType, Priority, Record,
        RecordId, RecordListId, Timezone,
    },
    http::{
        response::{hal::SelfLink, links::Links},
        schema::{Items, Timestamp, object::response},
    },
};

/// The maximum number of phone numbers of a record: one per type.
pub const MAX_PHONE_NUMBERS: usize = PhoneType::ALL.len();

response! {
    /// A phone number of a record.
    pub struct PhoneNumberBody as "PhoneNumber" {
        /// The number: `+` followed by digits.
        #[example("+442079460958")]
        phone_number: PhoneNumber,
        /// The type of the number; at most one number per type.
        phone_type: PhoneType,
    }
}

response! {
    /// A record: one person to call.
    pub struct RecordBody as "Record" {
        /// The id of the record.
        #[example("8858c834-481d-4a02-8176-cffc02c50350")]
        id: RecordId,
        /// The id of the record list.
        #[example("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        record_list_id: RecordListId,
        /// First name.
        #[example("Ada")]
        first_name: PersonName,
        /// Last name.
        #[example("Lovelace")]
        last_name: PersonName,
        /// The numbers to call, the main number first; at most one per type.
        phone_numbers: PhoneNumbers,
        /// The first of `phone_numbers`.
        #[deprecated = "Use `phone_numbers`."]
        phone_number: PhoneNumber,
        /// The person's time zone: a name from the tz database.
        #[example("Europe/London")]
        timezone: Option<Timezone>,
        /// The priority: 10 is dialled first; 11 is a hot lead.
        priority: Priority,
        /// Free-form data, as it was sent.
        extra_data: ExtraData,
        /// The connected system that the person comes from.
        #[example("salesforce")]
        external_provider: Option<ExternalProvider>,
        /// The person's id in that system.
        #[example("003DL0000212DetYAE")]
        external_id: Option<ExternalId>,
        /// The person's URL in that system.
        external_url: Option<ExternalUrl>,
        /// Whether a connector keeps the external id up to date.
        sync_external_id: bool,
        /// When the record was created, RFC 3339 in UTC.
        created_at: Timestamp,
        /// When the record was last changed, RFC 3339 in UTC.
        updated_at: Timestamp,
        /// Links.
        links as "_links": SelfLink,
    }
}

/// The phone numbers of a record.
type PhoneNumbers = Items<PhoneNumberBody, 1, MAX_PHONE_NUMBERS>;

impl RecordBody {
    /// The record as the caller sees it.
    pub fn new(record: Record, list: RecordListId, links: &Links) -> Self {
        let (external_provider, external_id) = record.external.map(|external| (external.provider, external.id)).unzip();
        let main_number = record.phone_numbers.first().map(|line| line.number.clone());
        let numbers = record.phone_numbers.into_iter().map(|line| PhoneNumberBody {
            phone_number: line.number,
            phone_type: line.phone_type,
        });
        Self {
            id: record.id,
            record_list_id: list,
            first_name: record.first_name,
            last_name: record.last_name,
            phone_numbers: Items::of(numbers.collect()),
            // A stored record has at least one.
            phone_number: main_number.unwrap_or_else(|| PhoneNumber::from_stored(String::new())),
            timezone: record.timezone,
            priority: record.priority,
            extra_data: record.extra_data,
            external_provider,
            external_id,
            external_url: record.external_url,
            sync_external_id: record.sync_external_id,
            created_at: Timestamp(record.created_at),
            updated_at: Timestamp(record.updated_at),
            links: SelfLink::to(links.record(list, record.id)),
        }
    }
}
