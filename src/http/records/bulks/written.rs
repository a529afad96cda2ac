//! Records in the responses of a bulk create and a bulk update (docs/contract.md sections 4.4 and 4.5).

use serde::Serialize;
use utoipa::{
    PartialSchema,
    openapi::{OneOfBuilder, RefOr, Schema},
};

use super::{
    MAX_ITEMS,
    record_error::RecordError,
    record_faults::{Echo, MAX_RECORD_FAULTS, RecordFaults},
};
use crate::{
    domain::{ItemOutcome, Record, RecordListId},
    http::{
        records::wire::RecordBody,
        request::faults::unlisted_faults,
        response::{
            error::{FieldError, MAX_FIELDS},
            links::Links,
            tally::Tally,
        },
        schema::{
            Items, WireType, inline_words,
            object::{named_schema, response},
        },
    },
};

response! {
    /// The outcome of each record.
    pub struct WrittenRecords as "WrittenRecords" {
        /// The records in request order; a failed one has `errors`.
        records: Items<WrittenRecord, 0, MAX_ITEMS>,
    }
}

/// A record that was written, or one that failed.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum WrittenRecord {
    /// The record is in the list.
    Written(Box<BulkRecord>),
    /// The record failed.
    Failed(UnwrittenRecord),
}

named_schema!(WrittenRecord, "WrittenRecord", [BulkRecord, UnwrittenRecord], {
    OneOfBuilder::new()
        .item(<BulkRecord as WireType>::schema())
        .item(<UnwrittenRecord as WireType>::schema())
        .description(Some("A record of the list, or one that failed."))
        .into()
});

/// A record, and what became of it.
#[derive(Clone, Serialize)]
pub struct BulkRecord {
    #[serde(flatten)]
    record: RecordBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<RecordResult>,
}

entity::words! {
    /// What became of a record.
    pub enum RecordResult {
        /// It was created.
        Created = "CREATED",
        /// It was changed, or had the values before.
        Updated = "UPDATED",
        /// The list has it, and it stays as it is.
        Skipped = "SKIPPED",
    }
}

inline_words!(RecordResult);

named_schema!(BulkRecord, "BulkRecord", [RecordBody], {
    let about = "What became of the record; absent in the published form.".to_owned();
    let mut record = <RecordBody as PartialSchema>::schema();
    if let RefOr::T(Schema::Object(object)) = &mut record {
        let result = crate::http::schema::object::described(RecordResult::schema(), about, None);
        object.properties.insert("result".to_owned(), result);
    }
    record
});

response! {
    /// A record that was not created or changed.
    pub struct UnwrittenRecord as "UnwrittenRecord" {
        /// Its id as it was sent, if it was named by its id; cut to 1,024 characters like the other members.
        id: Option<String>,
        /// Why it failed, as codes for programs: all that apply, each once.
        errors: Items<RecordError, 1, { <RecordError as entity::Word>::ALL.len() }>,
        /// The faults of the record: at most 10 of one record, and 100 of all records.
        fields: Option<Items<FieldError, 1, MAX_RECORD_FAULTS>>,
        /// How many more faults there are than `fields` lists; absent if it lists all of them.
        description: Option<String>,
        /// Its first phone number as it was sent.
        phone_number: Option<String>,
        /// Its external provider as it was sent.
        external_provider: Option<String>,
        /// Its external id as it was sent.
        external_id: Option<String>,
    }
}

/// What became of the records of a request, as far as it was put together.
pub struct Written<'a> {
    list: RecordListId,
    links: &'a Links,
    records: Vec<WrittenRecord>,
    listed: usize,
}

/// How many records had which result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Created.
    pub created: usize,
    /// Changed.
    pub updated: usize,
    /// Left as they are.
    pub skipped: usize,
    /// Failed.
    pub errors: usize,
}

impl<'a> Written<'a> {
    /// Nothing so far.
    pub fn in_list(list: RecordListId, links: &'a Links) -> Self {
        Self {
            list,
            links,
            records: Vec::new(),
            listed: 0,
        }
    }

    /// Adds a record. `faults` makes the faults of a refusal.
    pub fn add(
        &mut self,
        echo: &Echo,
        outcome: Result<&ItemOutcome, RecordFaults>,
        faults: impl FnOnce(&crate::domain::Refusal) -> RecordFaults,
    ) {
        let (record, result) = match outcome {
            Ok(ItemOutcome::Created(record)) => (record, RecordResult::Created),
            Ok(ItemOutcome::Updated(record)) => (record, RecordResult::Updated),
            Ok(ItemOutcome::Skipped(record)) => (record, RecordResult::Skipped),
            Ok(ItemOutcome::Failed(refusal)) => return self.fail(echo, faults(refusal)),
            Err(faults) => return self.fail(echo, faults),
        };
        self.succeed(record, result);
    }

    fn succeed(&mut self, record: &Record, result: RecordResult) {
        self.records.push(WrittenRecord::Written(Box::new(BulkRecord {
            record: RecordBody::new(record.clone(), self.list, self.links),
            result: Some(result),
        })));
    }

    fn fail(&mut self, echo: &Echo, faults: RecordFaults) {
        let failed = UnwrittenRecord::new(echo, faults, MAX_FIELDS - self.listed);
        self.listed += failed.fields.as_ref().map_or(0, |fields| fields.as_slice().len());
        self.records.push(WrittenRecord::Failed(failed));
    }

    /// All of them.
    pub fn finish(self) -> WrittenRecords {
        WrittenRecords {
            records: Items::of(self.records),
        }
    }
}

impl WrittenRecords {
    /// How many records had which result.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for record in self.records.as_slice() {
            let count = match record {
                WrittenRecord::Failed(_) => &mut totals.errors,
                WrittenRecord::Written(written) => match written.result {
                    Some(RecordResult::Updated) => &mut totals.updated,
                    Some(RecordResult::Skipped) => &mut totals.skipped,
                    Some(RecordResult::Created) | None => &mut totals.created,
                },
            };
            *count += 1;
        }
        totals
    }

    /// The records without what the published schema lacks.
    pub fn without_additions(self) -> Self {
        let records = self.records.into_inner().into_iter();
        let records = records.map(|record| match record {
            WrittenRecord::Failed(failed) => WrittenRecord::Failed(UnwrittenRecord {
                fields: None,
                description: None,
                ..failed
            }),
            WrittenRecord::Written(mut written) => {
                written.result = None;
                WrittenRecord::Written(written)
            }
        });
        Self {
            records: Items::of(records.collect()),
        }
    }
}

impl From<Totals> for Tally {
    fn from(totals: Totals) -> Self {
        Self {
            created: Some(totals.created),
            updated: Some(totals.updated),
            errors: Some(totals.errors),
            ..Self::default()
        }
    }
}

impl UnwrittenRecord {
    /// A failed record with at most `room` of its faults.
    fn new(echo: &Echo, faults: RecordFaults, room: usize) -> Self {
        let mut fields = faults.fields;
        let count = fields.len() + faults.unlisted;
        fields.truncate(MAX_RECORD_FAULTS.min(room));
        Self {
            id: echo.id.clone(),
            errors: Items::of(faults.errors.into_iter().collect()),
            description: unlisted_faults(count - fields.len()),
            fields: (!fields.is_empty()).then(|| Items::of(fields)),
            phone_number: echo.phone_number.clone(),
            external_provider: echo.external_provider.clone(),
            external_id: echo.external_id.clone(),
        }
    }
}
