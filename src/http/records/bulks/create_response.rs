//! The response of a bulk create (docs/contract.md section 4.4).

use entity::Word;
use serde::Serialize;
use utoipa::openapi::OneOfBuilder;

use super::{
    BulkCount, BulkLinks, MAX_ITEMS,
    create_request::{Echo, MAX_RECORD_FAULTS, RecordFaults, SentRecord},
    creation_error::CreationError,
};
use crate::{
    domain::{RecordListId, Rejection, UniqueIdentifierType},
    http::{
        records::wire::RecordBody,
        request::faults::{Place, unlisted_faults},
        response::{
            error::{FieldError, MAX_FIELDS},
            format::HasAdditions,
            links::Links,
            tally::Tally,
        },
        schema::{
            Items, WireType,
            object::{named_schema, response},
        },
    },
    store::records::Creations,
};

response! {
    /// The outcome of a bulk create.
    pub struct BulkCreateResponse as "BulkCreateResponse" {
        /// The id of the record list.
        record_list_id: RecordListId,
        /// Whether any record failed.
        has_errors: bool,
        /// Number of records that failed.
        total_errors: BulkCount,
        /// Number of records that were created.
        total_created: BulkCount,
        /// Links.
        links as "_links": BulkLinks,
        /// The outcome of each record.
        embedded as "_embedded": CreatedRecords,
    }
}

response! {
    /// The outcome of each record.
    pub struct CreatedRecords as "CreatedRecords" {
        /// The records in request order; a failed one has `errors`.
        records: Items<CreatedRecord, 0, MAX_ITEMS>,
    }
}

/// A record that was created, or one that failed.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum CreatedRecord {
    /// The record was created.
    Created(Box<RecordBody>),
    /// The record failed.
    Failed(FailedNewRecord),
}

named_schema!(CreatedRecord, "CreatedRecord", [RecordBody, FailedNewRecord], {
    OneOfBuilder::new()
        .item(<RecordBody as WireType>::schema())
        .item(<FailedNewRecord as WireType>::schema())
        .description(Some("A record that was created, or one that failed."))
        .into()
});

response! {
    /// A record that was not created.
    pub struct FailedNewRecord as "FailedNewRecord" {
        /// Why it failed, as codes for programs: all that apply, each once.
        errors: Items<CreationError, 1, { CreationError::ALL.len() }>,
        /// The faults of the record: at most 10 of one record, and 100 of all records.
        fields: Option<Items<FieldError, 1, MAX_RECORD_FAULTS>>,
        /// How many more faults there are than `fields` lists; absent if it lists all of them.
        description: Option<String>,
        /// Its first phone number as it was sent, cut to 1,024 characters like the other two.
        phone_number: Option<String>,
        /// Its external provider as it was sent.
        external_provider: Option<String>,
        /// Its external id as it was sent.
        external_id: Option<String>,
    }
}

impl BulkCreateResponse {
    /// The response for a list. The outcomes are those of the valid records, in order.
    pub fn new(list: RecordListId, sent: &[SentRecord], creations: &Creations, links: &Links) -> Self {
        let mut outcomes = creations.outcomes.iter();
        let mut listed = 0;
        let records: Vec<_> = sent
            .iter()
            .enumerate()
            .map(|(index, sent)| {
                let faults = match &sent.record {
                    Ok(_) => match outcomes.next() {
                        Some(Ok(record)) => {
                            let record = RecordBody::new((**record).clone(), list, links);
                            return CreatedRecord::Created(Box::new(record));
                        }
                        Some(Err(rejection)) => RecordFaults::of_rejection(rejection, sent.has_phone_numbers, index),
                        // The store gives each valid record an outcome.
                        None => RecordFaults {
                            errors: [CreationError::Other].into(),
                            ..RecordFaults::default()
                        },
                    },
                    Err(faults) => faults.in_list(creations.identified_by, index),
                };
                let failed = FailedNewRecord::new(&sent.echo, faults, MAX_FIELDS - listed);
                listed += failed.fields.as_ref().map_or(0, |fields| fields.as_slice().len());
                CreatedRecord::Failed(failed)
            })
            .collect();
        let total_errors = failed(&records);
        Self {
            record_list_id: list,
            has_errors: total_errors > 0,
            total_errors: BulkCount::of(total_errors),
            total_created: BulkCount::of(records.len() - total_errors),
            links: BulkLinks::new(list, links),
            embedded: CreatedRecords {
                records: Items::of(records),
            },
        }
    }

