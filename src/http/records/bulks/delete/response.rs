//! The response of a bulk delete (docs/contract.md section 5.2).

use std::{borrow::Cow, collections::BTreeMap};

use actix_web::http::StatusCode;
use entity::Word;
use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, RefOr, Response, ResponseBuilder, Schema},
};

use super::{
    query::{BulkDeleteQuery, Missing},
    request::{Sent, SentIdentifier},
};
use crate::{
    domain::{
        DeletionOutcome, ExternalId, ExternalProvider, IdentifierKind, OperationKind, Outcome, RecordListId,
        SentPhoneNumber,
        text::{Text, WHITE_SPACE},
    },
    example_file,
    http::{
        document::{example::Example, responses::header},
        records::bulks::{BulkCount, BulkLinks, MAX_ITEMS},
        response::{
            api_response::{ApiResponse, DRY_RUN, OPERATION_ID},
            error::ErrorCode,
            format::{Format, HasAdditions},
            hal::SelfLink,
            links::Links,
            tally::Tally,
        },
        schema::{Items, Whole, WireType, known, object::response, open},
    },
};

response! {
    /// The outcome of a bulk delete.
    pub struct BulkDeleteResponse as "BulkDeleteResponse" {
        /// The id of the record list.
        #[example("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        record_list_id: RecordListId,
        /// Whether any identifier failed.
        has_errors: bool,
        /// Number of distinct identifiers that failed.
        total_errors: BulkCount,
        /// Number of distinct identifiers whose records were deleted. The sum of `total_deleted`, `total_errors` and,
        /// if present, `total_missing` is the number of distinct identifiers sent.
        total_deleted: BulkCount,
        /// Number of records deleted. One phone number may match several records, and two phone numbers may match the
        /// same record.
        total_records_deleted: Option<Whole<0, { i64::MAX as u64 }, false>>,
        /// Number of distinct identifiers that matched nothing; present only with `missing=ignore`.
        total_missing: Option<BulkCount>,
        /// `true` because the request was a dry run and nothing was deleted; present only with `dry_run=true`.
        dry_run: Option<bool>,
        /// Links.
        links as "_links": BulkLinks,
        /// The identifiers that failed.
        embedded as "_embedded": FailedRecords,
    }
}

response! {
    /// The identifiers that failed.
    pub struct FailedRecords as "FailedRecords" {
        /// The failed identifiers in request order; empty if none failed.
        failed_records: Items<FailedRecord, 0, MAX_ITEMS>,
    }
}

response! {
    /// An identifier that failed.
    pub struct FailedRecord as "FailedRecord" {
        /// The id, the phone number or the external id, as it was sent.
        #[example("8858c834-481d-4a02-8176-cffc02c50350")]
        id: AnySent,
        /// Links to where the record would be, or to the records of the list filtered by the identifier.
        links as "_links": SelfLink,
        /// Its position in the request, counted from 0.
        index: Option<Whole<0, { MAX_ITEMS as u64 - 1 }, false>>,
        /// Why it failed, as a code for programs.
        code: Option<FailureCode>,
        /// Why it failed, as a text for people.
        message: Option<String>,
        /// The phone number as it was sent.
        phone_number: Option<SentPhoneNumber>,
        /// The external provider as it was sent.
        external_provider: Option<ExternalProvider>,
        /// The external id as it was sent.
        external_id: Option<ExternalId>,
    }
}

/// An identifier of any kind as it was sent; external ids are the longest.
type AnySent = Text<{ ExternalId::MAX }, WHITE_SPACE>;

entity::words! {
    /// Why an identifier failed.
    pub enum FailureCode {
        /// It can match no record.
        Invalid = "IDENTIFIER_INVALID",
        /// It matches no record of the list.
        NotFound = ErrorCode::RecordNotFound.word(),
        /// With `match=sole`: it matches several records.
        Ambiguous = "AMBIGUOUS",
        /// With `all_or_none=true`: it matches, but another identifier failed.
        RolledBack = "ROLLED_BACK",
    }
}

