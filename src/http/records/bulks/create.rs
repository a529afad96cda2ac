//! `POST /record-lists/{record_list_id}/records/bulks`

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{BulkLinks, MAX_ITEMS};
use crate::{
    auth::Manage,
    domain::{Limits, NewRecord, RecordListId},
    example_file,
    http::{
        document::example::Example,
        operation::Operation,
        records::{
            new_record::{BULK_PRIORITY, NewRecordRequest},
            wire::RecordBody,
        },
        request::{
            Authorized,
            body::Body,
            caller::Bearer,
            json::{Faults, Json, Members},
            query::NoQuery,
        },
        response::{
            error::{ApiError, ErrorCode, FieldError},
            format::Format,
            links::Links,
        },
    },
    record_list::CommandError,
    store::{
        ListKey,
        records::{CreateRecords, Creation},
    },
};

/// The operation, which the list's limit may forbid.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().records_exceeded());
    Operation::new(BulkCreate, bulk_create_records).may_also([exceeded.into()])
}

struct BulkCreate;

/// Add records in bulk
///
/// Adds up to 100 records to a record list, in dialling order. A faulty or duplicate record fails by itself, and
/// the others go in.
#[utoipa::path(
    post,
    path = "/record-lists/{record_list_id}/records/bulks",
    operation_id = "bulk_create_records",
    tag = "Records",
    impl_for = BulkCreate,
    responses((
        status = 201,
        description = "What became of each record.",
        body = BulkCreateResponse,
        examples(("1_one_failed" = (
            summary = "One record is made, and one was there already",
            value = json!(example_file!("bulk_create_response.json"))
        )))
    ))
)]
async fn bulk_create_records(
    request: Authorized<Bearer<Manage>, ListKey, NoQuery, CheckedBulkCreate>,
) -> Result<HttpResponse, ApiError> {
    let (list, checked, context) = (request.target, request.body, request.context);
    let (id, create) = (list.id, checked.sound_records());
    let respond = move |creations: &Vec<_>, format: &Format| {
        let body = BulkCreateResponse::new(id, &checked.records, creations, &format.links);
        format.answer(StatusCode::CREATED, &body)
    };
    context.write(list, create, respond).await
}

/// Records that are to be made.
// Source: api.md section 4.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkCreateRequest {
    /// 1 to 100 records in dialling order.
    #[schema(min_items = 1, max_items = 100)]
    pub records: Vec<NewRecordRequest>,
}

/// A checked request: each record as it is to be stored, or what is wrong with it.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct CheckedBulkCreate {
    records: Vec<CheckedRecord>,
}

#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
struct CheckedRecord {
    sent: Echo,
    record: Result<NewRecord, Vec<FieldError>>,
}

/// What a failed record is recognised by.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
struct Echo {
    phone_number: Option<String>,
    external_provider: Option<String>,
    external_id: Option<String>,
}

impl Body for CheckedBulkCreate {
    type Schema = BulkCreateRequest;

    const DESCRIPTION: Option<&'static str> = Some("1 to 100 records.");
    const FAULTY: &'static str = r#"{"records": []}"#;
    const LIMIT: usize = 4 * 1024 * 1024;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_one_record",
                summary: "One record, and no more than it needs",
                value: json!({"records": [{
                    "first_name": "Ada",
                    "last_name": "Lovelace",
                    "phone_numbers": [{"phone_number": "+441632960961", "phone_type": "MOBILE"}]
                }]}),
            },
            Example {
                name: "2_from_a_crm",
                summary: "A record that a connected system knows",
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

    fn from_json(json: Json<'_>, faults: &mut Faults) -> Option<Self> {
        let mut members = Members::of(json, "", faults)?;
        let records = members.required("records", faults, Members::array);
        members.finish(faults);
        let records = records?;
        if records.is_empty() || records.len() > MAX_ITEMS {
            let expected = format!("must have 1 to {MAX_ITEMS} items, has {}", records.len());
            faults.add("records", expected);
            return None;
        }
        let records = records
            .into_iter()
            .enumerate()
            .map(|(index, record)| check(record, &format!("records[{index}]")))
            .collect();
        Some(Self { records })
    }
}

impl CheckedBulkCreate {
    /// What goes to the list: the records without faults.
    fn sound_records(&self) -> CreateRecords {
        let records = self.records.iter();
        CreateRecords {
            records: records.filter_map(|checked| checked.record.clone().ok()).collect(),
        }
    }
}

