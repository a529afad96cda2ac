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
        Cursor, ExternalReference, Page, Paging, PhoneNumber, Position, Record, RecordFilter,
        RecordListId,
    },
    http::{
        AppState,
        error::{ApiError, ErrorCode, FieldError},
        hal::{self, Link},
        json::Faults,
        links::Links,
        openapi::{CommonErrors, ListErrors, ListPath},
        paging::{DEFAULT_PER_PAGE, MAX_PER_PAGE, Numbers, PageLinks, Target},
        query::{FromQuery, Query},
        record_lists::list_key,
        request::Authorized,
    },
};

/// A page of the records of a list (api.md section 1, "paging").
#[derive(Clone, Debug, Serialize, ToSchema)]
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
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EmbeddedRecords {
    /// The records in dialling order.
    #[schema(max_items = 200)]
    pub records: Vec<RecordBody>,
}

/// Which records are asked for. The cursor is read when the list is known.
#[derive(Clone, Debug)]
pub struct RecordsQuery {
    filter: RecordFilter,
    /// The filter as it was sent, for links.
    filter_parameters: Vec<(&'static str, String)>,
    page: Option<u64>,
    per_page: u64,
    cursor: Option<String>,
}

impl FromQuery for RecordsQuery {
    const REFUSES_UNKNOWN: bool = false;

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let phone_number = query.phone_number("phone_number", faults);
        let provider = query.text_of("external_provider", 64, faults);
        let id = query.text_of("external_id", 255, faults);
        let page = query.integer("page", 1, u64::MAX, faults);
        let per_page = query.integer("per_page", 1, MAX_PER_PAGE, faults);
        let cursor = query.text("cursor", faults);
        if page.is_some() && cursor.is_some() {
            faults.add("cursor", "must not stand beside page");
        }
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
            per_page: per_page.unwrap_or(DEFAULT_PER_PAGE),
            cursor,
        })
    }
}

impl RecordsQuery {
    /// Where the page starts in this list; a cursor of another list or filter is refused.
    fn paging(&self, list: RecordListId) -> Result<Paging, ApiError> {
        let position = match &self.cursor {
            None => Position::Page(self.page.unwrap_or(1)),
            Some(cursor) => {
                let cursor = Cursor::decode(cursor, list, &self.filter);
                Position::After(cursor.ok_or_else(unknown_cursor)?)
            }
        };
        Ok(Paging {
            per_page: self.per_page,
            position,
        })
    }

    fn link(&self, list: RecordListId, target: &Target, links: &Links) -> Link {
        let per_page = self.per_page.to_string();
        let mut query: Vec<(&str, &str)> = self
            .filter_parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let page = match target {
            Target::Page(page) => ("page", page.to_string()),
            Target::Cursor(cursor) => ("cursor", cursor.clone()),
        };
        query.push((page.0, &page.1));
        query.push(("per_page", &per_page));
        Link::to(links.records_where(list, &query))
    }
}

fn unknown_cursor() -> ApiError {
    ApiError::new(ErrorCode::QueryInvalid).with_fields(vec![FieldError {
        name: "cursor".to_owned(),
        description: "is not a cursor of this list and filter".to_owned(),
    }])
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
            description = "Only records with this number. Write + as %2B."),
        ("external_provider" = Option<String>, Query, nullable = false, min_length = 1, max_length = 64,
            description = "Only records of this connected system; with `external_id`."),
        ("external_id" = Option<String>, Query, nullable = false, min_length = 1, max_length = 255,
            description = "Only the record with this id in the connected system; with `external_provider`."),
        ("page" = Option<u64>, Query, nullable = false, minimum = 1,
            description = "The page to read; not beside `cursor`."),
        ("per_page" = Option<u64>, Query, nullable = false, minimum = 1, maximum = 200,
            description = "Records on a page; 50 when absent."),
        ("cursor" = Option<String>, Query, nullable = false,
            description = "Where the page starts; from a `next` link.")
    ),
    responses(
        (
            status = 200,
            description = "A page of records.",
            body = RecordsPage,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        ListErrors
    )
)]
pub async fn list_records(
    request: Authorized<ManageOrRead, RecordsQuery>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let key = list_key(&request.principal, &path)?;
    let paging = request.query.paging(key.id)?;
    let page = state
        .store
        .page_of_records(&key, &request.query.filter, paging)
        .await?
        .ok_or(ApiError::new(ErrorCode::RecordListNotFound))?;
    let body = RecordsPage::new(
        key.id,
        page,
        paging,
        &request.query,
        &state.links_for(&http),
    );
    Ok(hal::answer(&http, StatusCode::OK, &body))
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
        let link = |target: Target| query.link(list, &target, links);
        let this = match &query.cursor {
            Some(cursor) => Target::Cursor(cursor.clone()),
            None => Target::Page(numbers.page),
        };
        let next = page.next_after.map(|after| {
            let cursor = Cursor {
                after,
                page: numbers.page.saturating_add(1),
            };
            Target::Cursor(cursor.encode(list, &query.filter))
        });
        Self {
            total: numbers.total,
            count: numbers.count,
            page: numbers.page,
            per_page: numbers.per_page,
            total_pages: numbers.total_pages,
            links: PageLinks {
                self_: link(this),
                first: link(Target::Page(1)),
                prev: numbers.previous().map(Target::Page).map(link),
                next: next.map(link),
                last: link(Target::Page(numbers.last())),
            },
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
