//! Records on the wire (api.md section 2).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    domain,
    http::response::{
        hal::{SelfLink, timestamp},
        links::Links,
    },
};

/// What kind of line a phone number is.
// Source: api.md section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum PhoneType {
    /// At home.
    #[serde(rename = "HOME")]
    Home,
    /// At work.
    #[serde(rename = "OFFICE")]
    Office,
    /// A mobile phone.
    #[serde(rename = "MOBILE")]
    Mobile,
    /// A further number.
    #[serde(rename = "EXTRA_1")]
    Extra1,
    /// A further number.
    #[serde(rename = "EXTRA_2")]
    Extra2,
    /// A further number.
    #[serde(rename = "EXTRA_3")]
    Extra3,
}

impl PhoneType {
    /// Reads the name of a type.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "HOME" => Some(Self::Home),
            "OFFICE" => Some(Self::Office),
            "MOBILE" => Some(Self::Mobile),
            "EXTRA_1" => Some(Self::Extra1),
            "EXTRA_2" => Some(Self::Extra2),
            "EXTRA_3" => Some(Self::Extra3),
            _ => None,
        }
    }
}

/// One phone number of a record.
// Source: api.md section 2, "phone_numbers".
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = PhoneNumber)]
pub struct PhoneNumberBody {
    /// The number: + and digits.
    #[schema(min_length = 1, max_length = 20, examples("+442079460958"))]
    pub phone_number: String,
    /// What kind of line it is; one number per kind.
    pub phone_type: PhoneType,
}

/// A record: one person to call.
// Source: api.md section 2.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct RecordBody {
    /// The record's id.
    #[schema(min_length = 1, max_length = 36, examples("8858c834-481d-4a02-8176-cffc02c50350"))]
    pub id: String,
    /// The id of its list.
    #[schema(min_length = 1, max_length = 36, examples("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"))]
    pub record_list_id: String,
    /// First name.
    #[schema(min_length = 1, max_length = 80, examples("Ada"))]
    pub first_name: String,
    /// Last name.
    #[schema(min_length = 1, max_length = 80, examples("Lovelace"))]
    pub last_name: String,
    /// The numbers to call, the main one first.
    #[schema(min_items = 1, max_items = 6)]
    pub phone_numbers: Vec<PhoneNumberBody>,
    /// The first of the numbers. Use `phone_numbers`.
    #[schema(deprecated, min_length = 1, max_length = 20)]
    pub phone_number: String,
    /// Where the person lives, a name of the tz database.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 35, examples("Europe/London"))]
    pub timezone: Option<String>,
    /// 10 is dialled first; 11 is a hot lead.
    #[schema(minimum = 1, maximum = 11)]
    pub priority: u8,
    /// Free data.
    #[schema(value_type = Object)]
    pub extra_data: Value,
    /// The connected system that knows the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 64, examples("salesforce"))]
    pub external_provider: Option<String>,
    /// The person's id in that system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 255, examples("003DL0000212DetYAE"))]
    pub external_id: Option<String>,
    /// Where that system shows the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 2048)]
    pub external_url: Option<String>,
    /// Whether a connector keeps the external id up to date.
    pub sync_external_id: bool,
    /// When the record was made, RFC 3339 in UTC.
    #[schema(format = "date-time", examples("2026-11-24T10:00:00Z"))]
    pub created_at: String,
    /// When the record was last changed, RFC 3339 in UTC.
    #[schema(format = "date-time", examples("2026-11-24T10:00:00Z"))]
    pub updated_at: String,
    /// Where the record is.
    #[serde(rename = "_links")]
    pub links: SelfLink,
}

impl RecordBody {
    /// The record as the caller sees it.
    pub fn new(record: domain::Record, list: domain::RecordListId, links: &Links) -> Self {
        let (external_provider, external_id) = record.external.map(|external| (external.provider, external.id)).unzip();
        let phone_numbers: Vec<_> = record
            .phone_numbers
            .into_iter()
            .map(|(phone_number, phone_type)| PhoneNumberBody {
                phone_number,
                phone_type: phone_type.into(),
            })
            .collect();
        Self {
            id: record.id.0.to_string(),
            record_list_id: list.0.to_string(),
            first_name: record.first_name,
            last_name: record.last_name,
            phone_number: phone_numbers
                .first()
                .map(|first| first.phone_number.clone())
                .unwrap_or_default(),
            phone_numbers,
            timezone: record.timezone,
            priority: record.priority,
            extra_data: record.extra_data,
            external_provider,
            external_id,
            external_url: record.external_url,
            sync_external_id: record.sync_external_id,
            created_at: timestamp(record.created_at),
            updated_at: timestamp(record.updated_at),
            links: SelfLink::to(links.record(list, record.id)),
        }
    }
}

impl From<domain::PhoneType> for PhoneType {
    fn from(phone_type: domain::PhoneType) -> Self {
        match phone_type {
            domain::PhoneType::Home => Self::Home,
            domain::PhoneType::Office => Self::Office,
            domain::PhoneType::Mobile => Self::Mobile,
            domain::PhoneType::Extra1 => Self::Extra1,
            domain::PhoneType::Extra2 => Self::Extra2,
            domain::PhoneType::Extra3 => Self::Extra3,
        }
    }
}

impl From<PhoneType> for domain::PhoneType {
    fn from(phone_type: PhoneType) -> Self {
        match phone_type {
            PhoneType::Home => Self::Home,
            PhoneType::Office => Self::Office,
            PhoneType::Mobile => Self::Mobile,
            PhoneType::Extra1 => Self::Extra1,
            PhoneType::Extra2 => Self::Extra2,
            PhoneType::Extra3 => Self::Extra3,
        }
    }
}
