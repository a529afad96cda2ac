//! `DELETE /record-lists/{record_list_id}/records/bulks` and its twin
//! `POST /record-lists/{record_list_id}/records/bulks/delete`

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::HeaderName},
    web::{Data, Path},
};
use fail::fail_point;
use uuid::Uuid;

use super::{
    delete_query::{BulkDeleteParameters, BulkDeleteQuery},
    delete_request::{BulkDeleteRequest, BulkDeleteRequestBody},
    delete_response::{BulkDeleteForm, BulkDeleteResponse},
};
use crate::{
    auth::Manage,
    domain::{Attribution, Deletion, DeletionOutcome},
    http::{
        AppState, WireFormat,
        document::{
            errors::{BodyErrors, CommonErrors, ListErrors},
            parameters::{ListPath, PreferHeader},
        },
        record_lists::list_key,
        request::{Authorized, request_id::RequestId},
        response::{
            answer::{Answer, Render, answer_write},
            error::ApiError,
            hal::{self, MediaType},
        },
    },
    store::{DeleteRecords, RehearseDeletion},
};

/// Under which id the deletion is found in `deletions` (api.md section 5).
const OPERATION_ID: HeaderName = HeaderName::from_static("operation-id");

/// Delete records in bulk
///
/// Deletes up to 100 records of a record list by record id, by phone number, or by external provider and external
/// id: one kind for the whole request. A phone number deletes every record of the list that has it.
///
/// The request is checked as a whole before anything is deleted; any fault is a 400 and nothing is deleted. An
/// identifier that matches nothing does not stop the others: it is listed in `failed_records`. All deletions of a
/// request are one transaction, and the answer is sent when they are on disk.
///
/// `dry_run=true` rehearses, `all_or_none=true` deletes nothing when anything fails, `missing=ignore` does not mind what
/// is gone already, and `match=sole` refuses an identifier that several records have. `Prefer: return=minimal` leaves
/// all members out of the answer that are not in the published schema.
///
/// Some clients and proxies drop the body of a DELETE: for them there is the same operation as
/// `POST /record-lists/{record_list_id}/records/bulks/delete`.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}/records/bulks",
    operation_id = "bulk_delete_records",
    tag = "Records",
    security(("bearer" = [])),
    params(ListPath, BulkDeleteParameters, PreferHeader),
    request_body(
        content = BulkDeleteRequestBody,
        description = "1 to 100 identifiers of one kind."
    ),
    responses(
        (
            status = 200,
            description = "The outcome: what was deleted, and which identifiers failed.",
            body = BulkDeleteResponse,
            headers(
                ("X-Request-Id" = String, description = "The id of this request."),
                ("Operation-Id" = String, description =
                    "The id under which the deletion is listed in `deletions`; not for a rehearsal.")
            )
        ),
        CommonErrors,
        ListErrors,
        BodyErrors
    )
)]
pub async fn bulk_delete_records(
    request: Authorized<Manage, BulkDeleteQuery, BulkDeleteRequest>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    fail_point!("handler");
    let list = list_key(&request.principal, &path)?;
    let deletion = Deletion {
        identifiers: request.body.identifiers,
        options: request.query.options,
    };
    let media_type = MediaType::preferred(&http);
    let form = BulkDeleteForm {
        list: list.id,
        sent: request.body.sent,
        query: request.query,
        wire_format: wire_format(&http, &state),
        links: state.links_for(&http),
    };
    if request.query.dry_run {
        let outcome = state
            .store
            .read(RehearseDeletion { list, deletion })
            .await?;
        return Ok(Answer::new(StatusCode::OK, media_type, &form.fill(&outcome)).into_response());
    }
    let operation_id = Uuid::now_v7();
    let render: Render<DeletionOutcome> = Arc::new(move |outcome| {
        Answer::new(StatusCode::OK, media_type, &form.fill(outcome))
            .with_header(&OPERATION_ID, operation_id.to_string())
    });
    let delete = DeleteRecords {
        deletion,
        attribution: Attribution {
            operation_id,
            client_id: request.principal.client.clone(),
            request_id: RequestId::of(&http),
        },
    };
    let once = request.repeatable.once(&render);
    let written = state.lists.write(&list, delete, once, request.room).await?;
    answer_write(written, &render)
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
    params(ListPath, BulkDeleteParameters, PreferHeader),
    request_body(
        content = BulkDeleteRequestBody,
        description = "1 to 100 identifiers of one kind."
    ),
    responses(
        (
            status = 200,
            description = "The outcome: what was deleted, and which identifiers failed.",
            body = BulkDeleteResponse,
            headers(
                ("X-Request-Id" = String, description = "The id of this request."),
                ("Operation-Id" = String, description =
                    "The id under which the deletion is listed in `deletions`; not for a rehearsal.")
            )
        ),
        CommonErrors,
        ListErrors,
        BodyErrors
    )
)]
pub async fn bulk_delete_records_by_post(
    request: Authorized<Manage, BulkDeleteQuery, BulkDeleteRequest>,
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
