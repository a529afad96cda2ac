//! `GET /record-lists/{record_list_id}/records/timezones`

use actix_web::{HttpResponse, http::StatusCode};
use utoipa::openapi::path::Parameter;

use crate::{
    auth::Manage,
    domain::{Listing, SentTimezone, Timezone, text::Line},
    example_file,
    http::{
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            paging::PageQuery,
            query::{FromQuery, Query, query},
        },
        response::{
            error::ApiError,
            paging::{PageBody, PageItem},
        },
    },
    store::{ListKey, lists::FindList, records::PageOfTimezones},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(ListTimezones, list_timezones)
}

struct ListTimezones;

/// List the time zones of a list's records
///
/// Returns the names of the time zones that the records of a list have, each once, in the order of their bytes. Records
/// without a time zone add nothing. Follow `_links.next` to read all pages. The whole list is read, which takes longer the
/// longer it is.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}/records/timezones",
    operation_id = "list_record_timezones",
    tag = "Records",
    impl_for = ListTimezones,
    responses((
        status = 200,
        description = "A page of time zones.",
        body = TimezonesPage,
        examples(("1_demo_list" = (
            summary = "The time zone of the demo list",
            value = json!(example_file!("timezones_page.json"))
        )))
    ))
)]
async fn list_timezones(
    request: Authorized<Bearer<Manage>, ListKey, TimezonesQuery>,
) -> Result<HttpResponse, ApiError> {
    let (list, query, mut context) = (request.target, request.query, request.context);
    let id = list.id;
    let filter = query.parameters();
    let listed = id.0.to_string();
    let parts = filter.iter().flat_map(|(name, value)| [*name, *value]);
    let listing = Listing::new("time zones", [listed.as_str()].into_iter().chain(parts));
    let paging = query.page.paging(listing)?;
    let looked_at = context.read(FindList(list.clone())).await?.records_count;
    let read = PageOfTimezones {
        list,
        search: query.search.clone(),
        looked_at,
        paging: paging.clone(),
    };
    let page = context.read_page(read, &paging).await?;
    let links = &context.format.links;
    let address = query.page.address(listing, |page| {
        links.timezones_where(id, &[filter.as_slice(), page].concat())
    });
    let body = PageBody::new(page, &paging, &address, |zone| zone);
    Ok(context.respond_in_form(StatusCode::OK, body))
}

/// Which time zones are requested.
#[derive(Clone)]
pub struct TimezonesQuery {
    search: Option<SentTimezone>,
    page: PageQuery,
}

query! {
    /// Which time zones are requested.
    pub struct TimezonesFilter {
        /// Only zones whose name contains this, in upper or lower case.
        search: Option<SentTimezone>,
    }
}

impl FromQuery for TimezonesQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = PageQuery::FAULTY;

    fn parameters() -> Vec<Parameter> {
        [TimezonesFilter::parameters(), PageQuery::parameters()].concat()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let search = TimezonesFilter::take(query, faults).search;
        let page = PageQuery::from_query(query, faults)?;
        Some(Self { search, page })
    }
}

impl TimezonesQuery {
    /// The filter as it was sent, for use in links.
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        let search = self.search.as_ref().map(Line::as_str);
        search.map(|search| ("search", search)).into_iter().collect()
    }
}

type TimezonesPage = PageBody<Timezone>;

impl PageItem for Timezone {
    const PAGE: &'static str = "TimezonesPage";
    const EMBEDDED: &'static str = "EmbeddedTimezones";
    const MEMBER: &'static str = "timezones";
    const ABOUT: &'static str = "The names of the time zones in the order of their bytes.";
    const HAS_PUBLISHED_TOTAL: bool = false;
}
