//! A deletion as answers show it (api.md section 5, "`deletions` entry").

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{AccountId, Listing, Operation, OperationKind, Page, Paging, RecordListId},
    http::{
        request::paging::PageQuery,
        response::{
            hal::timestamp,
            links::Links,
            paging::{Numbers, PageLinks},
        },
    },
};

/// A page of the deletions that were carried out, the newest first.
// Source: api.md section 1, "paging".
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeletionsPage {
    /// Deletions on all pages.
    #[schema(minimum = 0)]
    pub total: u64,
    /// Deletions on this page.
    #[schema(minimum = 0, maximum = 200)]
    pub count: u64,
    /// The number of this page.
    #[schema(minimum = 1)]
    pub page: u64,
    /// Deletions on a page at most.
    #[schema(minimum = 1, maximum = 200)]
    pub per_page: u64,
    /// Pages; 0 when there are no deletions.
    #[schema(minimum = 0)]
    pub total_pages: u64,
    /// The ways to other pages.
    #[serde(rename = "_links")]
    pub links: PageLinks,
    /// What is on the page.
    #[serde(rename = "_embedded")]
    pub embedded: EmbeddedDeletions,
}

impl DeletionsPage {
    /// What is paged through.
    pub fn listing(account: &AccountId, list: Option<RecordListId>) -> Listing {
        match list {
            Some(list) => Listing::new("deletions of a list", [list.0.to_string().as_str()]),
            None => Listing::new("deletions", [account.as_str()]),
        }
    }

    /// The page as the caller sees it.
    pub fn new(
        account: &AccountId,
        list: Option<RecordListId>,
        page: Page<Operation>,
        paging: Paging,
        query: &PageQuery,
        links: &Links,
    ) -> Self {
        let numbers = Numbers::of(&page, paging);
        Self {
            total: numbers.total,
            count: numbers.count,
            page: numbers.page,
            per_page: numbers.per_page,
            total_pages: numbers.total_pages,
            links: query.links(Self::listing(account, list), &page, &numbers, |page| {
                links.deletions(list, page)
            }),
            embedded: EmbeddedDeletions {
                deletions: page.items.into_iter().map(DeletionBody::new).collect(),
            },
        }
    }
}

/// The deletions on a page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EmbeddedDeletions {
    /// The deletions, the newest first.
    #[schema(max_items = 200)]
    pub deletions: Vec<DeletionBody>,
}

/// One deletion that was carried out: who, where, how many. No personal data.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Deletion)]
pub struct DeletionBody {
    /// The `Operation-Id` of its answer.
    #[schema(min_length = 36, max_length = 36, examples("019ab8b2-9d3e-7c55-8a3e-5b7f0e6d2a41"))]
    pub id: String,
    /// The list that was deleted from; it may be gone.
    #[schema(min_length = 1, max_length = 36, examples("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"))]
    pub record_list_id: String,
    /// The client that asked, as its token says; empty when the token does not say.
    #[schema(examples("nightly-crm-sync"))]
    pub client_id: String,
    /// By what the records were named. New kinds may come. Known kinds: ID, PHONE_NUMBER,
    /// EXTERNAL, and LIST for a list that was deleted with all of its records.
    #[schema(examples("PHONE_NUMBER"))]
    pub identifier_kind: String,
    /// Distinct identifiers whose records were deleted; 1 for a list.
    #[schema(minimum = 0)]
    pub total_deleted: u64,
    /// Distinct identifiers that failed.
    #[schema(minimum = 0)]
    pub total_errors: u64,
    /// Records that were removed.
    #[schema(minimum = 0)]
    pub total_records_deleted: u64,
    /// The `X-Request-Id` of its answer.
    #[schema(min_length = 1, max_length = 64)]
    pub request_id: String,
    /// When it was carried out.
    #[schema(format = "date-time", examples("2026-11-24T10:00:00Z"))]
    pub created_at: String,
}

impl DeletionBody {
    pub(super) fn new(operation: Operation) -> Self {
        Self {
            id: operation.id.to_string(),
            record_list_id: operation.record_list_id.0.to_string(),
            client_id: operation.client_id,
            identifier_kind: kind(operation.kind).to_owned(),
            total_deleted: operation.total_deleted,
            total_errors: operation.total_errors,
            total_records_deleted: operation.records_deleted,
            request_id: operation.request_id,
            created_at: timestamp(operation.created_at),
        }
    }
}

fn kind(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Id => "ID",
        OperationKind::PhoneNumber => "PHONE_NUMBER",
        OperationKind::External => "EXTERNAL",
        OperationKind::List => "LIST",
    }
}
