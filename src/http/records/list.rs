//! `GET /record-lists/{record_list_id}/records`

use actix_web::{HttpResponse, http::StatusCode};

use super::{list_query::RecordsQuery, wire::RecordBody};
use crate::{
    auth::ManageOrRead,
    domain::RecordFilter,
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer},
        response::{
            error::ApiError,
            paging::{PageBody, PageItem},
        },
    },
    store::{ListKey, lists::FindList, records::PageOfRecords},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(ListRecords, list_records)
}

struct ListRecords;

/// List records
///
/// Returns the records of a list, optionally filtered and ordered. Without `order_by`, they are in order of creation. A
/// record must match all filters that are sent. Follow `_links.next` to read all pages; the links stay valid while records
/// are deleted. Finding records by phone number or external id is fast in any list; other filters, and an order, take
/// longer the longer the list is.
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
    let (list, query, mut context) = (request.target, request.query, request.context);
    let id = list.id;
    let listing = query.listing(id);
    let paging = query.page.paging(listing)?;
    let selection = query.selection.clone();
    // With a filter that has an index, it is those that match.
    let looked_at = if selection.looks_at_all() && selection.filter == RecordFilter::All {
        context.read(FindList(list.clone())).await?.records_count
    } else {
        0
    };
    let read = PageOfRecords {
        list,
        selection,
        looked_at,
        paging: paging.clone(),
    };
    let page = context.read_page(read, &paging).await?;
    let links = &context.format.links;
    let filter = query.parameters();
    let address = query.page.address(listing, |page| {
        links.records_where(id, &[filter.as_slice(), page].concat())
    });
    let body = PageBody::new(page, &paging, &address, |record| RecordBody::new(record, id, links));
    Ok(context.respond_in_form(StatusCode::OK, body))
}

type RecordsPage = PageBody<RecordBody>;

impl PageItem for RecordBody {
    const PAGE: &'static str = "RecordsPage";
    const EMBEDDED: &'static str = "EmbeddedRecords";
    const MEMBER: &'static str = "records";
    const ABOUT: &'static str = "The records in the requested order, or in order of creation.";
    const HAS_PUBLISHED_TOTAL: bool = false;
}
