//! The response of a bulk update (docs/contract.md section 4.5).

use super::{
    query::OnMissing,
    request::{BulkUpdateRequest, SentChange},
};
use crate::{
    domain::{RecordListId, Refusal},
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
    /// The outcome of a bulk update.
    pub struct BulkUpdateResponse as "BulkUpdateResponse" {
        /// The id of the record list.
        record_list_id: RecordListId,
        /// Whether any record failed.
        has_errors: bool,
        /// Number of items that failed.
        total_errors: BulkCount,
        /// Number of records that were created, with `on_missing=create`; otherwise the same as `total_updated`, because
        /// the vendor's clients read it there.
        total_created: BulkCount,
        /// Number of items that changed a record, or found that it had the values; absent in the published form.
        total_updated: Option<BulkCount>,
        /// Always 0, as no item is skipped; absent in the published form.
        total_skipped: Option<BulkCount>,
        /// Links.
        links as "_links": BulkLinks,
        /// The outcome of each item.
        embedded as "_embedded": WrittenRecords,
    }
}

impl BulkUpdateResponse {
    /// The response for a list. The outcomes are those of the valid items, in order.
    pub fn new(
        list: RecordListId,
        sent: &BulkUpdateRequest,
        on_missing: OnMissing,
        changes: &Changes,
        links: &Links,
    ) -> Self {
        let mut outcomes = changes.outcomes.iter();
        let mut written = Written::in_list(list, links);
        for (index, sent) in sent.items().iter().enumerate() {
            let item = Place::Item(&Place::Body, index);
            let value = Place::Member(&item, "value");
            let outcome = match &sent.members {
                Ok(_) => outcomes.next().ok_or_else(RecordFaults::unknown),
                Err(faults) => Err(faults.clone()),
            };
            written.add(&sent.echo, outcome, |refusal| match refusal {
                Refusal::NoSuchRecord => faults_of_missing(sent, on_missing, changes, &value),
                _ => RecordFaults::of_refusal(refusal, sent.has_phone_numbers, &value),
            });
        }
        let embedded = written.finish();
        let totals = embedded.totals();
        Self {
            record_list_id: list,
            has_errors: totals.errors > 0,
            total_errors: BulkCount::of(totals.errors),
            total_created: BulkCount::of(match on_missing {
                OnMissing::Fail => totals.updated,
                OnMissing::Create => totals.created,
            }),
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

/// The faults of an item whose record does not exist: why it could not be created, if that was wanted.
fn faults_of_missing(sent: &SentChange, on_missing: OnMissing, changes: &Changes, value: &Place<'_>) -> RecordFaults {
    match (on_missing, sent.faults_of_creation()) {
        (OnMissing::Create, Some(faults)) => faults.in_list(changes.identified_by, value),
        _ => RecordFaults::of_refusal(&Refusal::NoSuchRecord, sent.has_phone_numbers, value),
    }
}

impl HasAdditions for BulkUpdateResponse {
    fn without_additions(self) -> Self {
        let totals = self.embedded.totals();
        Self {
            // All that went in: the published schema counts nothing else.
            total_created: BulkCount::of(totals.created + totals.updated),
            total_updated: None,
            total_skipped: None,
            embedded: self.embedded.without_additions(),
            ..self
        }
    }
}
