//! `POST /record-lists/{record_list_id}/records/bulks`

use actix_web::{HttpResponse, http::StatusCode};
use entity::Word;
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::{OneOfBuilder, RefOr, Schema};

use super::{BulkCount, BulkLinks, MAX_ITEMS};
use crate::{
    auth::Manage,
    domain::{Limits, NewRecord, Priority, RecordListId, UniqueIdentifierType},
    example_file,
    http::{
        document::example::Example,
        operation::Operation,
        records::{new_record::NewRecordRequest, wire::RecordBody},
        request::{
            Authorized,
            body::{Body, LARGEST_BODY},
            caller::Bearer,
            faults::{Faults, Place},
            json::{FromJson, Json, request},
            query::NoQuery,
        },
        response::{
            error::{ApiError, ErrorCode, FieldError},
            format::Format,
            links::Links,
        },
        schema::{
            Items, Schemas, WireType, known,
            object::{named_schema, response},
            open,
        },
    },
    record_list::CommandError,
    store::{
        ListKey,
        records::{CreateRecords, Creation},
    },
};

/// The operation. It fails if the list would exceed its limit of records.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().records_exceeded());
    Operation::new(BulkCreate, bulk_create_records).may_also([exceeded.into()])
}

struct BulkCreate;

/// Create records in bulk
///
/// Creates up to 100 records in a record list, in the order of the request. An invalid or duplicate record fails on its own; the
/// others are created.
#[utoipa::path(
    post,
    path = "/record-lists/{record_list_id}/records/bulks",
    operation_id = "bulk_create_records",
    tag = "Records",
    impl_for = BulkCreate,
    responses((
        status = 201,
        description = "The outcome of each record.",
        body = BulkCreateResponse,
        examples(("1_one_failed" = (
            summary = "One record was created, and one already existed",
            value = json!(example_file!("bulk_create_response.json"))
        )))
    ))
)]
async fn bulk_create_records(
    request: Authorized<Bearer<Manage>, ListKey, NoQuery, BulkCreateRequest>,
) -> Result<HttpResponse, ApiError> {
    let (list, sent, context) = (request.target, request.body, request.context);
    let (id, create) = (list.id, sent.valid_records());
    let respond = move |creations: &Vec<_>, format: &Format| {
        let body = BulkCreateResponse::new(id, sent.records.as_slice(), creations, &format.links);
        format.response(StatusCode::CREATED, &body)
    };
    context.write(list, create, respond).await
}

request! {
    /// Records to create.
    pub struct BulkCreateRequest as "BulkCreateRequest" {
        /// The records in the order in which they are dialled, among those of one priority.
        records: Items<SentRecord, 1, MAX_ITEMS>,
    }
}

/// A record of a bulk create: the record to store, or its faults.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct SentRecord {
    echo: Echo,
    record: Result<NewRecord, Vec<FieldError>>,
}

/// The members by which a client recognises a failed record.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
struct Echo {
    phone_number: Option<String>,
    external_provider: Option<String>,
    external_id: Option<String>,
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
    /// The write to send to the list: the records without faults.
    fn valid_records(&self) -> CreateRecords {
        let records = self.records.as_slice().iter();
        CreateRecords {
            records: records.filter_map(|sent| sent.record.clone().ok()).collect(),
        }
    }
}

