//! Jobs: the writes that wait for an actor, with their types erased.

use std::sync::Arc;

use super::{error::CommandError, queue::Share, reply::Reply};
use crate::store::{AnyWrite, Keyed, ListWrite, WriteResult, Written};

/// A write that is waiting for its turn.
pub(super) trait Job: Send {
    /// What it adds to a turn.
    fn share(&self) -> Share;

    /// Whether nobody is waiting for its outcome any more.
    fn is_abandoned(&self) -> bool;

    /// Records that its turn has started.
    fn start(&mut self);

    /// The write.
    fn write(&self) -> Arc<dyn AnyWrite>;

    /// Replies with what became of the write.
    fn reply(self: Box<Self>, result: WriteResult);

    /// Replies with this error, without doing anything.
    fn refuse(self: Box<Self>, error: CommandError);
}

/// A write, with the reply to its caller.
pub(super) struct WriteJob<T> {
    write: Arc<dyn AnyWrite>,
    reply: Reply<T>,
}

impl<T> WriteJob<T> {
    pub(super) fn new<W: ListWrite<Output = T>>(write: Keyed<W>, reply: Reply<T>) -> Self {
        Self {
            write: Arc::new(write),
            reply,
        }
    }
}

impl<T: Send + 'static> Job for WriteJob<T> {
    fn share(&self) -> Share {
        Share {
            weight: self.write.weight(),
            merges: self.write.as_deletion().is_some(),
        }
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_abandoned()
    }

    fn start(&mut self) {
        self.reply.start();
    }

    fn write(&self) -> Arc<dyn AnyWrite> {
        Arc::clone(&self.write)
    }

    fn reply(self: Box<Self>, result: WriteResult) {
        let result = result.and_then(|written| match written {
            Written::Now(output) => Ok(Written::Now(output.downcast()?)),
            Written::Before(response) => Ok(Written::Before(response)),
        });
        self.reply.send(result.map_err(CommandError::from));
    }

    fn refuse(self: Box<Self>, error: CommandError) {
        self.reply.send(Err(error));
    }
}
