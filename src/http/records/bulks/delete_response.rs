//! What a bulk delete answers (api.md section 5, the table of the 200).

use std::borrow::Cow;

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    BulkLinks,
    delete_query::BulkDeleteQuery,
    delete_request::{Sent, SentIdentifier},
};
use crate::{
    domain::{DeletionOutcome, Outcome, RecordListId},
    http::response::{
        answer::{Answer, OPERATION_ID},
        error::ErrorCode,
        format::{Format, WireFormat},
        hal::SelfLink,
        links::Links,
    },
};

/// The outcome of a bulk delete.
#[derive(Clone, Serialize, ToSchema)]
pub struct BulkDeleteResponse {
    /// The list that was deleted from.
    #[schema(min_length = 1, max_length = 36, examples("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"))]
    pub record_list_id: String,
    /// Whether any identifier failed.
    pub has_errors: bool,
    /// Distinct identifiers that failed.
    #[schema(minimum = 0, maximum = 100)]
    pub total_errors: usize,
    /// Distinct identifiers whose records were deleted. With `total_errors`, and `total_missing` where it is there,
    /// it makes the number of distinct identifiers sent.
    #[schema(minimum = 0, maximum = 100)]
    pub total_deleted: usize,
    /// Records that were removed: one number may match several records, two numbers may match one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total_records_deleted: Option<usize>,
    /// Distinct identifiers that matched nothing; only with `missing=ignore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub total_missing: Option<usize>,
    /// `true` when nothing was deleted because the request was a rehearsal; only with `dry_run=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dry_run: Option<bool>,
    /// The ways from here.
    #[serde(rename = "_links")]
    pub links: BulkLinks,
    /// What failed.
    #[serde(rename = "_embedded")]
    pub embedded: FailedRecords,
}

/// The identifiers that failed.
#[derive(Clone, Serialize, ToSchema)]
pub struct FailedRecords {
    /// In request order; empty when none failed.
    #[schema(max_items = 100)]
    pub failed_records: Vec<FailedRecord>,
}

/// An identifier that failed.
#[derive(Clone, Serialize, ToSchema)]
pub struct FailedRecord {
    /// The id, the phone number or the external id, as it was sent.
    #[schema(min_length = 1, max_length = 255, examples("8858c834-481d-4a02-8176-cffc02c50350"))]
    pub id: String,
    /// Where the record would be, or the records page filtered by the identifier.
    #[serde(rename = "_links")]
    pub links: SelfLink,
    /// Its position in the request, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 99)]
    pub index: Option<usize>,
    /// Why it failed, for programs. New codes may come. Known codes: RECORD_NOT_FOUND,
    /// AMBIGUOUS (with `match=sole`), ROLLED_BACK (with `all_or_none=true`: it matched, and another identifier failed).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("RECORD_NOT_FOUND"))]
    pub code: Option<String>,
    /// Why it failed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// The phone number as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 20)]
    pub phone_number: Option<String>,
    /// The external provider as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub external_provider: Option<String>,
    /// The external id as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    pub external_id: Option<String>,
}

/// What an answer says beside the outcome.
#[derive(Clone)]
pub struct BulkDeleteForm {
    /// The list that was deleted from.
    pub list: RecordListId,
    /// The distinct identifiers as sent.
    pub sent: Vec<Sent>,
    /// How strictly they were taken, and whether this is a rehearsal.
    pub query: BulkDeleteQuery,
}

impl BulkDeleteForm {
    /// The answer to a deletion that was carried out under this operation id.
    pub fn answer(&self, outcome: &DeletionOutcome, format: &Format, operation_id: &str) -> Answer {
        format
            .answer(StatusCode::OK, &self.fill(outcome, format))
            .with_header(&OPERATION_ID, operation_id)
    }

    /// The body; the outcomes are in the order of the identifiers.
    pub fn fill(&self, outcome: &DeletionOutcome, format: &Format) -> BulkDeleteResponse {
        let failed_records: Vec<_> = self
            .sent
            .iter()
            .zip(&outcome.outcomes)
            .filter_map(|(sent, outcome)| {
                let failure = Failure::of(*outcome)?;
                Some(FailedRecord::new(self.list, sent, &failure, &format.links))
            })
            .collect();
        let query = &self.query;
        let full = BulkDeleteResponse {
            record_list_id: self.list.0.to_string(),
            has_errors: outcome.total_errors() > 0,
            total_errors: outcome.total_errors(),
            total_deleted: outcome.total_deleted(),
            total_records_deleted: Some(outcome.records_deleted),
            total_missing: query.options.ignores_missing.then(|| outcome.total_missing()),
            dry_run: query.dry_run.then_some(true),
            links: BulkLinks::new(self.list, &format.links),
            embedded: FailedRecords { failed_records },
        };
        match format.wire_format {
            WireFormat::Full => full,
            WireFormat::Published => full.without_additions(),
        }
    }
}

/// Why an identifier failed.
struct Failure {
    code: &'static str,
    message: Cow<'static, str>,
}

impl Failure {
    fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Deleted | Outcome::Missing => None,
            Outcome::NotFound => Some(Self {
                code: ErrorCode::RecordNotFound.as_str(),
                message: ErrorCode::RecordNotFound.message().into(),
            }),
            Outcome::Ambiguous(records) => Some(Self {
                code: "AMBIGUOUS",
                message: format!("{records} records of the list have this identifier, and only one may.").into(),
            }),
            Outcome::RolledBack => Some(Self {
                code: "ROLLED_BACK",
                message: "Not deleted, because another identifier failed.".into(),
            }),
        }
    }
}

impl BulkDeleteResponse {
    /// Leaves the members of the published schema alone.
    fn without_additions(mut self) -> Self {
        self.total_records_deleted = None;
        self.total_missing = None;
        self.dry_run = None;
        for failed in &mut self.embedded.failed_records {
            *failed = FailedRecord {
                index: None,
                code: None,
                message: None,
                phone_number: None,
                external_provider: None,
                external_id: None,
                ..failed.clone()
            };
        }
        self
    }
}

impl FailedRecord {
    fn new(list: RecordListId, sent: &Sent, failure: &Failure, links: &Links) -> Self {
        let mut failed = Self {
            id: String::new(),
            links: SelfLink::to(String::new()),
            index: Some(sent.index),
            code: Some(failure.code.to_owned()),
            message: Some(failure.message.clone().into_owned()),
            phone_number: None,
            external_provider: None,
            external_id: None,
        };
        match &sent.identifier {
            SentIdentifier::Id(id) => {
                failed.id.clone_from(id);
                failed.links = SelfLink::to(links.record_as_sent(list, id));
            }
            SentIdentifier::PhoneNumber(number, fault) => {
                let query = [("phone_number", number.as_str())];
                failed.id.clone_from(number);
                failed.links = SelfLink::to(links.records_where(list, &query));
                failed.phone_number = Some(number.clone());
                if let Some(fault) = fault {
                    failed.message = Some(format!("{} Note: {fault}.", failure.message));
                }
            }
            SentIdentifier::External(reference) => {
                let query = [
                    ("external_provider", reference.provider.as_str()),
                    ("external_id", reference.id.as_str()),
                ];
                failed.id.clone_from(&reference.id);
                failed.links = SelfLink::to(links.records_where(list, &query));
                failed.external_provider = Some(reference.provider.clone());
                failed.external_id = Some(reference.id.clone());
            }
        }
        failed
    }
}
