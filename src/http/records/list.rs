//! `GET /record-lists/{record_list_id}/records`

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use super::wire::RecordBody;
use crate::{
    auth::ManageOrRead,
    domain::{ExternalReference, Page, Paging, PhoneNumber, Record, RecordFilter, RecordListId},
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
    store::{ListKey, records::PageOfRecords},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(ListRecords, list_records)
}

struct ListRecords;

/// List records
///
/// Answers with the records of a list in dialling order, all or those with a phone number or an external id. Follow
/// `_links.next` to read all of them: it stays true while records are deleted.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}/records",
    operation_id = "list_records",
    tag = "Records",
    impl_for = ListRecords,
    responses((
        status = 200,
        description = "A page of records.",
        body = RecordsPage,
        examples(("1_first_page" = (
            summary = "The first of four pages",
            value = json!(example_file!("records_page.json"))
        )))
    ))
)]
async fn list_records(
    request: Authorized<Bearer<ManageOrRead>, ListKey, RecordsQuery>,
) -> Result<HttpResponse, ApiError> {
    let (list, query, context) = (request.target.id, request.query, request.context);
    let paging = query.page.paging(query.filter.listing(list))?;
    let read = PageOfRecords {
        list: request.target,
        filter: query.filter.clone(),
        paging,
    };
    let page = context.read(read).await?;
    let body = RecordsPage::new(list, page, paging, &query, &context.format.links);
    Ok(context.respond(StatusCode::OK, &body))
}

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

/// Filters and orders that the contract has for this operation and that are not served (api.md section 4).
const NOT_SERVED: &[&str] = &[
    "phone",
    "search",
    "search_fields",
    "order_by",
    "priorities",
    "priorities[]",
    "timezones",
    "timezones[]",
    "updated_at_from",
    "updated_at_to",
    "upload_request_id",
    "extra_data_filter",
    "extra_data_filter[]",
];

impl FromQuery for RecordsQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = PageQuery::FAULTY;

    fn parameters() -> Vec<Parameter> {
        let mut parameters = RecordsParameters::into_params(|| Some(ParameterIn::Query));
        parameters.extend(PageQuery::parameters());
        parameters
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        query.refuse(NOT_SERVED, faults);
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
            (Some(number), None, None) => RecordFilter::PhoneNumber(PhoneNumber::normalise(&number).ok()),
            (None, Some(provider), Some(id)) => RecordFilter::External(ExternalReference { provider, id }),
            (None, Some(_), None) => {
                faults.add("external_id", "is required with external_provider");
                return None;
            }
            (None, None, Some(_)) => {
                faults.add("external_provider", "is required with external_id");
                return None;
            }
            (Some(_), _, _) => {
                faults.add("phone_number", "must not stand beside external_provider or external_id");
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

/// The filters as the document describes them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation")]
struct RecordsParameters {
    /// Only records that have this number, with its `+`: `+442079460958`. Blanks, dots, dashes and brackets do not matter.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 20,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    phone_number: Option<String>,
    /// Only records of this connected system; with `external_id`.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    external_provider: Option<String>,
    /// Only the record with this id in the connected system; with `external_provider`.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    external_id: Option<String>,
}

impl RecordsPage {
    fn new(list: RecordListId, page: Page<Record>, paging: Paging, query: &RecordsQuery, links: &Links) -> Self {
        let numbers = Numbers::of(&page, paging);
        let listing = query.filter.listing(list);
        let filter = query.filter_parameters.iter();
        let filter: Vec<_> = filter.map(|(name, value)| (*name, value.as_str())).collect();
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
