//! `DELETE /record-lists/{record_list_id}`

use actix_web::{HttpResponse, http::StatusCode};

use entity::Word;

use crate::{
    auth::Manage,
    domain::OperationKind,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::NoQuery},
        response::{
            api_response::{ApiResponse, OPERATION_ID},
            error::ApiError,
            tally::Tally,
        },
    },
    store::{ListKey, lists::DeleteList},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(DeleteRecordList, delete_record_list)
}

struct DeleteRecordList;

/// Delete a record list
///
/// Deletes a record list and all of its records. The deletion takes effect at once: the list no longer counts towards
/// the account's limit, and its records are gone. Its deletions remain available.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}",
    operation_id = "delete_record_list",
    tag = "Record lists",
    impl_for = DeleteRecordList,
    responses((
        status = 204,
        description = "The record list is deleted.",
        headers(("Operation-Id" = String, description =
            "The id under which the deletion is listed in `deletions`."))
    ))
)]
async fn delete_record_list(request: Authorized<Bearer<Manage>, ListKey, NoQuery>) -> Result<HttpResponse, ApiError> {
    let context = request.context;
    let attribution = context.attribution(&request.caller);
    let operation_id = attribution.operation_id.to_string();
    context
        .write(request.target, DeleteList { attribution }, move |_, _| {
            let tally = Tally {
                kind: Some(OperationKind::List.word()),
                ..Tally::default()
            };
            ApiResponse::empty(StatusCode::NO_CONTENT)
                .with_header(&OPERATION_ID, &operation_id)
                .with_tally(tally)
        })
        .await
}
