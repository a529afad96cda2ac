//! `POST /record-lists/{record_list_id}/records/bulks`

pub mod query;
pub mod request;
pub mod response;

use actix_web::{HttpResponse, http::StatusCode};

use self::{
    query::{BulkCreateQuery, OnDuplicate},
    request::BulkCreateRequest,
    response::BulkCreateResponse,
};
use crate::{
    auth::Manage,
    domain::{IfPresent, Limits, RecordListId, RecordMembers, Refusal},
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer},
        response::{api_response::ApiResponse, error::ApiError, format::Format},
    },
    record_list::CommandError,
    store::{ListKey, records::Changes},
};

/// The operation. It fails if the list would exceed its limit of records.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().records_exceeded());
    Operation::new(BulkCreate, bulk_create_records)
        .with_published_form()
        .may_also([exceeded.into(), Refusal::NoUniqueIdentifier.into()])
}

struct BulkCreate;

/// Create records in bulk
///
/// Creates up to 100 records in a record list, in the order of the request. An invalid or duplicate record fails on its
/// own; the others are created. With `Prefer: return=minimal` the response contains only the members of the published
/// schema.
///
/// With `on_duplicate=update` the request brings the list up to date: records that it has are changed, and the others are
/// created. A later record of a request meets the earlier ones. A list whose `unique_identifier_type` is `NOTHING` cannot
/// recognise its records, so there only `fail` is allowed.
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
    request: Authorized<Bearer<Manage>, ListKey, BulkCreateQuery, BulkCreateRequest>,
) -> Result<HttpResponse, ApiError> {
    let (list, sent, context) = (request.target, request.body, request.context);
    let write = match request.query.on_duplicate {
        OnDuplicate::Fail => {
            let create = sent.creation();
            return context.write(list.clone(), create, respond(list.id, sent)).await;
        }
        OnDuplicate::Skip => sent.upsert(|_| IfPresent::Skip),
        OnDuplicate::Update => sent.upsert(|record| IfPresent::Set(Box::new(RecordMembers::from(record.clone())))),
    };
    context.write(list.clone(), write, respond(list.id, sent)).await
}

fn respond(list: RecordListId, sent: BulkCreateRequest) -> impl Fn(&Changes, &Format) -> ApiResponse {
    move |changes, format| {
        let body = BulkCreateResponse::new(list, sent.records(), changes, &format.links);
        let tally = body.tally();
        format.response_in_form(StatusCode::CREATED, body).with_tally(tally)
    }
}
