//! `DELETE /record-lists/{record_list_id}/records/{record_id}`

use actix_web::HttpResponse;

use super::delete_matches;
use crate::{
    auth::Manage,
    domain::{Identifiers, OperationKind},
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::NoQuery},
        response::error::ApiError,
    },
    store::RecordKey,
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(DeleteRecord, delete_record)
}

struct DeleteRecord;

/// Delete a record
///
/// Deletes one record of a record list. A body is not read.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}/records/{record_id}",
    operation_id = "delete_record",
    tag = "Records",
    impl_for = DeleteRecord,
    responses((
        status = 204,
        description = "The record is deleted.",
        headers(("Operation-Id" = String, description =
            "The id under which the deletion is listed in `deletions`."))
    ))
)]
async fn delete_record(request: Authorized<Bearer<Manage>, RecordKey, NoQuery>) -> Result<HttpResponse, ApiError> {
    let RecordKey { list, id } = request.target;
    let record = Identifiers::Ids(vec![id]);
    delete_matches(request.context, &request.caller, list, record, OperationKind::Record).await
}
