//! `POST /record-lists/{record_list_id}/records/bulks`

use actix_web::{HttpResponse, http::StatusCode};

use super::{create_request::BulkCreateRequest, create_response::BulkCreateResponse};
use crate::{
    auth::Manage,
    domain::Limits,
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::NoQuery},
        response::{error::ApiError, format::Format},
    },
    record_list::CommandError,
    store::{ListKey, records::Creations},
};

/// The operation. It fails if the list would exceed its limit of records.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().records_exceeded());
    Operation::new(BulkCreate, bulk_create_records)
        .with_published_form()
        .may_also([exceeded.into()])
}

struct BulkCreate;

/// Create records in bulk
///
/// Creates up to 100 records in a record list, in the order of the request. An invalid or duplicate record fails on its
/// own; the others are created. With `Prefer: return=minimal` the response contains only the members of the published
/// schema.
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
    let respond = move |creations: &Creations, format: &Format| {
        let body = BulkCreateResponse::new(id, sent.records(), creations, &format.links);
        let tally = body.tally();
        format.response_in_form(StatusCode::CREATED, body).with_tally(tally)
    };
    context.write(list, create, respond).await
}