impl WireType for FailureCode {
    fn schema() -> RefOr<Schema> {
        open::<Self>()
    }

    fn note() -> Option<String> {
        let known = known::<Self>("codes");
        let (invalid, ambiguous, rolled_back) = (Self::Invalid.word(), Self::Ambiguous.word(), Self::RolledBack.word());
        Some(format!(
            "{known} {invalid} for an id that is not a UUID, or a number that is not a phone number, under every option; \
             {ambiguous} only with `match=sole`; {rolled_back} only with `all_or_none=true`, if the identifier \
             matches and another one failed."
        ))
    }
}

/// The successful response of both bulk delete operations.
impl IntoResponses for BulkDeleteResponse {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let examples = [
            Example {
                name: "1_all_deleted",
                summary: "All identifiers matched",
                value: example_file!("bulk_delete_response.json"),
            },
            Example {
                name: "2_some_failed",
                summary: "One identifier matched nothing",
                value: example_file!("bulk_delete_response_with_failure.json"),
            },
            Example {
                name: "3_dry_run",
                summary: "A dry run by phone number, with dry_run=true and match=sole",
                value: example_file!("bulk_delete_response_of_dry_run.json"),
            },
            Example {
                name: "4_rolled_back",
                summary: "One identifier matched nothing, with all_or_none=true",
                value: example_file!("bulk_delete_response_rolled_back.json"),
            },
        ];
        let content = ContentBuilder::new()
            .schema(Some(<Self as WireType>::schema()))
            .examples_from_iter(examples.iter().map(<(_, _)>::from))
            .build();
        let operation_id = "The id of this deletion in `deletions`; not sent for a dry run.";
        let response = ResponseBuilder::new()
            .description("The outcome: what was deleted, and which identifiers failed.")
            .content(mime::APPLICATION_JSON.as_ref(), content)
            .header("Operation-Id", header(operation_id))
            .header(
                "Dry-Run",
                header("`true` for a dry run, which deletes nothing; not sent otherwise."),
            )
            .build();
        [(StatusCode::OK.as_str().to_owned(), RefOr::T(response))].into()
    }
}

/// What the response needs in addition to the outcome.
#[derive(Clone)]
pub struct BulkDeleteForm {
    /// The list that the records are deleted from.
    pub list: RecordListId,
    /// The kind of the identifiers.
    pub kind: IdentifierKind,
    /// The distinct identifiers as they were sent.
    pub sent: Vec<Sent>,
    /// The options of the request.
    pub query: BulkDeleteQuery,
}

impl BulkDeleteForm {
    /// The response to a deletion that was carried out with this operation id.
    pub fn response(&self, outcome: &DeletionOutcome, format: &Format, operation_id: &str) -> ApiResponse {
        let tally = Tally {
            kind: Some(OperationKind::from(self.kind).word()),
            deleted: Some(outcome.total_deleted()),
            records_deleted: Some(outcome.records_deleted),
            errors: Some(outcome.total_errors()),
            ..Tally::default()
        };
        self.form(outcome, format)
            .with_header(&OPERATION_ID, operation_id)
            .with_tally(tally)
    }

    /// The response to a dry run. The header tells it from a deletion in the published form too.
    pub fn dry_run_response(&self, outcome: &DeletionOutcome, format: &Format) -> ApiResponse {
        self.form(outcome, format).with_header(&DRY_RUN, "true")
    }

    fn form(&self, outcome: &DeletionOutcome, format: &Format) -> ApiResponse {
        format.response_in_form(StatusCode::OK, self.fill(outcome, &format.links))
    }

