//! What a bulk delete answers (api.md section 5, the table of the 200).

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    BulkLinks,
    delete_request::{Sent, SentIdentifier},
};
use crate::{
    domain::{DeletionOutcome, Outcome, RecordListId},
    http::{WireFormat, error::ErrorCode, hal::SelfLink, links::Links},
};

/// The outcome of a bulk delete.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkDeleteResponse {
    /// The list that was deleted from.
    #[schema(
        min_length = 1,
        max_length = 36,
        examples("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")
    )]
    pub record_list_id: String,
    /// Whether any identifier failed.
    pub has_errors: bool,
    /// Distinct identifiers that failed.
    #[schema(minimum = 0, maximum = 100)]
    pub total_errors: usize,
    /// Distinct identifiers whose records were deleted. With `total_errors` it makes the number of distinct
    /// identifiers sent.
    #[schema(minimum = 0, maximum = 100)]
    pub total_deleted: usize,
    /// Records that were removed: one number may match several records, two numbers may match one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total_records_deleted: Option<usize>,
    /// The ways from here.
    #[serde(rename = "_links")]
    pub links: BulkLinks,
    /// What failed.
    #[serde(rename = "_embedded")]
    pub embedded: FailedRecords,
}

/// The identifiers that failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailedRecords {
    /// In request order; empty when none failed.
    #[schema(max_items = 100)]
    pub failed_records: Vec<FailedRecord>,
}

/// An identifier that failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailedRecord {
    /// The id, the phone number or the external id, as it was sent.
    #[schema(
        min_length = 1,
        max_length = 255,
        examples("8858c834-481d-4a02-8176-cffc02c50350")
    )]
    pub id: String,
    /// Where the record would be, or the records page filtered by the identifier.
    #[serde(rename = "_links")]
    pub links: SelfLink,
    /// Its position in the request, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 99)]
    pub index: Option<usize>,
    /// Why it failed, for programs. New codes may come. Known codes: RECORD_NOT_FOUND.
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

impl BulkDeleteResponse {
    /// The answer to a request of `sent` identifiers, whose outcomes are in the same order.
    pub fn new(
        list: RecordListId,
        sent: &[Sent],
        outcome: &DeletionOutcome,
        wire_format: WireFormat,
        links: &Links,
    ) -> Self {
        let failed_records: Vec<_> = sent
            .iter()
            .zip(&outcome.outcomes)
            .filter_map(|(sent, outcome)| match outcome {
                Outcome::Deleted => None,
                Outcome::NotFound => Some(FailedRecord::not_found(list, sent, links)),
            })
            .collect();
        let full = Self {
            record_list_id: list.0.to_string(),
            has_errors: outcome.total_errors() > 0,
            total_errors: outcome.total_errors(),
            total_deleted: outcome.total_deleted(),
            total_records_deleted: Some(outcome.records_deleted),
            links: BulkLinks::new(list, links),
            embedded: FailedRecords { failed_records },
        };
        match wire_format {
            WireFormat::Full => full,
            WireFormat::Published => full.without_additions(),
        }
    }

    /// Leaves the members of the published schema alone.
    fn without_additions(mut self) -> Self {
        self.total_records_deleted = None;
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
    fn not_found(list: RecordListId, sent: &Sent, links: &Links) -> Self {
        let code = ErrorCode::RecordNotFound;
        let mut failed = Self {
            id: String::new(),
            links: SelfLink::to(String::new()),
            index: Some(sent.index),
            code: Some(code.as_str().to_owned()),
            message: Some(code.message().to_owned()),
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
                    failed.message = Some(format!("{} Note: {fault}.", code.message()));
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
