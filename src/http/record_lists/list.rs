//! `GET /record-lists`

use actix_web::{HttpResponse, http::StatusCode};
use utoipa::openapi::path::Parameter;

use super::wire::RecordListBody;
use crate::{
    auth::Manage,
    domain::{AccountId, ListConditions, ListName, ListOrder, ListSort, Listing, Status},
    example_file,
    http::{
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            paging::PageQuery,
            query::{
                FromQuery, Query, filter, query,
                values::{Time, time_range},
            },
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
/// Returns the account's record lists, optionally filtered and ordered. Without `order_by`, they are in order of creation.
/// Follow `_links.next` to read all pages; the links stay valid while lists are created or deleted.
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
    let page = PageOfLists {
        account,
        conditions: query.conditions.clone(),
        order: query.order,
        paging: paging.clone(),
    };
    let page = context.read_page(page, &paging).await?;
    let links = &context.format.links;
    let filter = query.parameters();
    let address = query.page.address(listing, |page| {
        links.to("/record-lists", &[filter.as_slice(), page].concat())
    });
    let body = PageBody::new(page, &paging, &address, |list| RecordListBody::new(list, links));
    Ok(context.respond(StatusCode::OK, &body))
}

/// Which record lists are requested.
pub struct RecordListsQuery {
    conditions: ListConditions,
    order: ListOrder,
    /// The filters and the order as they were sent.
    sent: Vec<(&'static str, String)>,
    page: PageQuery,
}

query! {
    /// Which record lists are requested.
    pub struct RecordListsFilter {
        /// Only lists with this exact name.
        name: Option<ListName>,
        /// Only lists with this status.
        status: Option<Status>,
        /// Only lists that were created at this time or later: RFC 3339, compared by the second.
        created_at_from: Option<Time>,
        /// Only lists that were created at this time or earlier.
        created_at_to: Option<Time>,
        /// Only lists that were last changed at this time or later; changes of their records do not count.
        updated_at_from: Option<Time>,
        /// Only lists that were last changed at this time or earlier.
        updated_at_to: Option<Time>,
        /// The order. Lists with equal values are in order of creation. Names are compared byte by byte.
        order_by: Option<OrderBy>,
    }
}

query! {
    /// What a client requests besides.
    pub struct RecordListsFields {
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

entity::words! {
    /// The order of lists.
    pub enum OrderBy {
        /// The first created first.
        CreatedAt = "created_at",
        /// The same.
        CreatedAtAsc = "created_at:asc",
        /// The last created first.
        CreatedAtDesc = "created_at:desc",
        /// The first changed first.
        UpdatedAt = "updated_at",
        /// The same.
        UpdatedAtAsc = "updated_at:asc",
        /// The last changed first.
        UpdatedAtDesc = "updated_at:desc",
        /// By name.
        Name = "name",
        /// The same.
        NameAsc = "name:asc",
        /// By name, the last first.
        NameDesc = "name:desc",
    }
}

filter!(Fields, OrderBy);
inline_words!(Fields, OrderBy);

impl From<OrderBy> for ListOrder {
    fn from(order: OrderBy) -> Self {
        match order {
            OrderBy::CreatedAt | OrderBy::CreatedAtAsc => Self::ascending(ListSort::CreatedAt),
            OrderBy::CreatedAtDesc => Self::descending(ListSort::CreatedAt),
            OrderBy::UpdatedAt | OrderBy::UpdatedAtAsc => Self::ascending(ListSort::UpdatedAt),
            OrderBy::UpdatedAtDesc => Self::descending(ListSort::UpdatedAt),
            OrderBy::Name | OrderBy::NameAsc => Self::ascending(ListSort::Name),
            OrderBy::NameDesc => Self::descending(ListSort::Name),
        }
    }
}

/// Filters that the vendor documents and that select nothing here: there are no teams and no campaigns.
const NOT_SERVED: &[&str] = &[
    "team_id",
    "team_ids",
    "team_ids[]",
    "campaign_ids",
    "campaign_ids[]",
    "include_none_team",
];

impl FromQuery for RecordListsQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = PageQuery::FAULTY;

    fn parameters() -> Vec<Parameter> {
        [
            RecordListsFilter::parameters(),
            RecordListsFields::parameters(),
            PageQuery::parameters(),
        ]
        .concat()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        query.refuse(NOT_SERVED, faults);
        let sent = query.sent(RecordListsFilter::KNOWN);
        let filter = RecordListsFilter::take(query, faults);
        RecordListsFields::take(query, faults);
        let page = PageQuery::from_query(query, faults)?;
        Some(Self {
            conditions: ListConditions {
                name: filter.name,
                status: filter.status,
                created_at: time_range(filter.created_at_from, filter.created_at_to, "created_at_to", faults),
                updated_at: time_range(filter.updated_at_from, filter.updated_at_to, "updated_at_to", faults),
            },
            order: filter
                .order_by
                .map_or(ListOrder::ascending(ListSort::Id), ListOrder::from),
            sent,
            page,
        })
    }
}

impl RecordListsQuery {
    fn listing(&self, account: &AccountId) -> Listing {
        let filter = self.parameters();
        let filter = filter.iter().flat_map(|(name, value)| [*name, *value]);
        let listing = Listing::new("record lists", [account.as_str()].into_iter().chain(filter));
        listing.sorted_by(self.order.by.key_type())
    }

    /// The filters and the order as they were sent, for use in links.
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        self.sent.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

type RecordListsPage = PageBody<RecordListBody>;

impl PageItem for RecordListBody {
    const PAGE: &'static str = "RecordListsPage";
    const EMBEDDED: &'static str = "EmbeddedRecordLists";
    const MEMBER: &'static str = "record_lists";
    const ABOUT: &'static str = "The lists in the requested order, or in order of creation.";
}
