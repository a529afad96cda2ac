//! `PATCH /record-lists/{record_list_id}/records/bulks`

pub mod query;
pub mod request;
pub mod response;

use actix_web::{HttpResponse, http::StatusCode};

use self::{query::BulkUpdateQuery, request::BulkUpdateRequest, response::BulkUpdateResponse};
use crate::{
    auth::Manage,
    domain::Limits,
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer},
        response::{error::ApiError, format::Format},
    },
    record_list::CommandError,
    store::{ListKey, records::Changes},
};

/// The operation. It fails if the list would exceed its limit of records.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().records_exceeded());
    Operation::new(BulkUpdate, bulk_update_records)
        .with_published_form()
        .may_also([exceeded.into()])
}

struct BulkUpdate;

/// Change records in bulk
///
/// Changes up to 100 records of a record list, in the order of the request and in one transaction. Members that are left
/// out are kept. An invalid item fails on its own; the others are carried out, and later ones meet what earlier ones have
/// done. With `Prefer: return=minimal` the response contains only the members of the published schema.
#[utoipa::path(
    patch,
    path = "/record-lists/{record_list_id}/records/bulks",
    operation_id = "bulk_update_records",
    tag = "Records",
    impl_for = BulkUpdate,
    responses((
        status = 200,
        description = "The outcome of each item.",
        body = BulkUpdateResponse,
        examples(("1_one_changed" = (
            summary = "The record has another priority",
            value = json!(example_file!("bulk_update_response.json"))
        )))
    ))
)]
async fn bulk_update_records(
    request: Authorized<Bearer<Manage>, ListKey, BulkUpdateQuery, BulkUpdateRequest>,
) -> Result<HttpResponse, ApiError> {
    let (list, sent, context) = (request.target, request.body, request.context);
    let (id, on_missing) = (list.id, request.query.on_missing);
    let change = sent.change(on_missing);
    let respond = move |changes: &Changes, format: &Format| {
        let body = BulkUpdateResponse::new(id, &sent, on_missing, changes, &format.links);
        let tally = body.tally();
        format.response_in_form(StatusCode::OK, body).with_tally(tally)
    };
    context.write(list, change, respond).await
}
