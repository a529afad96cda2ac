//! The work: what to delete and in which order, the same for every contender.

use serde_json::{Value, json};

use crate::{
    database::{phone_number, record_id},
    scenario::{Kind, Scenario},
};

/// One request: a list, and some of its records.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) list: usize,
    pub(crate) records: Vec<usize>,
}

/// Hands out requests in a fixed random order, with each record only once.
pub(crate) struct Work {
    scenario: Scenario,
    /// The records of each list that are still to be deleted.
    left: Vec<Vec<usize>>,
    next_list: usize,
}

impl Work {
    /// Work for this number of requests in total.
    pub(crate) fn new(scenario: &Scenario, requests: usize) -> Self {
        let per_list = requests.div_ceil(scenario.lists) * scenario.identifiers;
        let records = per_list + scenario.others;
        let left = (0..scenario.lists)
            .map(|list| {
                let mut order: Vec<usize> = (0..records).collect();
                shuffle(&mut order, list as u64 + 1);
                order.truncate(per_list);
                order
            })
            .collect();
        Self {
            scenario: scenario.clone(),
            left,
            next_list: 0,
        }
    }

    /// The number of records in each list before the first request.
    pub(crate) fn records_per_list(&self) -> usize {
        self.left.first().map_or(0, Vec::len) + self.scenario.others
    }

    /// The next requests, which go to the lists in turn.
    pub(crate) fn take(&mut self, requests: usize) -> Vec<Request> {
        (0..requests)
            .map(|_| {
                let list = self.next_list;
                self.next_list = (list + 1) % self.scenario.lists;
                let left = &mut self.left[list];
                let records = left.split_off(left.len() - self.scenario.identifiers);
                Request { list, records }
            })
            .collect()
    }
}

impl Request {
    /// The body of the bulk delete.
    pub(crate) fn body(&self, kind: Kind) -> Value {
        let item = |record: &usize| match kind {
            Kind::Id => json!({"id": record_id(*record)}),
            Kind::Miss => json!({"id": record_id(record + 0x4000_0000)}),
            Kind::Phone => json!({"phone_number": phone_number(*record)}),
            Kind::External => {
                json!({"external_provider": "crm", "external_id": record.to_string()})
            }
        };
        self.records.iter().map(item).collect()
    }
}

/// The Fisher-Yates shuffle with xorshift numbers, so that every run has the same order.
fn shuffle(items: &mut [usize], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for last in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
