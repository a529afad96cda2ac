//! `GET /record-lists`

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use super::wire::{RecordListBody, RecordListStatus};
use crate::{
    auth::Manage,
    domain::{AccountId, Listing, Page, Paging, RecordList, Status},
    example_file,
    http::{
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            json::Faults,
            paging::PageQuery,
            query::{FromQuery, Query},
        },
        response::{
            error::ApiError,
            links::Links,
            paging::{Numbers, PageLinks},
        },
    },
    store::lists::PageOfLists,
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(ListRecordLists, list_record_lists)
}

struct ListRecordLists;

/// List record lists
///
/// Returns the record lists of the account in order of creation, all or those with a name or a status. Follow
/// `_links.next` to read all of them: it stays valid while lists are created or deleted.
#[utoipa::path(
    get,
    path = "/record-lists",
    operation_id = "list_record_lists",
    tag = "Record lists",
    impl_for = ListRecordLists,
    responses((
        status = 200,
        description = "A page of record lists.",
        body = RecordListsPage,
        examples(("1_demo_list" = (
            summary = "An account with one list",
            value = json!(example_file!("record_lists_page.json"))
        )))
    ))
)]
async fn list_record_lists(
    request: Authorized<Bearer<Manage>, AccountId, RecordListsQuery>,
) -> Result<HttpResponse, ApiError> {
    let (account, query, context) = (request.target, request.query, request.context);
    let listing = query.listing(&account);
    let paging = query.page.paging(listing)?;
    let page = context.read(query.page_of(account, paging)).await?;
    let body = RecordListsPage::new(listing, page, paging, &query, &context.format.links);
    Ok(context.respond(StatusCode::OK, &body))
}

/// Which lists are asked for.
pub struct RecordListsQuery {
    name: Option<String>,
    status: Option<Status>,
    page: PageQuery,
}

/// The statuses by the words of the contract (api.md section 3).
const STATUSES: &[(&str, Status)] = &[
    ("REJECTED", Status::Rejected),
    ("VALIDATION_STARTED", Status::ValidationStarted),
    ("UPLOADED", Status::Uploaded),
    ("ACCEPTED", Status::Accepted),
    ("INCOMPLETE", Status::Incomplete),
    ("CORRUPTED", Status::Corrupted),
];

/// Filters and orders that the contract has for this operation and that are not served (api.md section 4).
const NOT_SERVED: &[&str] = &[
    "team_id",
    "team_ids",
    "team_ids[]",
    "campaign_ids",
    "campaign_ids[]",
    "include_none_team",
    "created_at_from",
    "created_at_to",
    "updated_at_from",
    "updated_at_to",
    "order_by",
];

impl FromQuery for RecordListsQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = PageQuery::FAULTY;

    fn parameters() -> Vec<Parameter> {
        let mut parameters = RecordListsParameters::into_params(|| Some(ParameterIn::Query));
        parameters.extend(PageQuery::parameters());
        parameters
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        query.refuse(NOT_SERVED, faults);
        // Teams are in every answer; there are none.
        query.word("fields", &[("TEAMS", ())], faults);
        let name = query.name_of("name", 120, faults);
        let status = query.word("status", STATUSES, faults);
        let page = PageQuery::from_query(query, faults)?;
        Some(Self { name, status, page })
    }
}

impl RecordListsQuery {
    fn listing(&self, account: &AccountId) -> Listing {
        let filter = self.filter();
        let filter = filter.iter().flat_map(|(name, value)| [*name, *value]);
        Listing::new("record lists", [account.as_str()].into_iter().chain(filter))
    }

    /// What the store is asked for.
    fn page_of(&self, account: AccountId, paging: Paging) -> PageOfLists {
        PageOfLists {
            account,
            name: self.name.clone(),
            status: self.status,
            paging,
        }
    }

    /// The filter as it was sent, for links.
    fn filter(&self) -> Vec<(&'static str, &str)> {
        let name = self.name.as_deref().map(|name| ("name", name));
        let status = STATUSES
            .iter()
            .find(|(_, status)| Some(*status) == self.status)
            .map(|(word, _)| ("status", *word));
        name.into_iter().chain(status).collect()
    }
}

/// The filters as the document describes them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation")]
struct RecordListsParameters {
    /// Only lists with exactly this name.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    name: Option<String>,
    /// Only lists with this status.
    #[param(nullable = false)]
    status: Option<RecordListStatus>,
    /// `TEAMS` is accepted and changes nothing: `teams` is always there.
    #[param(nullable = false, inline)]
    fields: Option<Fields>,
}

/// What may be asked for beside the list.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "its variants are documentation")]
enum Fields {
    Teams,
}

/// A page of the record lists of an account.
// Source: api.md section 1, "paging".
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordListsPage {
    /// Lists on all pages.
    #[schema(minimum = 0)]
    pub total: u64,
    /// Lists on this page.
    #[schema(minimum = 0, maximum = 200)]
    pub count: u64,
    /// The number of this page.
    #[schema(minimum = 1)]
    pub page: u64,
    /// Lists on a page at most.
    #[schema(minimum = 1, maximum = 200)]
    pub per_page: u64,
    /// Pages; 0 when there are no lists.
    #[schema(minimum = 0)]
    pub total_pages: u64,
    /// Links to other pages.
    #[serde(rename = "_links")]
    pub links: PageLinks,
    /// What is on the page.
    #[serde(rename = "_embedded")]
    pub embedded: EmbeddedRecordLists,
}

/// The record lists on a page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EmbeddedRecordLists {
    /// The lists in order of creation.
    #[schema(max_items = 200)]
    pub record_lists: Vec<RecordListBody>,
}

impl RecordListsPage {
    fn new(listing: Listing, page: Page<RecordList>, paging: Paging, query: &RecordListsQuery, links: &Links) -> Self {
        let numbers = Numbers::of(&page, paging);
        let filter = query.filter();
        Self {
            total: numbers.total,
            count: numbers.count,
            page: numbers.page,
            per_page: numbers.per_page,
            total_pages: numbers.total_pages,
            links: query.page.links(listing, &page, &numbers, |page| {
                links.to("/record-lists", &[filter.as_slice(), page].concat())
            }),
            embedded: EmbeddedRecordLists {
                record_lists: page
                    .items
                    .into_iter()
                    .map(|list| RecordListBody::new(list, links))
                    .collect(),
            },
        }
    }
}
