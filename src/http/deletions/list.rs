//! `GET /deletions` and `GET /record-lists/{record_list_id}/deletions`

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};

use super::wire::{DeletionBody, DeletionsPage, EmbeddedDeletions};
use crate::{
    auth::Manage,
    domain::{AccountId, Listing, RecordListId},
    http::{
        AppState,
        document::{
            errors::{CommonErrors, ListErrors, QueryErrors},
            parameters::{ListPath, PageParameters},
        },
        record_lists::list_key,
        request::{Authorized, paging::PageQuery},
        response::{answer::answer, error::ApiError, paging::Numbers},
    },
    store::PageOfOperations,
};

/// List the deletions of the account
///
/// Answers with the bulk deletes that were carried out on all record lists of the account, also on those that are
/// gone: who asked, when, and how many records went, the newest first. Entries hold no personal data. Follow
/// `_links.next` to read all of them.
#[utoipa::path(
    get,
    path = "/deletions",
    operation_id = "list_deletions",
    tag = "Deletions",
    security(("bearer" = [])),
    params(PageParameters),
    responses(
        (
            status = 200,
            description = "A page of deletions.",
            body = DeletionsPage,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        QueryErrors
    )
)]
pub async fn list_deletions(
    request: Authorized<Manage, PageQuery>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let account = &request.principal.account;
    let page = read_page(&state, &http, account, None, &request.query).await?;
    Ok(answer(&http, StatusCode::OK, &page))
}

/// List the deletions of a record list
///
/// Answers with the bulk deletes that were carried out on a record list, the newest first. They are kept when the list
/// is gone.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}/deletions",
    operation_id = "list_record_list_deletions",
    tag = "Deletions",
    security(("bearer" = [])),
    params(ListPath, PageParameters),
    responses(
        (
            status = 200,
            description = "A page of deletions.",
            body = DeletionsPage,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        ListErrors,
        QueryErrors
    )
)]
pub async fn list_record_list_deletions(
    request: Authorized<Manage, PageQuery>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let key = list_key(&request.principal, &path)?;
    let page = read_page(&state, &http, &key.account, Some(key.id), &request.query).await?;
    Ok(answer(&http, StatusCode::OK, &page))
}

/// A page of the deletions of one list or of the whole account.
async fn read_page(
    state: &AppState,
    http: &HttpRequest,
    account: &AccountId,
    list: Option<RecordListId>,
    query: &PageQuery,
) -> Result<DeletionsPage, ApiError> {
    let listing = match list {
        Some(list) => Listing::DeletionsOfList(list),
        None => Listing::DeletionsOfAccount(account),
    };
    let paging = query.paging(listing)?;
    let page = state
        .store
        .read(PageOfOperations {
            account: account.clone(),
            list,
            paging,
        })
        .await?;
    let numbers = Numbers::of(&page, paging);
    let links = state.links_for(http);
    Ok(DeletionsPage {
        total: numbers.total,
        count: numbers.count,
        page: numbers.page,
        per_page: numbers.per_page,
        total_pages: numbers.total_pages,
        links: query.links(listing, &page, &numbers, |page| links.deletions(list, page)),
        embedded: EmbeddedDeletions {
            deletions: page.items.into_iter().map(DeletionBody::new).collect(),
        },
    })
}
