//! `GET /record-lists/{record_list_id}/records`

use actix_web::{HttpResponse, http::StatusCode};
use utoipa::openapi::path::Parameter;

use super::{EXTERNAL_REFERENCE, wire::RecordBody};
use crate::{
    auth::ManageOrRead,
    domain::{ExternalId, ExternalProvider, ExternalReference, PhoneNumber, RecordFilter, text::Line},
    example_file,
    http::{
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            paging::PageQuery,
            query::{FromQuery, PhoneNumberText, Query, query},
        },
        response::{
            error::ApiError,
            paging::{PageBody, PageItem},
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
/// Returns the records of a list in order of creation, optionally filtered by phone number or external id. Follow
/// `_links.next` to read all pages; the links stay valid while records are deleted.
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
    let (list, query, mut context) = (request.target.id, request.query, request.context);
    let listing = query.filter.listing(list);
    let paging = query.page.paging(listing)?;
    let read = PageOfRecords {
        list: request.target,
        filter: query.filter.clone(),
        paging,
    };
    let page = context.read_page(read, paging).await?;
    let links = &context.format.links;
    let filter = query.sent.parameters_sent();
    let address = query.page.address(listing, |page| {
        links.records_where(list, &[filter.as_slice(), page].concat())
    });
    let body = PageBody::new(page, paging, &address, |record| RecordBody::new(record, list, links));
    Ok(context.respond_in_form(StatusCode::OK, body))
}

/// Which records are requested.
#[derive(Clone)]
pub struct RecordsQuery {
    filter: RecordFilter,
    sent: RecordsFilter,
    page: PageQuery,
}

query! {
    /// Which records are requested.
    pub struct RecordsFilter {
        /// Only records with this phone number, in international format such as `+442079460958`. Spaces, dots, dashes
        /// and brackets are ignored.
        phone_number: Option<PhoneNumberText>,
        /// Only records from this connected system; required with `external_id`.
        external_provider: Option<ExternalProvider>,
        /// Only the record with this id in the connected system; required with `external_provider`.
        external_id: Option<ExternalId>,
    }
}

/// Filters and sort orders that the contract defines and this operation does not support (docs/contract.md section 4).
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
        [RecordsFilter::parameters(), PageQuery::parameters()].concat()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        query.refuse(NOT_SERVED, faults);
        query.require_both(EXTERNAL_REFERENCE, faults);
        if query.has("phone_number") && EXTERNAL_REFERENCE.iter().any(|name| query.has(name)) {
            faults.add(
                "phone_number",
                "must not be used together with external_provider or external_id",
            );
        }
        let sent = RecordsFilter::take(query, faults);
        let page = PageQuery::from_query(query, faults)?;
        let filter = sent.filter()?;
        Some(Self { filter, sent, page })
    }
}

impl RecordsFilter {
    /// What the filter selects; `None` if it has a fault, which was reported.
    fn filter(&self) -> Option<RecordFilter> {
        match (&self.phone_number, &self.external_provider, &self.external_id) {
            (None, None, None) => Some(RecordFilter::All),
            (Some(PhoneNumberText(number)), None, None) => {
                let number = PhoneNumber::normalise(number.as_str());
                Some(RecordFilter::PhoneNumber(number.ok()))
            }
            (None, Some(provider), Some(id)) => Some(RecordFilter::External(ExternalReference {
                provider: provider.clone(),
                id: id.clone(),
            })),
            _ => None,
        }
    }

    /// The filter as it was sent, for use in links.
    fn parameters_sent(&self) -> Vec<(&'static str, &str)> {
        let number = self.phone_number.as_ref().map(|number| number.0.as_str());
        let provider = self.external_provider.as_ref().map(Line::as_str);
        let id = self.external_id.as_ref().map(Line::as_str);
        [
            ("phone_number", number),
            ("external_provider", provider),
            ("external_id", id),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

type RecordsPage = PageBody<RecordBody>;

impl PageItem for RecordBody {
    const PAGE: &'static str = "RecordsPage";
    const EMBEDDED: &'static str = "EmbeddedRecords";
    const MEMBER: &'static str = "records";
    const ABOUT: &'static str = "The records in order of creation.";
    const HAS_PUBLISHED_TOTAL: bool = false;
}