/// A faulty record fails on its own: its faults are not faults of the request.
impl FromJson for SentRecord {
    fn from_json(json: Json<'_>, place: &Place<'_>, _: &mut Faults) -> Option<Self> {
        let mut faults = Faults::default();
        let echo = Echo::of(&json);
        let record = match NewRecordRequest::from_json(json, place, &mut faults) {
            Some(request) if faults.is_empty() => Ok(request.into_record(Priority::BULK_DEFAULT)),
            _ => Err(faults.into_fields()),
        };
        Some(Self { echo, record })
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

impl Echo {
    fn of(record: &Json<'_>) -> Self {
        let text = |name| record.member(name).and_then(Json::text).map(str::to_owned);
        let first_number = record
            .member("phone_numbers")
            .and_then(|numbers| numbers.items()?.first());
        let first_number = first_number.and_then(|number| number.member("phone_number")?.text());
        Self {
            phone_number: first_number.map(str::to_owned).or_else(|| text("phone_number")),
            external_provider: text("external_provider"),
            external_id: text("external_id"),
        }
    }
}

response! {
    /// The outcome of a bulk create.
    pub struct BulkCreateResponse as "BulkCreateResponse" {
        /// The id of the record list.
        record_list_id: RecordListId,
        /// Whether any record failed.
        has_errors: bool,
        /// Number of records that failed.
        total_errors: BulkCount,
        /// Number of records that were created.
        total_created: BulkCount,
        /// Links.
        links as "_links": BulkLinks,
        /// The outcome of each record.
        embedded as "_embedded": CreatedRecords,
    }
}

response! {
    /// The outcome of each record.
    pub struct CreatedRecords as "CreatedRecords" {
        /// The records in request order; a failed one has `errors`.
        records: Items<CreatedRecord, 0, MAX_ITEMS>,
    }
}

/// A record that was created, or one that failed.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum CreatedRecord {
    /// The record was created.
    Created(Box<RecordBody>),
    /// The record failed.
    Failed(FailedNewRecord),
}

named_schema!(CreatedRecord, "CreatedRecord", [RecordBody, FailedNewRecord], {
    OneOfBuilder::new()
        .item(<RecordBody as WireType>::schema())
        .item(<FailedNewRecord as WireType>::schema())
        .description(Some("A record that was created, or one that failed."))
        .into()
});

entity::words! {
    /// Why a record was not created.
    pub enum CreationError {
        /// The record breaks a rule.
        Invalid = ErrorCode::ValidationFailed.word(),
        /// The list already has a record with the same identifier.
        Duplicate = ErrorCode::DuplicateRecord.word(),
    }
}

impl WireType for CreationError {
    fn schema() -> RefOr<Schema> {
        open::<Self>()
    }

    fn note() -> Option<String> {
        Some(known::<Self>("codes"))
    }
}

response! {
    /// A record that was not created.
    pub struct FailedNewRecord as "FailedNewRecord" {
        /// Why it failed, as a code for programs.
        errors: Items<CreationError, 1, { CreationError::ALL.len() }>,
        /// The faults of the record.
        fields: Option<Vec<FieldError>>,
        /// Its first phone number as it was sent.
        phone_number: Option<String>,
        /// Its external provider as it was sent.
        external_provider: Option<String>,
        /// Its external id as it was sent.
        external_id: Option<String>,
    }
}

impl BulkCreateResponse {
    fn new(list: RecordListId, sent: &[SentRecord], creations: &[Creation], links: &Links) -> Self {
        let mut creations = creations.iter();
        let records: Vec<_> = sent
            .iter()
            .enumerate()
            .map(|(index, sent)| match &sent.record {
                Err(fields) => CreatedRecord::failed(&sent.echo, CreationError::Invalid, fields.clone()),
                Ok(_) => match creations.next() {
                    Some(Creation::Created(record)) => {
                        let record = RecordBody::new((**record).clone(), list, links);
                        CreatedRecord::Created(Box::new(record))
                    }
                    Some(Creation::Duplicate) | None => {
                        CreatedRecord::failed(&sent.echo, CreationError::Duplicate, Vec::new())
                    }
                    Some(Creation::ExternalReferenceMissing) => {
                        let missing = FieldError {
                            name: format!("records[{index}].external_id"),
                            description: format!(
                                "is required, because the list has the unique_identifier_type {}",
                                UniqueIdentifierType::External.word()
                            ),
                        };
                        CreatedRecord::failed(&sent.echo, CreationError::Invalid, vec![missing])
                    }
                },
            })
            .collect();
        let total_errors = records
            .iter()
            .filter(|record| matches!(record, CreatedRecord::Failed(_)))
            .count();
        Self {
            record_list_id: list,
            has_errors: total_errors > 0,
            total_errors: BulkCount::of(total_errors),
            total_created: BulkCount::of(records.len() - total_errors),
            links: BulkLinks::new(list, links),
            embedded: CreatedRecords {
                records: Items::of(records),
            },
        }
    }
}

impl CreatedRecord {
    fn failed(echo: &Echo, error: CreationError, fields: Vec<FieldError>) -> Self {
        Self::Failed(FailedNewRecord {
            errors: Items::of(vec![error]),
            fields: (!fields.is_empty()).then_some(fields),
            phone_number: echo.phone_number.clone(),
            external_provider: echo.external_provider.clone(),
            external_id: echo.external_id.clone(),
        })
    }
}
