//! `DELETE /record-lists/{record_list_id}/records/bulks` and its equivalent
//! `POST /record-lists/{record_list_id}/records/bulks/delete`

pub mod query;
pub mod request;
pub mod response;

use actix_web::HttpResponse;

use self::{
    query::BulkDeleteQuery,
    request::BulkDeleteRequest,
    response::{BulkDeleteForm, BulkDeleteResponse},
};
use crate::{
    auth::Manage,
    domain::Deletion,
    fail_point::fail_point,
    http::{
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
    Operation::new(BulkDelete, bulk_delete_records)
        .with_schema::<BulkDeleteResponse>()
        .with_published_form()
}

/// The equivalent POST.
pub(crate) fn operation_by_post() -> Operation {
    Operation::new(BulkDeleteByPost, bulk_delete_records_by_post)
        .with_schema::<BulkDeleteResponse>()
        .with_published_form()
}

struct BulkDelete;

struct BulkDeleteByPost;

/// The request of both operations.
type BulkDeleteOf = Authorized<Bearer<Manage>, ListKey, BulkDeleteQuery, BulkDeleteRequest>;

/// Delete records in bulk
///
/// Deletes records of a record list. A request contains 1 to 100 identifiers of one kind: record ids, phone numbers, or
/// external providers with external ids. A phone number deletes every record of the list that has it.
///
/// The whole request is validated before anything is deleted. If it has any fault, the response is 400 and nothing is
/// deleted. An identifier that matches nothing does not stop the others; it is listed in `failed_records`. All
/// deletions of a request are one transaction, and the response is sent once they are on disk.
///
/// `dry_run=true` deletes nothing and says what would be, `all_or_none=true` deletes nothing if any identifier fails,
/// `missing=ignore` does not treat missing records as failures, and with `match=sole` an identifier that matches
/// several records fails. With `Prefer: return=minimal` the response contains only the members of the published schema.
///
/// Some clients and proxies drop the body of a DELETE request. If yours does, send the same body with
/// `POST /record-lists/{record_list_id}/records/bulks/delete`.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}/records/bulks",
    operation_id = "bulk_delete_records",
    tag = "Records",
    impl_for = BulkDelete,
    responses(BulkDeleteResponse)
)]
async fn bulk_delete_records(request: BulkDeleteOf) -> Result<HttpResponse, ApiError> {
    fail_point!("handler");
    let (list, query, context) = (request.target, request.query, request.context);
    let deletion = Deletion {
        identifiers: request.body.identifiers,
        options: query.options(),
    };
    let form = BulkDeleteForm {
        list: list.id,
        kind: deletion.identifiers.kind(),
        sent: request.body.sent,
        query,
    };
    if form.query.dry_run {
        context.check_precondition(&list).await?;
        let outcome = context.read(RehearseDeletion { list, deletion }).await?;
        let response = form.dry_run_response(&outcome, &context.format);
        return Ok(context.respond_with(response));
    }
    let attribution = context.attribution(&request.caller);
    let operation_id = attribution.operation_id.to_string();
    let delete = DeleteRecords::in_bulk(deletion, attribution);
    let respond = move |outcome: &_, format: &_| form.response(outcome, format, &operation_id);
    context.write(list, delete, respond).await
}

/// Delete records in bulk, by POST
///
/// The same operation as DELETE on `/record-lists/{record_list_id}/records/bulks`, for clients and proxies that drop
/// the body of a DELETE request.
#[utoipa::path(
    post,
    path = "/record-lists/{record_list_id}/records/bulks/delete",
    operation_id = "bulk_delete_records_by_post",
    tag = "Records",
    impl_for = BulkDeleteByPost,
    responses(BulkDeleteResponse)
)]
async fn bulk_delete_records_by_post(request: BulkDeleteOf) -> Result<HttpResponse, ApiError> {
    bulk_delete_records(request).await
}
