//! `DELETE /record-lists/{record_list_id}/records/bulks` and its twin
//! `POST /record-lists/{record_list_id}/records/bulks/delete`

use actix_web::{HttpResponse, http::StatusCode};
use fail::fail_point;
use utoipa::IntoResponses;

use super::{
    delete_query::BulkDeleteQuery,
    delete_request::BulkDeleteRequest,
    delete_response::{BulkDeleteForm, BulkDeleteResponse},
};
use crate::{
    auth::Manage,
    domain::Deletion,
    example_file,
    http::{
        document::parameters::PreferHeader,
        operation::Operation,
        request::{Authorized, caller::Bearer},
        response::error::ApiError,
    },
    store::{
        ListKey,
        deletions::{DeleteRecords, RehearseDeletion},
    },
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(BulkDelete, bulk_delete_records).with_schema::<BulkDeleteResponse>()
}

/// Its twin.
pub(crate) fn operation_by_post() -> Operation {
    Operation::new(BulkDeleteByPost, bulk_delete_records_by_post).with_schema::<BulkDeleteResponse>()
}

struct BulkDelete;

struct BulkDeleteByPost;

/// What both of them ask for.
type BulkDeleteOf = Authorized<Bearer<Manage>, ListKey, BulkDeleteQuery, BulkDeleteRequest>;

/// What both of them answer.
#[derive(IntoResponses)]
#[response(
    status = 200,
    description = "The outcome: what was deleted, and which identifiers failed.",
    headers(("Operation-Id" = String, description =
        "The id under which the deletion is listed in `deletions`; not for a rehearsal.")),
    examples(
        ("1_all_deleted" = (
            summary = "All identifiers matched",
            value = json!(example_file!("bulk_delete_response.json"))
        )),
        ("2_some_failed" = (
            summary = "One identifier matched nothing",
            value = json!(example_file!("bulk_delete_response_with_failure.json"))
        )),
        ("3_dry_run" = (
            summary = "A rehearsal by phone number, with dry_run=true and match=sole",
            value = json!(example_file!("bulk_delete_response_of_dry_run.json"))
        )),
        ("4_rolled_back" = (
            summary = "One identifier matched nothing, with all_or_none=true",
            value = json!(example_file!("bulk_delete_response_rolled_back.json"))
        )),
    )
)]
#[expect(dead_code, reason = "it is documentation")]
struct BulkDeleteSuccess(BulkDeleteResponse);

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
    impl_for = BulkDelete,
    params(PreferHeader),
    responses(BulkDeleteSuccess)
)]
async fn bulk_delete_records(request: BulkDeleteOf) -> Result<HttpResponse, ApiError> {
    fail_point!("handler");
    let (list, query, context) = (request.target, request.query, request.context);
    let deletion = Deletion {
        identifiers: request.body.identifiers,
        options: query.options,
    };
    let form = BulkDeleteForm {
        list: list.id,
        sent: request.body.sent,
        query,
    };
    if query.dry_run {
        let outcome = context.read(RehearseDeletion { list, deletion }).await?;
        return Ok(context.respond(StatusCode::OK, &form.fill(&outcome, &context.format)));
    }
    let attribution = context.attribution(&request.caller);
    let operation_id = attribution.operation_id.to_string();
    let delete = DeleteRecords { deletion, attribution };
    let respond = move |outcome: &_, format: &_| form.answer(outcome, format, &operation_id);
    context.write(list, delete, respond).await
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
    impl_for = BulkDeleteByPost,
    params(PreferHeader),
    responses(BulkDeleteSuccess)
)]
async fn bulk_delete_records_by_post(request: BulkDeleteOf) -> Result<HttpResponse, ApiError> {
    bulk_delete_records(request).await
}
