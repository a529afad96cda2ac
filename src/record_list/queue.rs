//! The queue of one list: what is waiting, and how much of it the next transaction takes.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{error::CommandError, job::Job};

/// Maximum number of writes that share a turn.
const MAX_WRITES: usize = 64;
/// Maximum number of identifiers and new records in a turn, so that the next requests are read while these are carried
/// out. A single write is never split.
const MAX_WEIGHT: usize = 400;
/// Maximum number of steps in a turn: each takes some round trips to PostgreSQL, all of them within the time that a
/// transaction may take.
const MAX_STEPS: usize = 16;

/// A write that is waiting for its turn.
pub(super) struct Waiting {
    /// What to do.
    pub(super) job: Box<dyn Job>,
    /// Since when it waits.
    pub(super) since: Instant,
    /// When it has waited too long.
    pub(super) deadline: Instant,
}

/// The writes to one list, in order of arrival.
#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Waiting>,
}

impl Queue {
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// The earliest deadline of the waiting writes.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.deadline).min()
    }

    /// Drops writes that nobody is waiting for.
    pub(super) fn discard_abandoned(&mut self) {
        self.waiting.retain(|waiting| !waiting.job.is_abandoned());
    }

    /// Drops writes that nobody is waiting for, and replies to those that have waited too long.
    pub(super) fn discard(&mut self, now: Instant) {
        self.discard_abandoned();
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.deadline <= now {
                waiting.job.refuse(CommandError::Overloaded);
            } else {
                self.waiting.push_back(waiting);
            }
        }
    }

    /// Takes the work of the next transaction from the head of the queue; nothing if nothing is waiting. `note` learns how
    /// long each of it has waited.
    pub(super) fn take_turn(&mut self, now: Instant, note: impl Fn(Duration)) -> Vec<Box<dyn Job>> {
        self.discard(now);
        let length = turn_length(self.waiting.iter().map(|waiting| waiting.job.share()));
        let taken = self.waiting.drain(..length);
        let taken = taken.inspect(|waiting| note(now.saturating_duration_since(waiting.since)));
        let mut turn: Vec<_> = taken.map(|waiting| waiting.job).collect();
        for job in &mut turn {
            job.start();
        }
        turn
    }
}

/// How many of the writes at the head of the queue share a turn, whatever they do.
///
/// A turn never overtakes a write that is not part of it: a deletion finds the records that were created before it.
fn turn_length(waiting: impl Iterator<Item = Share>) -> usize {
    let (mut weight, mut steps, mut merges) = (0, 0, false);
    waiting
        .take(MAX_WRITES)
        .enumerate()
        .take_while(|(place, share)| {
            // One that has a turn to itself fills it.
            weight += share.weight.unwrap_or(MAX_WEIGHT + 1);
            steps += usize::from(!(merges && share.merges));
            merges = share.merges;
            *place == 0 || (weight <= MAX_WEIGHT && steps <= MAX_STEPS)
        })
        .count()
}

/// What a write adds to a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    /// See [`ListWrite::weight`](crate::store::ListWrite::weight).
    pub(super) weight: Option<usize>,
    /// Whether it is carried out together with its neighbours of the same kind.
    pub(super) merges: bool,
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{Attribution, Deletion, DeletionOptions, DeletionOutcome, Identifiers},
        record_list::{
            job::WriteJob,
            reply::{Reply, WriteResult},
        },
        store::{Keyed, ListWrite, deletions::DeleteRecords, lists::DeleteList, records::CreateRecords},
    };

    fn waiting<W: ListWrite>(write: W) -> (Waiting, oneshot::Receiver<WriteResult<W::Output>>) {
        let (reply, result) = Reply::without_permits();
        let waiting = Waiting {
            job: Box::new(WriteJob::new(Keyed { write, once: None }, reply)),
            since: Instant::now(),
            deadline: Instant::now() + Duration::from_secs(60),
        };
        (waiting, result)
    }

    fn deletion() -> (Waiting, oneshot::Receiver<WriteResult<DeletionOutcome>>) {
        waiting(DeleteRecords::in_bulk(
            Deletion {
                identifiers: Identifiers::Ids(vec![None]),
                options: DeletionOptions::default(),
            },
            attribution(),
        ))
    }

    fn attribution() -> Attribution {
        Attribution {
            operation_id: Uuid::nil(),
            client_id: String::new(),
            request_id: String::new(),
        }
    }

    /// The weights of the writes of the next turn.
    fn turn(queue: &mut Queue) -> Vec<Option<usize>> {
        let turn = queue.take_turn(Instant::now(), |_| {});
        turn.iter().map(|job| job.share().weight).collect()
    }

    #[test]
    fn what_nobody_waits_for_has_no_turn() {
        let mut queue = Queue::default();
        let (abandoned, _) = deletion();
        queue.push(abandoned);
        assert_eq!(turn(&mut queue), []);

        let ((first, _), (second, _result), (third, _)) = (deletion(), deletion(), deletion());
        for waiting in [first, second, third] {
            queue.push(waiting);
        }
        assert_eq!(turn(&mut queue), [Some(1)]);
    }

    #[test]
    fn writes_of_any_kind_share_a_turn_and_pass_no_other() {
        let mut queue = Queue::default();
        let (creation, _created) = waiting(CreateRecords::default());
        let (end, _ended) = waiting(DeleteList {
            attribution: attribution(),
        });
        let [(first, _first), (second, _second), (last, _last)] = [deletion(), deletion(), deletion()];
        for waiting in [first, creation, second, end, last] {
            queue.push(waiting);
        }
        let turns = [(); 4].map(|()| turn(&mut queue));
        assert_eq!(
            turns,
            [vec![Some(1), Some(0), Some(1)], vec![None], vec![Some(1)], vec![]]
        );
    }

    #[test]
    fn a_turn_is_the_run_of_writes_at_the_head_within_its_budget() {
        let delete = |identifiers| Share {
            weight: Some(identifiers),
            merges: true,
        };
        let create = |records| Share {
            weight: Some(records),
            merges: false,
        };
        let alone = Share {
            weight: None,
            merges: false,
        };
        for (waiting, expected) in [
            (vec![], 0),
            (vec![delete(1)], 1),
            (vec![delete(1), delete(100), delete(3)], 3),
            (vec![delete(1), alone, delete(1)], 1),
            (vec![alone, delete(1)], 1),
            (vec![delete(1); 64], 64),
            (vec![delete(1); 65], 64),
            (vec![delete(100); 4], 4),
            (vec![delete(100); 5], 4),
            (vec![create(100); 5], 4),
            (vec![create(1); 17], 16),
            (vec![create(0); 65], 16),
            ([delete(1), delete(1), create(1)].repeat(9), 24),
            (vec![delete(5_000), delete(1)], 1),
        ] {
            assert_eq!(turn_length(waiting.iter().copied()), expected, "{waiting:?}");
        }
    }
}
