//! The work: which records to delete or create and in which order, the same for every contender.

use serde_json::{Value, json};

use crate::{
    database::{missing_id, phone_number, record_id},
    scenario::{Kind, Mix, Operation, Scenario},
};

/// One request: a list, and the records of it that are deleted or created.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) list: usize,
    pub(crate) records: Vec<usize>,
}

/// Hands out requests in a fixed random order, with each record only once.
pub(crate) struct Work {
    scenario: Scenario,
    /// The records of each list that are still to be deleted.
    left: Vec<Vec<usize>>,
    /// The number of the next new record in each list.
    new: Vec<usize>,
    taken: usize,
}

impl Work {
    /// Work for this number of requests in total.
    pub(crate) fn new(scenario: &Scenario, requests: usize) -> Self {
        let per_list = match scenario.mix {
            Mix::Creates => 0,
            Mix::Deletes | Mix::Mixed => requests.div_ceil(scenario.lists) * scenario.identifiers,
        };
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
            new: vec![records; scenario.lists],
            taken: 0,
        }
    }

    /// The number of records in each list before the first request.
    pub(crate) fn records_per_list(&self) -> usize {
        self.left.first().map_or(0, Vec::len) + self.scenario.others
    }

    /// The next requests, which go to the lists in turn.
    pub(crate) fn take(&mut self, requests: usize) -> Vec<Request> {
        let count = self.scenario.identifiers;
        (0..requests)
            .map(|_| {
                let list = self.taken % self.scenario.lists;
                let operation = self.scenario.mix.at(self.taken);
                self.taken += 1;
                let records = match operation {
                    Operation::Delete => {
                        let left = &mut self.left[list];
                        left.split_off(left.len() - count)
                    }
                    Operation::Create => {
                        let first = self.new[list];
                        self.new[list] += count;
                        (first..first + count).collect()
                    }
                };
                Request {
                    operation,
                    list,
                    records,
                }
            })
            .collect()
    }
}

impl Request {
    /// The body of the bulk delete or bulk create.
    pub(crate) fn body(&self, kind: Kind) -> Value {
        let identifier = |record: &usize| match kind {
            Kind::Id => json!({"id": record_id(self.list, *record)}),
            Kind::Miss => json!({"id": missing_id(self.list, *record)}),
            Kind::Phone => json!({"phone_number": phone_number(*record)}),
            Kind::External => {
                json!({"external_provider": "crm", "external_id": record.to_string()})
            }
        };
        let new = |record: &usize| {
            json!({
                "first_name": "Ada",
                "last_name": "Lovelace",
                "phone_numbers": [{"phone_number": phone_number(*record), "phone_type": "MOBILE"}],
                "external_provider": "crm",
                "external_id": record.to_string(),
            })
        };
        match self.operation {
            Operation::Delete => self.records.iter().map(identifier).collect(),
            Operation::Create => json!({"records": self.records.iter().map(new).collect::<Value>()}),
        }
    }

    /// By how much the request changes the number of records.
    pub(crate) fn change(&self, kind: Kind) -> i64 {
        let count = self.records.len() as i64;
        match self.operation {
            Operation::Delete if kind == Kind::Miss => 0,
            Operation::Delete => -count,
            Operation::Create => count,
        }
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
