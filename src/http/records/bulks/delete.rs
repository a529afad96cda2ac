//! `DELETE /record-lists/{record_list_id}/records/bulks` and its twin
//! `POST /record-lists/{record_list_id}/records/bulks/delete`

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use uuid::Uuid;

use super::{
    delete_request::{BulkDeleteRequest, BulkDeleteRequestBody},
    delete_response::BulkDeleteResponse,
};
use crate::{
    auth::Manage,
    domain::Deletion,
    http::{
        AppState, WireFormat,
        error::ApiError,
        exchange::RequestId,
        hal,
        openapi::{BodyErrors, CommonErrors, ListErrors, ListPath, PreferHeader},
        query::NoQuery,
        record_lists::list_key,
        request::Authorized,
    },
    store::DeletionCommand,
};

/// Delete records in bulk
///
/// Deletes up to 100 records of a record list by record id, by phone number, or by external provider and external
/// id: one kind for the whole request. A phone number deletes every record of the list that has it.
///
/// The request is checked as a whole before anything is deleted; any fault is a 400 and nothing is deleted. An
/// identifier that matches nothing does not stop the others: it is listed in `failed_records`. All deletions of a
/// request are one transaction, and the answer is sent when they are on disk.
///
/// `Prefer: return=minimal` leaves all members out of the answer that are not in the published schema.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}/records/bulks",
    operation_id = "bulk_delete_records",
    tag = "Records",
    security(("bearer" = [])),
    params(ListPath, PreferHeader),
    request_body(
        content = BulkDeleteRequestBody,
        description = "1 to 100 identifiers of one kind."
    ),
    responses(
        (
            status = 200,
            description = "The outcome: what was deleted, and which identifiers failed.",
            body = BulkDeleteResponse,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        ListErrors,
        BodyErrors
    )
)]
pub async fn bulk_delete_records(
    request: Authorized<Manage, NoQuery, BulkDeleteRequest>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let list = list_key(&request.principal, &path)?;
    let command = DeletionCommand {
        deletion: Deletion {
            identifiers: request.body.identifiers,
        },
        operation_id: Uuid::now_v7(),
        client_id: request.principal.client.clone(),
        request_id: RequestId::of(&http),
    };
    let outcome = state
        .lists
        .delete_records(&list, command, request.body_size)
        .await?;
    let body = BulkDeleteResponse::new(
        list.id,
        &request.body.sent,
        &outcome,
        wire_format(&http, &state),
        &state.links_for(&http),
    );
    Ok(hal::answer(&http, StatusCode::OK, &body))
}

/// Delete records in bulk, by POST
///
/// The same operation as the DELETE on `/record-lists/{record_list_id}/records/bulks`, for clients and proxies that
/// drop the body of a DELETE request.
#[utoipa::path(
    post,
    path = "/record-lists/{record_list_id}/records/bulks/delete",
    operation_id = "bulk_delete_records_by_post",
    tag = "Records",
    security(("bearer" = [])),
    params(ListPath, PreferHeader),
    request_body(
        content = BulkDeleteRequestBody,
        description = "1 to 100 identifiers of one kind."
    ),
    responses(
        (
            status = 200,
            description = "The outcome: what was deleted, and which identifiers failed.",
            body = BulkDeleteResponse,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        ListErrors,
        BodyErrors
    )
)]
pub async fn bulk_delete_records_by_post(
    request: Authorized<Manage, NoQuery, BulkDeleteRequest>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    bulk_delete_records(request, path, http, state).await
}

/// The form that the request or the server asks for.
fn wire_format(request: &HttpRequest, state: &AppState) -> WireFormat {
    if hal::prefers_minimal(request) {
        WireFormat::Published
    } else {
        state.wire_format
    }
}
