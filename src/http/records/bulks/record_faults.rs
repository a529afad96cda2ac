//! What is wrong with a record of a bulk request, and the members by which a client recognises it.

use std::collections::BTreeSet;

use entity::Word;

use super::record_error::RecordError;
use crate::{
    domain::{ExtraDataFault, Refusal, Rejection, UniqueIdentifierType},
    http::{
        records::EXTERNAL_REFERENCE,
        request::{
            faults::{Faults, Place},
            json::{FromJson, Json},
        },
        response::error::FieldError,
    },
};

/// The maximum number of faults that are listed of one record (docs/contract.md section 1.15).
pub const MAX_RECORD_FAULTS: usize = 10;

/// The maximum number of characters of a member that a response repeats.
const MAX_ECHO: usize = 1_024;

/// The members by which a client recognises a failed record, each cut to 1,024 characters.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Echo {
    /// Its id as it was sent.
    pub id: Option<String>,
    /// Its first phone number as it was sent.
    pub phone_number: Option<String>,
    /// Its external provider as it was sent.
    pub external_provider: Option<String>,
    /// Its external id as it was sent.
    pub external_id: Option<String>,
}

/// What is wrong with a record.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct RecordFaults {
    /// All codes that apply.
    pub errors: BTreeSet<RecordError>,
    /// The first faults.
    pub fields: Vec<FieldError>,
    /// The number of further faults.
    pub unlisted: usize,
    /// Whether the record is an object without external provider and external id.
    pub has_no_external_reference: bool,
}

/// What is known of a record, or of members of one, whether it is valid or not.
pub struct Sent<'a> {
    json: &'a Json<'a>,
    numbers: Option<Json<'a>>,
    number: Option<Json<'a>>,
    provider: Option<Json<'a>>,
    external_id: Option<Json<'a>>,
}

impl<'a> Sent<'a> {
    /// Looks at the value.
    pub fn of(json: &'a Json<'a>) -> Self {
        let [provider, external_id] = EXTERNAL_REFERENCE;
        let [provider, external_id, numbers, number] =
            json.members_named([provider, external_id, "phone_numbers", "phone_number"]);
        Self {
            json,
            numbers,
            number,
            provider,
            external_id,
        }
    }

    /// Whether its numbers were sent in `phone_numbers`.
    pub fn has_phone_numbers(&self) -> bool {
        match &self.numbers {
            Some(Json::Array(array)) => !array.is_empty(),
            other => other.is_some(),
        }
    }

    /// The members by which a client recognises it.
    pub fn echo(&self) -> Echo {
        Echo {
            id: None,
            phone_number: first_number(self.numbers.as_ref()).or_else(|| cut(self.number.as_ref())),
            external_provider: cut(self.provider.as_ref()),
            external_id: cut(self.external_id.as_ref()),
        }
    }

    /// What was read, if the record is named by an external reference.
    pub fn with_reference<T>(&self, read: Result<T, RecordFaults>, record: &Place<'_>) -> Result<T, RecordFaults> {
        let parts = EXTERNAL_REFERENCE.into_iter().zip([&self.provider, &self.external_id]);
        let absent: Vec<&str> = parts.filter(|(_, sent)| sent.is_none()).map(|(name, _)| name).collect();
        if absent.is_empty() {
            return read;
        }
        let mut faults = read.err().unwrap_or_default();
        for name in absent {
            faults.add(
                RecordError::ExternalRefMissing,
                Place::Member(record, name),
                "is required",
            );
        }
        Err(faults)
    }

    /// Reads it. Its faults are its own, and not those of the request.
    pub fn read<T: FromJson>(&self, place: &Place<'_>) -> Result<T, RecordFaults> {
        let has_phone_numbers = self.has_phone_numbers();
        let mut errors = BTreeSet::new();
        let mut note = |at: Place<'_>, kind| {
            errors.insert(match at {
                // Beside other numbers, an empty one is not a missing one.
                Place::Member(owner, "phone_number") if has_phone_numbers && !is_item_of_numbers(owner) => {
                    RecordError::PhoneNumberInvalid
                }
                _ => RecordError::of(at, kind),
            });
        };
        let mut faults = Faults::observed(MAX_RECORD_FAULTS, &mut note);
        let read = T::from_json(self.json.clone(), place, &mut faults);
        let (fields, unlisted) = faults.into_parts();
        match read {
            Some(read) if fields.is_empty() => Ok(read),
            _ => Err(RecordFaults {
                errors,
                fields,
                unlisted,
                has_no_external_reference: matches!(self.json, Json::Object(_))
                    && self.provider.is_none()
                    && self.external_id.is_none(),
            }),
        }
    }
}

