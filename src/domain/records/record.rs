//! Records: the people in a list.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::hide_values;
pub use entity::record::PhoneType;

use super::{
    extra_data::ExtraData, identifiers::ExternalReference, phone_number::PhoneNumber, priority::Priority,
    selection::RecordSort, timezone::Timezone,
};
use crate::domain::{
    cursor::{SortValue, SortedKey},
    ids::RecordId,
    text::{Line, Lines},
};

/// A first or last name: 1 to 80 characters.
pub type PersonName = Lines<80>;

/// The URL of a person in a connected system: 1 to 2048 characters.
pub type ExternalUrl = Line<2048>;

/// The id of an upload request, or any other text that a client gives to records created together: 1 to 36 characters.
pub type UploadRequestId = Line<36>;

/// One phone number of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneLine {
    /// The number.
    pub number: PhoneNumber,
    /// Its type.
    pub phone_type: PhoneType,
}

/// A record to create.
#[derive(Clone)]
pub struct NewRecord {
    /// Its id.
    pub id: RecordId,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// At least one number, at most one per type. The first is the main number.
    pub phone_numbers: Vec<PhoneLine>,
    /// The person's time zone.
    pub timezone: Option<Timezone>,
    /// How early it is dialled.
    pub priority: Priority,
    /// Free-form data, at most 16 KiB without white space.
    pub extra_data: ExtraData,
    /// The person's id in a connected system.
    pub external: Option<ExternalReference>,
    /// The person's URL in the connected system.
    pub external_url: Option<ExternalUrl>,
    /// Whether a connector keeps the external id up to date.
    pub sync_external_id: bool,
}

/// A stored record.
#[derive(Clone)]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// At least one number. The first is the main number.
    pub phone_numbers: Vec<PhoneLine>,
    /// The person's time zone.
    pub timezone: Option<Timezone>,
    /// How early it is dialled.
    pub priority: Priority,
    /// Free-form data.
    pub extra_data: ExtraData,
    /// The person's id in a connected system.
    pub external: Option<ExternalReference>,
    /// The person's URL in the connected system.
    pub external_url: Option<ExternalUrl>,
    /// Whether a connector keeps the external id up to date.
    pub sync_external_id: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

hide_values!(NewRecord, Record);

impl NewRecord {
    /// The record as it is stored at this time.
    pub fn stored_at(&self, time: DateTime<Utc>) -> Record {
        Record {
            id: self.id,
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            phone_numbers: self.phone_numbers.clone(),
            timezone: self.timezone.clone(),
            priority: self.priority,
            extra_data: self.extra_data.clone(),
            external: self.external.clone(),
            external_url: self.external_url.clone(),
            sync_external_id: self.sync_external_id,
            created_at: time,
            updated_at: time,
        }
    }
}

impl Record {
    /// What it is ordered by.
    pub fn key(&self, sort: RecordSort) -> SortedKey {
        let value = match sort {
            RecordSort::Id => SortValue::Nothing,
            RecordSort::UpdatedAt => SortValue::Number(self.updated_at.timestamp()),
            RecordSort::Priority => SortValue::Number(self.priority.number().into()),
        };
        SortedKey { value, id: self.id.0 }
    }

    /// Whether both have the same values, whenever they were changed.
    pub fn has_values_of(&self, other: &Self) -> bool {
        self.has_identifiers_of(other)
            && self.first_name == other.first_name
            && self.last_name == other.last_name
            && self.phone_numbers == other.phone_numbers
            && self.timezone == other.timezone
            && self.priority == other.priority
            && self.extra_data.as_str() == other.extra_data.as_str()
            && self.external_url == other.external_url
            && self.sync_external_id == other.sync_external_id
    }

    /// Whether both are found by the same identifiers: their main number, their further numbers in any order, and their
    /// external reference.
    pub fn has_identifiers_of(&self, other: &Self) -> bool {
        fn numbers(record: &Record) -> (Option<&PhoneNumber>, BTreeSet<&PhoneNumber>) {
            let mut lines = record.phone_numbers.iter().map(|line| &line.number);
            (lines.next(), lines.collect())
        }
        self.external == other.external && numbers(self) == numbers(other)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        Deletion, DeletionOptions, ExtraDataFilter, Identifiers, RecordConditions, RecordFilter, Search, SearchField,
    };

    #[test]
    fn debug_shows_nothing_of_a_person() {
        let number = PhoneNumber::normalise("+14155550132").unwrap();
        let external = ExternalReference {
            provider: Line::new("marked").unwrap(),
            id: Line::new("marked").unwrap(),
        };
        let extra = r#"{"marked":"marked"}"#;
        let id = RecordId(Uuid::from_u128(0x8858_c834_481d_4a02_8176_cffc_02c5_0350));
        let new = NewRecord {
            id,
            first_name: Lines::new("marked").unwrap(),
            last_name: Lines::new("marked").unwrap(),
            phone_numbers: vec![PhoneLine {
                number: number.clone(),
                phone_type: PhoneType::Mobile,
            }],
            timezone: None,
            priority: Priority::BULK_DEFAULT,
            extra_data: ExtraData::new(extra).unwrap(),
            external: Some(external.clone()),
            external_url: Line::new("https://marked").ok(),
            sync_external_id: false,
        };
        let deletion = |identifiers| Deletion {
            identifiers,
            options: DeletionOptions::default(),
        };
        let numbers = deletion(Identifiers::PhoneNumbers(vec![Some(number.clone())]));
        let references = deletion(Identifiers::ExternalReferences(vec![external.clone()]));
        let ids = deletion(Identifiers::Ids(vec![Some(id)]));
        let filters = [
            RecordFilter::PhoneNumber(Some(number)),
            RecordFilter::External(external),
        ];
        let conditions = RecordConditions {
            search: Some(Search::new(Line::new("marked").unwrap(), vec![SearchField::FirstName])),
            upload_request_id: Line::new("marked").ok(),
            extra_data: vec![ExtraDataFilter::parse("marked:marked").unwrap()],
            ..RecordConditions::default()
        };
        let shown = format!(
            "{new:?} {:?} {ids:?} {numbers:?} {references:?} {filters:?} {conditions:?}",
            new.phone_numbers
        );
        for mark in ["marked", "4155550132", "8858c834"] {
            assert!(!shown.contains(mark), "{shown}");
        }
    }
}
