//! The response of a bulk create (docs/contract.md section 4.4).

use super::request::SentRecord;
use crate::{
    domain::RecordListId,
    http::{
        records::bulks::{
            BulkCount, BulkLinks,
            record_faults::RecordFaults,
            written::{Written, WrittenRecords},
        },
        request::faults::Place,
        response::{format::HasAdditions, links::Links, tally::Tally},
        schema::object::response,
    },
    store::records::Changes,
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
        /// Number of records that the list had and that were changed; absent in the published form.
        total_updated: Option<BulkCount>,
        /// Number of records that the list had and that stay as they are; absent in the published form.
        total_skipped: Option<BulkCount>,
        /// Links.
        links as "_links": BulkLinks,
        /// The outcome of each record.
        embedded as "_embedded": WrittenRecords,
    }
}

impl BulkCreateResponse {
    /// The response for a list. The outcomes are those of the valid records, in order.
    pub fn new(list: RecordListId, sent: &[SentRecord], changes: &Changes, links: &Links) -> Self {
        let mut outcomes = changes.outcomes.iter();
        let mut written = Written::in_list(list, links);
        let records = Place::from("records");
        for (index, sent) in sent.iter().enumerate() {
            let record = Place::Item(&records, index);
            let outcome = match &sent.record {
                // The store gives each valid record an outcome.
                Ok(_) => outcomes.next().ok_or_else(RecordFaults::unknown),
                Err(faults) => Err(faults.in_list(changes.identified_by, &record)),
            };
            written.add(&sent.echo, outcome, |refusal| {
                RecordFaults::of_refusal(refusal, sent.has_phone_numbers, &record)
            });
        }
        let embedded = written.finish();
        let totals = embedded.totals();
        Self {
            record_list_id: list,
            has_errors: totals.errors > 0,
            total_errors: BulkCount::of(totals.errors),
            total_created: BulkCount::of(totals.created),
            total_updated: Some(BulkCount::of(totals.updated)),
            total_skipped: Some(BulkCount::of(totals.skipped)),
            links: BulkLinks::new(list, links),
            embedded,
        }
    }

    /// What the log says about it.
    pub fn tally(&self) -> Tally {
        self.embedded.totals().into()
    }
}

impl HasAdditions for BulkCreateResponse {
    fn without_additions(self) -> Self {
        Self {
            total_updated: None,
            total_skipped: None,
            embedded: self.embedded.without_additions(),
            ..self
        }
    }
}
