//! `PATCH /record-lists/{record_list_id}`

use actix_web::{HttpResponse, http::StatusCode};

use super::{change_request::ChangeRecordListRequest, wire::ChangedRecordList};
use crate::{
    auth::ManageOrWrite,
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::NoQuery},
        response::{error::ApiError, format::Format},
    },
    record_list::CommandError,
    store::{
        ListKey,
        lists::{ChangeList, ChangedList},
    },
};

/// The operation. It fails if it would hand over a file and none is waiting.
pub(crate) fn operation() -> Operation {
    Operation::new(ChangeRecordList, change_record_list)
        .with_published_form()
        .may_also([CommandError::NoFileWaiting.into()])
}

struct ChangeRecordList;

/// Change a record list
///
/// Changes the name of a record list. The status can be set to `UPLOADED` once a file of the list is waiting. With
/// `Prefer: return=minimal` the response contains only the members of the published schema.
#[utoipa::path(
    patch,
    path = "/record-lists/{record_list_id}",
    operation_id = "change_record_list",
    tag = "Record lists",
    impl_for = ChangeRecordList,
    responses((
        status = 200,
        description = "The record list.",
        body = ChangedRecordList,
        examples(("1_renamed" = (
            summary = "The demo list with another name",
            value = json!(example_file!("change_record_list_response.json"))
        )))
    ))
)]
async fn change_record_list(
    request: Authorized<Bearer<ManageOrWrite>, ListKey, NoQuery, ChangeRecordListRequest>,
) -> Result<HttpResponse, ApiError> {
    let (list, context) = (request.target, request.context);
    let account = list.account.clone();
    let ChangeRecordListRequest(change) = request.body;
    let respond = move |changed: &ChangedList, format: &Format| {
        let body = ChangedRecordList::new(changed.list.clone(), &account, &format.links);
        format.response_in_form(StatusCode::OK, body)
    };
    context.write(list, ChangeList(change), respond).await
}
