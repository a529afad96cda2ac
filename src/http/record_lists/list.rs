//! `GET /record-lists`

use actix_web::{HttpResponse, http::StatusCode};
use entity::Word;
use utoipa::openapi::path::Parameter;

use super::wire::RecordListBody;
use crate::{
    auth::Manage,
    domain::{AccountId, ListName, Listing, Paging, Status},
    example_file,
    http::{
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            paging::PageQuery,
            query::{FromQuery, Query, filter, query},
        },
        response::{
            error::ApiError,
            paging::{PageBody, PageItem},
        },
        schema::inline_words,
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
/// Returns the account's record lists in order of creation, optionally filtered by name or status. Follow `_links.next`
/// to read all pages; the links stay valid while lists are created or deleted.
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
    let (account, query, mut context) = (request.target, request.query, request.context);
    let listing = query.listing(&account);
    let paging = query.page.paging(listing)?;
    let page = query.page_of(account, paging);
    let page = context.read_page(page, paging).await?;
    let links = &context.format.links;
    let filter = query.parameters();
    let address = query.page.address(listing, |page| {
        links.to("/record-lists", &[filter.as_slice(), page].concat())
    });
    let body = PageBody::new(page, paging, &address, |list| RecordListBody::new(list, links));
    Ok(context.respond(StatusCode::OK, &body))
}

/// Which record lists are requested.
pub struct RecordListsQuery {
    filter: RecordListsFilter,
    page: PageQuery,
}

query! {
    /// Which record lists are requested.
    pub struct RecordListsFilter {
        /// Only lists with this exact name.
        name: Option<ListName>,
        /// Only lists with this status.
        status: Option<Status>,
        /// Accepted for compatibility; `teams` is always included.
        fields: Option<Fields>,
    }
}

entity::words! {
    /// What a client can request in addition to the list itself.
    pub enum Fields {
        /// The teams.
        Teams = "TEAMS",
    }
}

filter!(Fields);
inline_words!(Fields);

/// Filters and sort orders that the contract defines and this operation does not support (docs/contract.md section 4).
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
        [RecordListsFilter::parameters(), PageQuery::parameters()].concat()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        query.refuse(NOT_SERVED, faults);
        let filter = RecordListsFilter::take(query, faults);
        let page = PageQuery::from_query(query, faults)?;
        Some(Self { filter, page })
    }
}

impl RecordListsQuery {
    fn listing(&self, account: &AccountId) -> Listing {
        let filter = self.parameters();
        let filter = filter.iter().flat_map(|(name, value)| [*name, *value]);
        Listing::new("record lists", [account.as_str()].into_iter().chain(filter))
    }

    /// The read to send to the store.
    fn page_of(&self, account: AccountId, paging: Paging) -> PageOfLists {
        PageOfLists {
            account,
            name: self.filter.name.clone(),
            status: self.filter.status,
            paging,
        }
    }

    /// The filter as it was sent, for use in links.
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        let name = self.filter.name.as_ref().map(|name| ("name", name.as_str()));
        let status = self.filter.status.map(|status| ("status", status.word()));
        name.into_iter().chain(status).collect()
    }
}

type RecordListsPage = PageBody<RecordListBody>;

impl PageItem for RecordListBody {
    const PAGE: &'static str = "RecordListsPage";
    const EMBEDDED: &'static str = "EmbeddedRecordLists";
    const MEMBER: &'static str = "record_lists";
    const ABOUT: &'static str = "The lists in order of creation.";
}
