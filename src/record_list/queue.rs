//! What waits for a list, and how much of it the next transaction takes.

use std::{collections::VecDeque, time::Instant};

use super::{
    command::{Command, Reply, Work},
    error::CommandError,
};
use crate::{
    domain::DeletionOutcome,
    store::{Creation, CreationCommand, DeletionCommand},
};

/// Deletions that share a transaction at most.
const MAX_DELETIONS: usize = 64;
/// Identifiers in a transaction at most, so that the next requests are read while these are carried out; a single
/// deletion is never split.
const MAX_IDENTIFIERS: usize = 400;

/// The commands of one list in the order in which they came.
#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Command>,
}

/// What one transaction does.
pub(super) enum Turn {
    Deletions(Vec<(DeletionCommand, Reply<DeletionOutcome>)>),
    Creation(CreationCommand, Reply<Vec<Creation>>),
}

impl Queue {
    pub(super) fn push(&mut self, command: Command) {
        self.waiting.push_back(command);
    }

    /// When the first of the waiting commands expires.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|command| command.deadline).min()
    }

    /// Drops commands that nobody waits for.
    pub(super) fn discard_abandoned(&mut self) {
        self.waiting.retain(|command| !command.is_abandoned());
    }

    /// Drops commands that nobody waits for, and answers those that waited too long.
    pub(super) fn discard(&mut self, now: Instant) {
        self.discard_abandoned();
        for command in std::mem::take(&mut self.waiting) {
            if command.deadline <= now {
                command.refuse(CommandError::Overloaded);
            } else {
                self.waiting.push_back(command);
            }
        }
    }

    /// Takes what the next transaction does from the head of the queue.
    pub(super) fn take_turn(&mut self, now: Instant) -> Option<Turn> {
        self.discard(now);
        let length = turn_length(self.waiting.iter().map(Weight::of));
        if length == 0 {
            let creation = self.waiting.pop_front()?;
            return Some(match creation.work {
                Work::Create(command, reply) => Turn::Creation(command, reply.start()),
                Work::Delete(command, reply) => Turn::Deletions(vec![(command, reply.start())]),
            });
        }
        let deletions = self
            .waiting
            .drain(..length)
            .filter_map(|command| match command.work {
                Work::Delete(command, reply) => Some((command, reply.start())),
                Work::Create(..) => None,
            })
            .collect();
        Some(Turn::Deletions(deletions))
    }
}

/// What a command adds to a batch.
#[derive(Clone, Copy, Debug)]
enum Weight {
    /// A deletion with so many identifiers.
    Deletion(usize),
    /// Anything that is not batched.
    Alone,
}

impl Weight {
    fn of(command: &Command) -> Self {
        match &command.work {
            Work::Delete(command, _) => Self::Deletion(command.deletion.identifiers.len()),
            Work::Create(..) => Self::Alone,
        }
    }
}

/// How many commands at the head of the queue run as one batch of deletions; 0 when the head is no deletion.
///
/// A batch never passes a command that is not batched: a record that was created before a deletion is there for it.
fn turn_length(waiting: impl Iterator<Item = Weight>) -> usize {
    let mut identifiers = 0;
    waiting
        .take(MAX_DELETIONS)
        .enumerate()
        .take_while(|(place, weight)| match weight {
            Weight::Deletion(count) => {
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
        domain::{Deletion, DeletionOptions, Identifiers},
        record_list::command::Answer,
    };

    fn deletion() -> (Command, oneshot::Receiver<Answer<DeletionOutcome>>) {
        let deletion = DeletionCommand {
            deletion: Deletion {
                identifiers: Identifiers::Ids(vec![None]),
                options: DeletionOptions::default(),
            },
            once: None,
            operation_id: Uuid::nil(),
            client_id: String::new(),
            request_id: String::new(),
        };
        let (reply, answer) = Reply::without_permits();
        let command = Command {
            work: Work::Delete(deletion, reply),
            deadline: Instant::now() + Duration::from_secs(60),
        };
        (command, answer)
    }

    #[test]
    fn what_nobody_waits_for_has_no_turn() {
        let mut queue = Queue::default();
        let (abandoned, _) = deletion();
        queue.push(abandoned);
        assert!(queue.take_turn(Instant::now()).is_none());

        let ((first, _), (second, _answer), (third, _)) = (deletion(), deletion(), deletion());
        for command in [first, second, third] {
            queue.push(command);
        }
        let turn = queue.take_turn(Instant::now());
        assert!(matches!(turn, Some(Turn::Deletions(one)) if one.len() == 1));
    }

    #[test]
    fn a_batch_is_the_run_of_deletions_at_the_head() {
        for (waiting, expected) in [
            (vec![], 0),
            (vec![Deletion(1)], 1),
            (vec![Deletion(1), Deletion(100), Deletion(3)], 3),
            (vec![Deletion(1), Alone, Deletion(1)], 1),
            (vec![Alone, Deletion(1)], 0),
            (vec![Deletion(1); 64], 64),
            (vec![Deletion(1); 65], 64),
            (vec![Deletion(100); 4], 4),
            (vec![Deletion(100); 5], 4),
            (vec![Deletion(5_000), Deletion(1)], 1),
        ] {
            assert_eq!(
                turn_length(waiting.iter().copied()),
                expected,
                "{waiting:?}"
            );
        }
    }
}
