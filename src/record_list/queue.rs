//! The queue of one list: what is waiting, and how much of it the next transaction takes.

use std::{collections::VecDeque, time::Instant};

use super::{
    error::CommandError,
    job::{Job, Weight},
};

/// Maximum number of writes that share a turn.
const MAX_WRITES: usize = 64;
/// Maximum number of identifiers in a turn, so that the next requests are read while these are carried out. A single
/// write is never split.
const MAX_IDENTIFIERS: usize = 400;

/// A write that is waiting for its turn.
pub(super) struct Waiting {
    /// What to do.
    pub(super) job: Box<dyn Job>,
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

    /// Takes the work of the next transaction from the head of the queue.
    pub(super) fn take_turn(&mut self, now: Instant) -> Option<Box<dyn Job>> {
        self.discard(now);
        let length = turn_length(self.waiting.iter().map(|waiting| waiting.job.weight()));
        let mut turn = self.waiting.pop_front()?.job;
        for _ in 1..length {
            let Some(next) = self.waiting.pop_front() else {
                break;
            };
            if let Err(job) = turn.join(next.job) {
                // A job of another kind gets its own turn after this one.
                self.waiting.push_front(Waiting { job, ..next });
                break;
            }
        }
        turn.start();
        Some(turn)
    }
}

/// How many of the writes at the head of the queue share a turn; 0 if nothing is waiting or the first write has a turn
/// to itself.
///
/// A turn never overtakes a write that is not part of it: a deletion finds the records that were created before it.
fn turn_length(waiting: impl Iterator<Item = Weight>) -> usize {
    let mut identifiers = 0;
    waiting
        .take(MAX_WRITES)
        .enumerate()
        .take_while(|(place, weight)| match weight {
            Weight::Shared(count) => {
                identifiers += count;
                *place == 0 || identifiers <= MAX_IDENTIFIERS
            }
            Weight::Alone => false,
        })
        .count()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::{Weight::*, *};
    use crate::{
        domain::{Attribution, Deletion, DeletionOptions, DeletionOutcome, Identifiers},
        record_list::{
            job::WriteJob,
            reply::{Reply, WriteResult},
        },
        store::{Keyed, ListWrite, deletions::DeleteRecords, records::CreateRecords},
    };

    fn waiting<W: ListWrite>(write: W) -> (Waiting, oneshot::Receiver<WriteResult<W::Output>>) {
        let (reply, result) = Reply::without_permits();
        let waiting = Waiting {
            job: Box::new(WriteJob::new(Keyed { write, once: None }, reply)),
            deadline: Instant::now() + Duration::from_secs(60),
        };
        (waiting, result)
    }

    fn deletion() -> (Waiting, oneshot::Receiver<WriteResult<DeletionOutcome>>) {
        waiting(DeleteRecords {
            deletion: Deletion {
                identifiers: Identifiers::Ids(vec![None]),
                options: DeletionOptions::default(),
            },
            attribution: Attribution {
                operation_id: Uuid::nil(),
                client_id: String::new(),
                request_id: String::new(),
            },
        })
    }

    fn turn(queue: &mut Queue) -> Option<Weight> {
        let turn = queue.take_turn(Instant::now());
        turn.map(|job| job.weight())
    }

    #[test]
    fn what_nobody_waits_for_has_no_turn() {
        let mut queue = Queue::default();
        let (abandoned, _) = deletion();
        queue.push(abandoned);
        assert_eq!(turn(&mut queue), None);

        let ((first, _), (second, _result), (third, _)) = (deletion(), deletion(), deletion());
        for waiting in [first, second, third] {
            queue.push(waiting);
        }
        assert_eq!(turn(&mut queue), Some(Shared(1)));
    }

    #[test]
    fn writes_of_one_kind_share_a_turn_and_pass_no_other() {
        let mut queue = Queue::default();
        let nothing = CreateRecords::default();
        let (creation, _created) = waiting(nothing);
        let [(first, _first), (second, _second), (last, _last)] = [deletion(), deletion(), deletion()];
        for waiting in [first, second, creation, last] {
            queue.push(waiting);
        }
        let turns = [(); 4].map(|()| turn(&mut queue));
        assert_eq!(turns, [Some(Shared(2)), Some(Alone), Some(Shared(1)), None]);
    }

    #[test]
    fn a_batch_is_the_run_of_deletions_at_the_head() {
        for (waiting, expected) in [
            (vec![], 0),
            (vec![Shared(1)], 1),
            (vec![Shared(1), Shared(100), Shared(3)], 3),
            (vec![Shared(1), Alone, Shared(1)], 1),
            (vec![Alone, Shared(1)], 0),
            (vec![Shared(1); 64], 64),
            (vec![Shared(1); 65], 64),
            (vec![Shared(100); 4], 4),
            (vec![Shared(100); 5], 4),
            (vec![Shared(5_000), Shared(1)], 1),
        ] {
            assert_eq!(turn_length(waiting.iter().copied()), expected, "{waiting:?}");
        }
    }
}
