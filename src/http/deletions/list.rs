//! `GET /deletions` and `GET /record-lists/{record_list_id}/deletions`

use actix_web::{HttpResponse, http::StatusCode};

use super::wire::DeletionsPage;
use crate::{
    auth::Manage,
    domain::{AccountId, RecordListId},
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, context::Context, paging::PageQuery},
        response::error::ApiError,
    },
    store::{ListKey, deletions::PageOfOperations},
};

/// The operation on the account.
pub(crate) fn operation() -> Operation {
    Operation::new(ListDeletions, list_deletions)
}

/// The operation on a list.
pub(crate) fn operation_of_list() -> Operation {
    Operation::new(ListDeletionsOfList, list_record_list_deletions)
}

struct ListDeletions;

struct ListDeletionsOfList;

/// List the deletions of the account
///
/// Returns the deletions that were carried out on all record lists of the account, also on those that are gone: who
/// asked, when, and how many records went, the newest first. The deletion of a list is an entry of kind `LIST`. Entries
/// hold no personal data. Follow `_links.next` to read all of them.
#[utoipa::path(
    get,
    path = "/deletions",
    operation_id = "list_deletions",
    tag = "Deletions",
    impl_for = ListDeletions,
    responses((
        status = 200,
        description = "A page of deletions.",
        body = DeletionsPage,
        examples(("1_one_deletion" = (
            summary = "One deletion",
            value = json!(example_file!("deletions_page.json"))
        )))
    ))
)]
async fn list_deletions(request: Authorized<Bearer<Manage>, AccountId, PageQuery>) -> Result<HttpResponse, ApiError> {
    respond(&request.context, request.target, None, &request.query).await
}

/// List the deletions of a record list
///
/// Returns the deletions that were carried out on a record list, the newest first. They are kept when the list is gone;
/// its own deletion is then the first entry.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}/deletions",
    operation_id = "list_record_list_deletions",
    tag = "Deletions",
    impl_for = ListDeletionsOfList,
    responses((
        status = 200,
        description = "A page of deletions.",
        body = DeletionsPage,
        examples(("1_one_deletion" = (
            summary = "One deletion",
            value = json!(example_file!("list_deletions_page.json"))
        )))
    ))
)]
async fn list_record_list_deletions(
    request: Authorized<Bearer<Manage>, ListKey, PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let ListKey { account, id } = request.target;
    respond(&request.context, account, Some(id), &request.query).await
}

/// Answers with a page of the deletions of one list or of the whole account.
async fn respond(
    context: &Context,
    account: AccountId,
    list: Option<RecordListId>,
    query: &PageQuery,
) -> Result<HttpResponse, ApiError> {
    let paging = query.paging(DeletionsPage::listing(&account, list))?;
    let read = PageOfOperations {
        account: account.clone(),
        list,
        paging,
    };
    let page = context.read(read).await?;
    let links = &context.format.links;
    let body = DeletionsPage::new(&account, list, page, paging, query, links);
    Ok(context.respond(StatusCode::OK, &body))
}
