//! The work: which records to delete, create or update and in which order, the same for every contender.

use crate::scenario::{Operation, Scenario, Step};

/// One request: a list, and the records of it that are deleted, created or updated.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) list: usize,
    pub(crate) records: Vec<usize>,
}

/// Hands out requests in a fixed random order, with each record only once.
pub(crate) struct Work {
    scenario: Scenario,
    /// The number of records in each list before the first request.
    records: usize,
    /// The records of each list that are still to be deleted.
    left: Vec<Vec<usize>>,
    /// The records of each list that stay, and are still to be updated.
    kept: Vec<Vec<usize>>,
    /// The number of the next new record in each list.
    new: Vec<usize>,
    taken: usize,
}

/// How many records of a list are deleted and updated.
#[derive(Clone, Copy, Default)]
struct Touched {
    deleted: usize,
    updated: usize,
}

impl Work {
    /// Work for this number of requests in total.
    pub(crate) fn new(scenario: &Scenario, requests: usize) -> Self {
        let Touched { deleted, updated } = most_touched(scenario, requests);
        let records = deleted + scenario.others.max(updated);
        let (mut left, mut kept) = (Vec::new(), Vec::new());
        for list in 0..scenario.lists {
            let mut order: Vec<usize> = (0..records).collect();
            shuffle(&mut order, list as u64 + 1);
            let mut stay = order.split_off(deleted);
            stay.truncate(updated);
            left.push(order);
            kept.push(stay);
        }
        Self {
            scenario: scenario.clone(),
            records,
            left,
            kept,
            new: vec![records; scenario.lists],
            taken: 0,
        }
    }

    /// The number of records in each list before the first request.
    pub(crate) fn records_per_list(&self) -> usize {
        self.records
    }

    /// The next requests, which go to the lists in turn.
    pub(crate) fn take(&mut self, requests: usize) -> Vec<Request> {
        (0..requests)
            .map(|_| {
                let step = self.scenario.step(self.taken);
                self.taken += 1;
                Request {
                    operation: step.operation,
                    list: step.list,
                    records: self.records_of(step),
                }
            })
            .collect()
    }

    fn records_of(&mut self, step: Step) -> Vec<usize> {
        let Step { list, records, .. } = step;
        match step.operation {
            Operation::BulkDelete | Operation::Delete => last(&mut self.left[list], records),
            Operation::BulkUpdate | Operation::Update => last(&mut self.kept[list], records),
            Operation::BulkCreate | Operation::Create => {
                let first = self.new[list];
                self.new[list] += records;
                (first..first + records).collect()
            }
        }
    }
}

/// Takes the last of the records.
fn last(records: &mut Vec<usize>, count: usize) -> Vec<usize> {
    records.split_off(records.len() - count)
}

/// The most records of one list that so many requests delete, and the most that they update.
fn most_touched(scenario: &Scenario, requests: usize) -> Touched {
    let mut lists = vec![Touched::default(); scenario.lists];
    for position in 0..requests {
        let Step {
            operation,
            list,
            records,
        } = scenario.step(position);
        match operation {
            Operation::BulkDelete | Operation::Delete => lists[list].deleted += records,
            Operation::BulkUpdate | Operation::Update => lists[list].updated += records,
            Operation::BulkCreate | Operation::Create => {}
        }
    }
    let most = |of: fn(&Touched) -> usize| lists.iter().map(of).max().unwrap_or_default();
    Touched {
        deleted: most(|touched| touched.deleted),
        updated: most(|touched| touched.updated),
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