fn is_item_of_numbers(place: &Place<'_>) -> bool {
    matches!(place, Place::Item(Place::Member(_, "phone_numbers"), _))
}

/// The text of a member as a response repeats it.
fn cut(member: Option<&Json<'_>>) -> Option<String> {
    let text = member?.text()?;
    Some(text.chars().take(MAX_ECHO).collect())
}

/// The first of several numbers as a response repeats it.
fn first_number(numbers: Option<&Json<'_>>) -> Option<String> {
    let Some(Json::Array(array)) = numbers else {
        return None;
    };
    let [number] = array.items().next()?.members_named(["phone_number"]);
    cut(number.as_ref())
}

impl RecordFaults {
    /// The faults of the record at this place, which its list refused. `has_phone_numbers` says whether its numbers were
    /// sent in `phone_numbers`.
    pub fn of_refusal(refusal: &Refusal, has_phone_numbers: bool, record: &Place<'_>) -> Self {
        let mut faults = Self::default();
        match refusal {
            Refusal::Rejected(Rejection::PhoneNumbersTaken(positions)) => {
                let numbers = Place::Member(record, "phone_numbers");
                for position in positions {
                    let number = Place::Item(&numbers, *position);
                    let owner = if has_phone_numbers { &number } else { record };
                    let place = Place::Member(owner, "phone_number");
                    let description = "is the number of another record of the list";
                    faults.add(RecordError::PhoneNumberNotUnique, place, description);
                }
            }
            Refusal::Rejected(Rejection::ExternalReferenceTaken) => faults.add(
                RecordError::Other,
                Place::Member(record, "external_id"),
                "is the external id of another record of the list",
            ),
            Refusal::Rejected(Rejection::ExternalReferenceMissing) => faults.add_missing_reference(record),
            Refusal::HalfReference { has_provider } => {
                let [provider, id] = EXTERNAL_REFERENCE;
                let (absent, present) = if *has_provider { (id, provider) } else { (provider, id) };
                let place = Place::Member(record, absent);
                faults.add(
                    RecordError::ExternalRefMissing,
                    place,
                    &format!("is required with {present}"),
                );
            }
            Refusal::ExtraDataTooLarge => faults.add(
                RecordError::Other,
                Place::Member(record, "extra_data"),
                &ExtraDataFault::TooLarge.to_string(),
            ),
            Refusal::SeveralRecords => {
                faults.add(RecordError::Other, *record, "matches several records of the list");
            }
            _ => faults.add(RecordError::Other, *record, "is no record of the list"),
        }
        faults
    }

    /// The faults of a record without an outcome.
    pub fn unknown() -> Self {
        Self {
            errors: [RecordError::Other].into(),
            ..Self::default()
        }
    }

    /// The faults of the record at this place, with what its list requires beyond the rules for every record.
    pub fn in_list(&self, identified_by: UniqueIdentifierType, record: &Place<'_>) -> Self {
        let mut faults = self.clone();
        if identified_by == UniqueIdentifierType::External && self.has_no_external_reference {
            faults.add_missing_reference(record);
        }
        faults
    }

    fn add_missing_reference(&mut self, record: &Place<'_>) {
        let identified_by = UniqueIdentifierType::External.word();
        self.add(
            RecordError::ExternalRefMissing,
            Place::Member(record, "external_id"),
            &format!("is required, because the list has the unique_identifier_type {identified_by}"),
        );
    }

    fn add(&mut self, error: RecordError, place: Place<'_>, description: &str) {
        self.errors.insert(error);
        self.fields.push(FieldError {
            name: place.to_string(),
            description: description.to_owned(),
        });
    }
}