    /// The body. The outcomes must be in the order of the identifiers.
    fn fill(&self, outcome: &DeletionOutcome, links: &Links) -> BulkDeleteResponse {
        let failed_records: Vec<_> = self
            .sent
            .iter()
            .zip(&outcome.outcomes)
            .filter_map(|(sent, outcome)| {
                let failure = Failure::of(*outcome)?;
                Some(FailedRecord::new(self.list, sent, &failure, links))
            })
            .collect();
        let query = &self.query;
        BulkDeleteResponse {
            record_list_id: self.list,
            has_errors: outcome.total_errors() > 0,
            total_errors: BulkCount::of(outcome.total_errors()),
            total_deleted: BulkCount::of(outcome.total_deleted()),
            total_records_deleted: Some(Whole::of(outcome.records_deleted)),
            total_missing: (query.missing == Missing::Ignore).then(|| BulkCount::of(outcome.total_missing())),
            dry_run: query.dry_run.then_some(true),
            links: BulkLinks::new(self.list, links),
            embedded: FailedRecords {
                failed_records: Items::of(failed_records),
            },
        }
    }
}

/// Why an id can match no record, and what to send.
const NOT_A_UUID: &str =
    "This identifier can match no record: the id is not a UUID; send the hyphenated form of 36 characters.";

/// Why an identifier failed.
struct Failure {
    code: FailureCode,
    message: Cow<'static, str>,
}

impl Failure {
    fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Deleted | Outcome::Missing => None,
            Outcome::Invalid => Some(Self {
                code: FailureCode::Invalid,
                message: "This identifier can match no record.".into(),
            }),
            Outcome::NotFound => Some(Self {
                code: FailureCode::NotFound,
                message: ErrorCode::RecordNotFound.message().into(),
            }),
            Outcome::Ambiguous(records) => Some(Self {
                code: FailureCode::Ambiguous,
                message: format!(
                    "{records} records of the list match this identifier, but match=sole allows only one."
                )
                .into(),
            }),
            Outcome::RolledBack => Some(Self {
                code: FailureCode::RolledBack,
                message: "Not deleted, because another identifier failed.".into(),
            }),
        }
    }
}

impl HasAdditions for BulkDeleteResponse {
    fn without_additions(self) -> Self {
        let failed_records = self.embedded.failed_records.into_inner().into_iter();
        let failed_records = failed_records.map(|failed| FailedRecord::bare(failed.id, failed.links));
        Self {
            total_records_deleted: None,
            total_missing: None,
            dry_run: None,
            embedded: FailedRecords {
                failed_records: Items::of(failed_records.collect()),
            },
            ..self
        }
    }
}

impl FailedRecord {
    fn new(list: RecordListId, sent: &Sent, failure: &Failure, links: &Links) -> Self {
        let failed = match sent.identifier.clone() {
            SentIdentifier::Id(id) => {
                let link = links.record_as_sent(list, id.as_str());
                Self {
                    message: (failure.code == FailureCode::Invalid).then(|| NOT_A_UUID.to_owned()),
                    ..Self::bare(id.widen(), SelfLink::to(link))
                }
            }
            SentIdentifier::PhoneNumber(number, fault) => {
                // A space at its start would be read as a plus.
                let link = links.records_where(list, &[("phone_number", number.as_str().trim_start())]);
                Self {
                    phone_number: Some(number.clone()),
                    message: fault.map(|fault| format!("This identifier can match no record: {fault}.")),
                    ..Self::bare(number.widen(), SelfLink::to(link))
                }
            }
            SentIdentifier::External(reference) => {
                let query = [
                    ("external_provider", reference.provider.as_str()),
                    ("external_id", reference.id.as_str()),
                ];
                let link = links.records_where(list, &query);
                Self {
                    external_provider: Some(reference.provider),
                    external_id: Some(reference.id.clone()),
                    ..Self::bare(reference.id.widen(), SelfLink::to(link))
                }
            }
        };
        Self {
            index: Some(Whole::of(sent.index)),
            code: Some(failure.code),
            message: failed.message.or_else(|| Some(failure.message.clone().into_owned())),
            ..failed
        }
    }

    /// A failed record with only the members of the published schema.
    fn bare(id: AnySent, links: SelfLink) -> Self {
        Self {
            id,
            links,
            index: None,
            code: None,
            message: None,
            phone_number: None,
            external_provider: None,
            external_id: None,
        }
    }
}
