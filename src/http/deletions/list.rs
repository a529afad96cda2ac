//! `GET /deletions` and `GET /record-lists/{record_list_id}/deletions`

use actix_web::{HttpResponse, http::StatusCode};

use super::wire::DeletionBody;
use crate::{
    auth::Manage,
    domain::{AccountId, Listing, RecordListId},
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, context::Context, paging::PageQuery},
        response::{error::ApiError, paging::PageBody},
    },
    store::{ListKey, deletions::PageOfOperations},
};

/// The operation for the account.
pub(crate) fn operation() -> Operation {
    Operation::new(ListDeletions, list_deletions)
}

/// The operation for one record list.
pub(crate) fn operation_of_list() -> Operation {
    Operation::new(ListDeletionsOfList, list_record_list_deletions)
}

struct ListDeletions;

struct ListDeletionsOfList;

/// List the deletions of the account
///
/// Returns the deletions in all record lists of the account, including lists that have been deleted, newest first. Each
/// entry says which client deleted records, when, and how many. Deleting a list adds an entry of kind `LIST`. Entries
/// contain no personal data. Follow `_links.next` to read all pages.
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
    respond(request.context, request.target, None, &request.query).await
}

/// List the deletions of a record list
///
/// Returns the deletions in a record list, newest first. They remain available after the list is deleted; the deletion
/// of the list itself is then one of them.
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
    respond(request.context, account, Some(id), &request.query).await
}

type DeletionsPage = PageBody<DeletionBody>;

/// Responds with a page of the deletions of one list or of the whole account.
async fn respond(
    mut context: Context,
    account: AccountId,
    list: Option<RecordListId>,
    query: &PageQuery,
) -> Result<HttpResponse, ApiError> {
    let listing = match list {
        Some(list) => Listing::new("deletions of a list", [list.0.to_string().as_str()]),
        None => Listing::new("deletions", [account.as_str()]),
    };
    let paging = query.paging(listing)?;
    let read = PageOfOperations { account, list, paging };
    let page = context.read_page(read, &paging).await?;
    let links = &context.format.links;
    let address = query.address(listing, |page| links.deletions(list, page));
    let body = PageBody::new(page, &paging, &address, DeletionBody::new);
    Ok(context.respond(StatusCode::OK, &body))
}