    /// What the log says about it.
    pub fn tally(&self) -> Tally {
        let records = self.embedded.records.as_slice();
        let errors = failed(records);
        Tally {
            created: Some(records.len() - errors),
            errors: Some(errors),
            ..Tally::default()
        }
    }
}

fn failed(records: &[CreatedRecord]) -> usize {
    let failed = records
        .iter()
        .filter(|record| matches!(record, CreatedRecord::Failed(_)));
    failed.count()
}

impl HasAdditions for BulkCreateResponse {
    fn without_additions(mut self) -> Self {
        let records = self.embedded.records.into_inner().into_iter();
        let records = records.map(|record| match record {
            CreatedRecord::Failed(failed) => CreatedRecord::Failed(FailedNewRecord {
                fields: None,
                description: None,
                ..failed
            }),
            created => created,
        });
        self.embedded.records = Items::of(records.collect());
        self
    }
}

impl FailedNewRecord {
    /// A failed record with at most `room` of its faults.
    fn new(echo: &Echo, faults: RecordFaults, room: usize) -> Self {
        let mut fields = faults.fields;
        let count = fields.len() + faults.unlisted;
        fields.truncate(MAX_RECORD_FAULTS.min(room));
        Self {
            errors: Items::of(faults.errors.into_iter().collect()),
            description: unlisted_faults(count - fields.len()),
            fields: (!fields.is_empty()).then(|| Items::of(fields)),
            phone_number: echo.phone_number.clone(),
            external_provider: echo.external_provider.clone(),
            external_id: echo.external_id.clone(),
        }
    }
}

impl RecordFaults {
    /// The faults of the record at this position of the request, which its list rejected.
    fn of_rejection(rejection: &Rejection, has_phone_numbers: bool, index: usize) -> Self {
        let records = Place::from("records");
        let record = Place::Item(&records, index);
        let mut faults = Self::default();
        match rejection {
            Rejection::PhoneNumbersTaken(positions) => {
                let numbers = Place::Member(&record, "phone_numbers");
                for position in positions {
                    let number = Place::Item(&numbers, *position);
                    let owner = if has_phone_numbers { &number } else { &record };
                    let place = Place::Member(owner, "phone_number");
                    let description = "is the number of another record of the list";
                    faults.add(CreationError::PhoneNumberNotUnique, place, description);
                }
            }
            Rejection::ExternalReferenceTaken => faults.add(
                CreationError::Other,
                Place::Member(&record, "external_id"),
                "is the external id of another record of the list",
            ),
            Rejection::ExternalReferenceMissing => faults.add_missing_reference(index),
        }
        faults
    }

    /// With what the list requires beyond the rules for every record.
    fn in_list(&self, identified_by: UniqueIdentifierType, index: usize) -> Self {
        let mut faults = self.clone();
        if identified_by == UniqueIdentifierType::External && self.has_no_external_reference {
            faults.add_missing_reference(index);
        }
        faults
    }

    fn add_missing_reference(&mut self, index: usize) {
        let records = Place::from("records");
        let record = Place::Item(&records, index);
        let identified_by = UniqueIdentifierType::External.word();
        self.add(
            CreationError::ExternalRefMissing,
            Place::Member(&record, "external_id"),
            &format!("is required, because the list has the unique_identifier_type {identified_by}"),
        );
    }

    fn add(&mut self, error: CreationError, place: Place<'_>, description: &str) {
        self.errors.insert(error);
        self.fields.push(FieldError {
            name: place.to_string(),
            description: description.to_owned(),
        });
    }
}
