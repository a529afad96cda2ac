//! `GET /record-lists/{record_list_id}/records/{record_id}`

use actix_web::{HttpResponse, http::StatusCode};

use super::wire::RecordBody;
use crate::{
    auth::Manage,
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::AnyQuery},
        response::error::ApiError,
    },
    store::{RecordKey, records::FindRecord},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(GetRecord, get_record)
}

struct GetRecord;

/// Read a record
///
/// Returns one record of a record list.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}/records/{record_id}",
    operation_id = "get_record",
    tag = "Records",
    impl_for = GetRecord,
    responses((
        status = 200,
        description = "The record.",
        body = RecordBody,
        examples(("1_demo_record" = (
            summary = "A record of the demo list",
            value = json!(example_file!("record.json"))
        )))
    ))
)]
async fn get_record(request: Authorized<Bearer<Manage>, RecordKey, AnyQuery>) -> Result<HttpResponse, ApiError> {
    let (list, context) = (request.target.list.id, request.context);
    let record = context.read(FindRecord(request.target)).await?;
    let body = RecordBody::new(record, list, &context.format.links);
    Ok(context.respond(StatusCode::OK, &body))
}
