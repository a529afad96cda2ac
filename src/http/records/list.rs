//! `GET /record-lists/{record_list_id}/records`

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::RecordBody;
use crate::{
    auth::ManageOrRead,
    domain::{
        ExternalReference, Listing, Page, Paging, PhoneNumber, Record, RecordFilter, RecordListId,
    },
    http::{
        AppState,
        document::{
            errors::{CommonErrors, ListErrors, QueryErrors},
            parameters::{ListPath, PageParameters},
        },
        record_lists::list_key,
        request::{
            Authorized,
            json::Faults,
            paging::PageQuery,
            query::{FromQuery, Query},
        },
        response::{
            answer::answer,
            error::ApiError,
            links::Links,
            paging::{Numbers, PageLinks},
        },
    },
    store::PageOfRecords,
};

/// A page of the records of a list.
// Source: api.md section 1, "paging".
#[derive(Clone, Serialize, ToSchema)]
pub struct RecordsPage {
    /// Records on all pages.
    #[schema(minimum = 0)]
    pub total: u64,
    /// Records on this page.
    #[schema(minimum = 0, maximum = 200)]
    pub count: u64,
    /// The number of this page.
    #[schema(minimum = 1)]
    pub page: u64,
    /// Records on a page at most.
    #[schema(minimum = 1, maximum = 200)]
    pub per_page: u64,
    /// Pages; 0 when there are no records.
    #[schema(minimum = 0)]
    pub total_pages: u64,
    /// The ways to other pages.
    #[serde(rename = "_links")]
    pub links: PageLinks,
    /// What is on the page.
    #[serde(rename = "_embedded")]
    pub embedded: EmbeddedRecords,
}

/// The records on a page.
#[derive(Clone, Serialize, ToSchema)]
pub struct EmbeddedRecords {
    /// The records in dialling order.
    #[schema(max_items = 200)]
    pub records: Vec<RecordBody>,
}

/// Which records are asked for.
#[derive(Clone)]
pub struct RecordsQuery {
    filter: RecordFilter,
    /// The filter as it was sent, for links.
    filter_parameters: Vec<(&'static str, String)>,
    page: PageQuery,
}

impl FromQuery for RecordsQuery {
    const IS_WRITE: bool = false;

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let phone_number = query.phone_number("phone_number", faults);
        let provider = query.text_of("external_provider", 64, faults);
        let id = query.text_of("external_id", 255, faults);
        let page = PageQuery::from_query(query, faults)?;
        let filter_parameters = [
            ("phone_number", phone_number.clone()),
            ("external_provider", provider.clone()),
            ("external_id", id.clone()),
        ];
        let filter = match (phone_number, provider, id) {
            (None, None, None) => RecordFilter::All,
            (Some(number), None, None) => {
                RecordFilter::PhoneNumber(PhoneNumber::normalise(&number).ok())
            }
            (None, Some(provider), Some(id)) => {
                RecordFilter::External(ExternalReference { provider, id })
            }
            (None, Some(_), None) => {
                faults.add("external_id", "is required with external_provider");
                return None;
            }
            (None, None, Some(_)) => {
                faults.add("external_provider", "is required with external_id");
                return None;
            }
            (Some(_), _, _) => {
                faults.add(
                    "phone_number",
                    "must not stand beside external_provider or external_id",
                );
                return None;
            }
        };
        Some(Self {
            filter,
            filter_parameters: filter_parameters
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            page,
        })
    }
}

/// List records
///
/// Answers with the records of a list in dialling order, all or those with a phone number or an external id. Follow
/// `_links.next` to read all of them: it stays true while records are deleted.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}/records",
    operation_id = "list_records",
    tag = "Records",
    security(("bearer" = [])),
    params(
        ListPath,
        ("phone_number" = Option<String>, Query, nullable = false, min_length = 1, max_length = 20,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
            description = "Only records that have this number, with its `+`: `+442079460958`. Blanks, dots, dashes and brackets do not matter."),
        ("external_provider" = Option<String>, Query, nullable = false, min_length = 1, max_length = 64,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
            description = "Only records of this connected system; with `external_id`."),
        ("external_id" = Option<String>, Query, nullable = false, min_length = 1, max_length = 255,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
            description = "Only the record with this id in the connected system; with `external_provider`."),
        PageParameters
    ),
    responses(
        (
            status = 200,
            description = "A page of records.",
            body = RecordsPage,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        ListErrors,
        QueryErrors
    )
)]
pub async fn list_records(
    request: Authorized<ManageOrRead, RecordsQuery>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let key = list_key(&request.principal, &path)?;
    let listing = Listing::Records(key.id, &request.query.filter);
    let paging = request.query.page.paging(listing)?;
    let page = state
        .store
        .read(PageOfRecords {
            list: key.clone(),
            filter: request.query.filter.clone(),
            paging,
        })
        .await?;
    let body = RecordsPage::new(
        key.id,
        page,
        paging,
        &request.query,
        &state.links_for(&http),
    );
    Ok(answer(&http, StatusCode::OK, &body))
}

impl RecordsPage {
    fn new(
        list: RecordListId,
        page: Page<Record>,
        paging: Paging,
        query: &RecordsQuery,
        links: &Links,
    ) -> Self {
        let numbers = Numbers::of(&page, paging);
        let listing = Listing::Records(list, &query.filter);
        let filter = query.filter_parameters.iter();
        let filter: Vec<_> = filter
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Self {
            total: numbers.total,
            count: numbers.count,
            page: numbers.page,
            per_page: numbers.per_page,
            total_pages: numbers.total_pages,
            links: query.page.links(listing, &page, &numbers, |page| {
                links.records_where(list, &[filter.as_slice(), page].concat())
            }),
            embedded: EmbeddedRecords {
                records: page
                    .items
                    .into_iter()
                    .map(|record| RecordBody::new(record, list, links))
                    .collect(),
            },
        }
    }
}
