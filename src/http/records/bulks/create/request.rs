//! The request of a bulk create (docs/contract.md section 4.4).

use serde_json::json;
use utoipa::openapi::{RefOr, Schema};

use crate::{
    domain::{IfPresent, Item, NewRecord, Priority, UploadRequestId},
    http::{
        document::example::Example,
        records::{
            bulks::{
                MAX_ITEMS,
                record_faults::{Echo, RecordFaults, Sent},
            },
            new_record::NewRecordRequest,
        },
        request::{
            body::{Body, LARGEST_BODY},
            faults::{Faults, Place},
            json::{FromJson, Json, request},
        },
        schema::{Items, Schemas, WireType},
    },
    store::records::{ChangeRecords, CreateRecords},
};

request! {
    /// Records to create.
    pub struct BulkCreateRequest as "BulkCreateRequest" {
        /// The records in the order in which they are dialled, among those of one priority.
        records: Items<SentRecord, 1, MAX_ITEMS>,
        /// The upload request that the records belong to, or any other text that marks them as created together.
        upload_request_id: Option<UploadRequestId>,
    }
}

/// A record of a bulk create: what was sent, or what is wrong with it.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct SentRecord {
    /// The members by which a client recognises the record if it fails.
    pub echo: Echo,
    /// Whether its numbers were sent in `phone_numbers`.
    pub has_phone_numbers: bool,
    /// The record.
    pub record: Result<NewRecordRequest, RecordFaults>,
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

    /// The records without faults.
    fn valid_records(&self) -> impl Iterator<Item = &NewRecordRequest> {
        self.records().iter().filter_map(|sent| sent.record.as_ref().ok())
    }

    /// How many records have faults.
    fn faulty(&self) -> usize {
        self.records().iter().filter(|sent| sent.record.is_err()).count()
    }

    /// The write that creates the valid records.
    pub fn creation(&self) -> CreateRecords {
        let records = self.valid_records().map(new_record);
        CreateRecords {
            records: records.collect(),
            upload_request: self.upload_request_id.clone(),
            faulty: self.faulty(),
        }
    }

    /// The write that creates those of the valid records that the list does not have. `if_present` says what happens to the
    /// others.
    pub fn upsert(&self, if_present: impl Fn(&NewRecordRequest) -> IfPresent) -> ChangeRecords {
        let items = self.valid_records().map(|sent| Item::Create {
            record: new_record(sent),
            if_present: if_present(sent),
        });
        ChangeRecords {
            items: items.collect(),
            upload_request: self.upload_request_id.clone(),
            faulty: self.faulty(),
            needs_unique_identifier: true,
        }
    }
}

fn new_record(sent: &NewRecordRequest) -> NewRecord {
    sent.clone().into_record(Priority::BULK_DEFAULT)
}

/// A faulty record fails on its own: its faults are not faults of the request.
impl FromJson for SentRecord {
    fn from_json(json: Json<'_>, place: &Place<'_>, _: &mut Faults) -> Option<Self> {
        let sent = Sent::of(&json);
        Some(Self {
            echo: sent.echo(),
            has_phone_numbers: sent.has_phone_numbers(),
            record: sent.read(place),
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
