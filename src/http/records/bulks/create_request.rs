//! The request of a bulk create (docs/contract.md section 4.4).

use std::collections::BTreeSet;

use serde_json::json;
use utoipa::openapi::{RefOr, Schema};

use super::{MAX_ITEMS, creation_error::CreationError};
use crate::{
    domain::{NewRecord, Priority, UploadRequestId},
    http::{
        document::example::Example,
        records::{EXTERNAL_REFERENCE, new_record::NewRecordRequest},
        request::{
            body::{Body, LARGEST_BODY},
            faults::{Faults, Place},
            json::{FromJson, Json, request},
        },
        response::error::FieldError,
        schema::{Items, Schemas, WireType},
    },
    store::records::CreateRecords,
};

/// The maximum number of faults that are listed of one record (docs/contract.md section 1.15).
pub const MAX_RECORD_FAULTS: usize = 10;

request! {
    /// Records to create.
    pub struct BulkCreateRequest as "BulkCreateRequest" {
        /// The records in the order in which they are dialled, among those of one priority.
        records: Items<SentRecord, 1, MAX_ITEMS>,
        /// The upload request that the records belong to, or any other text that marks them as created together.
        upload_request_id: Option<UploadRequestId>,
    }
}

/// A record of a bulk create: the record to store, or what is wrong with it.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct SentRecord {
    /// The members by which a client recognises the record if it fails.
    pub echo: Echo,
    /// Whether its numbers were sent in `phone_numbers`.
    pub has_phone_numbers: bool,
    /// The record to store.
    pub record: Result<NewRecord, RecordFaults>,
}

/// What is wrong with a record.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct RecordFaults {
    /// All codes that apply.
    pub errors: BTreeSet<CreationError>,
    /// The first faults.
    pub fields: Vec<FieldError>,
    /// The number of further faults.
    pub unlisted: usize,
    /// Whether the record is an object without external provider and external id.
    pub has_no_external_reference: bool,
}

/// The maximum number of characters of a member that a response repeats.
const MAX_ECHO: usize = 1_024;

/// The members by which a client recognises a failed record, each cut to 1,024 characters.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Echo {
    /// Its first phone number as it was sent.
    pub phone_number: Option<String>,
    /// Its external provider as it was sent.
    pub external_provider: Option<String>,
    /// Its external id as it was sent.
    pub external_id: Option<String>,
}

impl Body for BulkCreateRequest {
    const DESCRIPTION: Option<&'static str> = Some("1 to 100 records.");
    const FAULTY: &'static str = r#"{"records": []}"#;
    const LIMIT: usize = LARGEST_BODY;
    // A client that overrides the method means the bulk delete.
    const ARRAY_HINT: Option<&'static str> = Some(
        "This operation creates records. To delete records, send the array with POST to \
         /record-lists/{record_list_id}/records/bulks/delete.",
    );

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_one_record",
                summary: "One record with the required members",
                value: json!({"records": [{
                    "first_name": "Ada",
                    "last_name": "Lovelace",
                    "phone_numbers": [{"phone_number": "+441632960961", "phone_type": "MOBILE"}]
                }]}),
            },
            Example {
                name: "2_from_a_crm",
                summary: "A record from a connected system",
                value: json!({"records": [{
                    "first_name": "Radia",
                    "last_name": "Perlman",
                    "phone_numbers": [
                        {"phone_number": "+14155550163", "phone_type": "OFFICE"},
                        {"phone_number": "+14155550164", "phone_type": "HOME"}
                    ],
                    "timezone": "America/Los_Angeles",
                    "priority": 8,
                    "extra_data": {"plan": "gold"},
                    "external_provider": "salesforce",
                    "external_id": "003DL0000212DfaYAE"
                }]}),
            },
        ]
    }
}

impl BulkCreateRequest {
    /// The records, valid or not.
    pub fn records(&self) -> &[SentRecord] {
        self.records.as_slice()
    }

    /// The write to send to the list: the records without faults.
    pub fn valid_records(&self) -> CreateRecords {
        let records = self.records().iter();
        CreateRecords {
            records: records.filter_map(|sent| sent.record.clone().ok()).collect(),
            upload_request: self.upload_request_id.clone(),
        }
    }
}

/// A faulty record fails on its own: its faults are not faults of the request.
impl FromJson for SentRecord {
    fn from_json(json: Json<'_>, place: &Place<'_>, _: &mut Faults) -> Option<Self> {
        let [provider, external_id] = EXTERNAL_REFERENCE;
        let [provider, external_id, numbers, number] =
            json.members_named([provider, external_id, "phone_numbers", "phone_number"]);
        let has_phone_numbers = match numbers {
            Some(Json::Array(array)) => !array.is_empty(),
            _ => numbers.is_some(),
        };
        let is_object = matches!(json, Json::Object(_));
        let has_no_external_reference = is_object && provider.is_none() && external_id.is_none();
        let echo = Echo {
            phone_number: first_number(numbers.as_ref()).or_else(|| cut(number.as_ref())),
            external_provider: cut(provider.as_ref()),
            external_id: cut(external_id.as_ref()),
        };
        let mut errors = BTreeSet::new();
        let mut note = |at: Place<'_>, kind| {
            errors.insert(match at {
                // Beside other numbers, an empty one is not a missing one.
                Place::Member(Place::Item(Place::Member(Place::Body, _), _), "phone_number") if has_phone_numbers => {
                    CreationError::PhoneNumberInvalid
                }
                _ => CreationError::of(at, kind),
            });
        };
        let mut faults = Faults::observed(MAX_RECORD_FAULTS, &mut note);
        let request = NewRecordRequest::from_json(json, place, &mut faults);
        let (fields, unlisted) = faults.into_parts();
        let record = match request {
            Some(request) if fields.is_empty() => Ok(request.into_record(Priority::BULK_DEFAULT)),
            _ => Err(RecordFaults {
                errors,
                fields,
                unlisted,
                has_no_external_reference,
            }),
        };
        Some(Self {
            echo,
            has_phone_numbers,
            record,
        })
    }
}

impl WireType for SentRecord {
    fn schema() -> RefOr<Schema> {
        NewRecordRequest::schema()
    }

    fn collect(schemas: &mut Schemas) {
        NewRecordRequest::collect(schemas);
    }
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
