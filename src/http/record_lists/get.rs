//! `GET /record-lists/{record_list_id}`

use actix_web::{HttpResponse, http::StatusCode};

use super::wire::RecordListBody;
use crate::{
    auth::Manage,
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::AnyQuery},
        response::error::ApiError,
    },
    store::{ListKey, lists::FindList},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(GetRecordList, get_record_list)
}

struct GetRecordList;

/// Read a record list
///
/// Returns a record list and the number of its records.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}",
    operation_id = "get_record_list",
    tag = "Record lists",
    impl_for = GetRecordList,
    responses((
        status = 200,
        description = "The record list.",
        body = RecordListBody,
        examples(("1_demo_list" = (
            summary = "The demo list",
            value = json!(example_file!("record_list.json"))
        )))
    ))
)]
async fn get_record_list(request: Authorized<Bearer<Manage>, ListKey, AnyQuery>) -> Result<HttpResponse, ApiError> {
    let context = request.context;
    let list = context.read(FindList(request.target)).await?;
    let body = RecordListBody::new(list, &context.format.links);
    Ok(context.respond(StatusCode::OK, &body))
}