/// A faulty record fails by itself; the others go in.
fn check(json: Json<'_>, path: &str) -> CheckedRecord {
    let mut faults = Faults::default();
    let request = NewRecordRequest::read(json, path, &mut faults);
    let sent = request.as_ref().map(Echo::of).unwrap_or_default();
    let record = request.and_then(|request| request.into_record(path, BULK_PRIORITY, &mut faults));
    CheckedRecord {
        sent,
        record: record.ok_or_else(|| faults.into_fields()),
    }
}

impl Echo {
    fn of(request: &NewRecordRequest) -> Self {
        let first_number = request
            .phone_numbers
            .as_ref()
            .and_then(|numbers| Some(numbers.first()?.phone_number.clone()));
        Self {
            phone_number: first_number.or_else(|| request.phone_number.clone()),
            external_provider: request.external_provider.clone(),
            external_id: request.external_id.clone(),
        }
    }
}

/// The outcome of a bulk create.
// Source: api.md section 3, "Bulk result".
#[derive(Clone, Serialize, ToSchema)]
pub struct BulkCreateResponse {
    /// The list that was added to.
    #[schema(min_length = 1, max_length = 36)]
    pub record_list_id: String,
    /// Whether any record failed.
    pub has_errors: bool,
    /// Records that failed.
    #[schema(minimum = 0, maximum = 100)]
    pub total_errors: usize,
    /// Records that were made.
    #[schema(minimum = 0, maximum = 100)]
    pub total_created: usize,
    /// The ways from here.
    #[serde(rename = "_links")]
    pub links: BulkLinks,
    /// What became of each record.
    #[serde(rename = "_embedded")]
    pub embedded: CreatedRecords,
}

/// What became of each record.
#[derive(Clone, Serialize, ToSchema)]
pub struct CreatedRecords {
    /// In request order; a failed one carries `errors`.
    #[schema(max_items = 100)]
    pub records: Vec<CreatedRecord>,
}

/// A record that was made, or one that failed.
#[derive(Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CreatedRecord {
    /// It is stored.
    Created(Box<RecordBody>),
    /// It is not stored.
    Failed(FailedNewRecord),
}

/// A record that was not made.
#[derive(Clone, Serialize, ToSchema)]
pub struct FailedNewRecord {
    /// Why, for programs. New codes may come. Known codes: VALIDATION_FAILED, DUPLICATE_RECORD.
    #[schema(min_items = 1, examples("DUPLICATE_RECORD"))]
    pub errors: Vec<String>,
    /// The faults of the record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub fields: Vec<FieldError>,
    /// Its first phone number as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phone_number: Option<String>,
    /// Its external provider as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_provider: Option<String>,
    /// Its external id as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_id: Option<String>,
}

impl BulkCreateResponse {
    fn new(list: RecordListId, checked: &[CheckedRecord], creations: &[Creation], links: &Links) -> Self {
        let mut creations = creations.iter();
        let records: Vec<_> = checked
            .iter()
            .enumerate()
            .map(|(index, checked)| match &checked.record {
                Err(fields) => CreatedRecord::failed(&checked.sent, ErrorCode::ValidationFailed, fields.clone()),
                Ok(_) => match creations.next() {
                    Some(Creation::Created(record)) => {
                        let record = RecordBody::new((**record).clone(), list, links);
                        CreatedRecord::Created(Box::new(record))
                    }
                    Some(Creation::Duplicate) | None => {
                        CreatedRecord::failed(&checked.sent, ErrorCode::DuplicateRecord, Vec::new())
                    }
                    Some(Creation::ExternalReferenceMissing) => {
                        let missing = FieldError {
                            name: format!("records[{index}].external_id"),
                            description: "is required in a list whose identifier is EXTERNAL".to_owned(),
                        };
                        let code = ErrorCode::ValidationFailed;
                        CreatedRecord::failed(&checked.sent, code, vec![missing])
                    }
                },
            })
            .collect();
        let total_errors = records
            .iter()
            .filter(|record| matches!(record, CreatedRecord::Failed(_)))
            .count();
        Self {
            record_list_id: list.0.to_string(),
            has_errors: total_errors > 0,
            total_errors,
            total_created: records.len() - total_errors,
            links: BulkLinks::new(list, links),
            embedded: CreatedRecords { records },
        }
    }
}

impl CreatedRecord {
    fn failed(sent: &Echo, code: ErrorCode, fields: Vec<FieldError>) -> Self {
        Self::Failed(FailedNewRecord {
            errors: vec![code.as_str().to_owned()],
            fields,
            phone_number: sent.phone_number.clone(),
            external_provider: sent.external_provider.clone(),
            external_id: sent.external_id.clone(),
        })
    }
}
