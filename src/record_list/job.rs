//! Jobs: the writes that an actor carries out, with their types erased.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use futures_util::future::BoxFuture;

use super::{error::CommandError, reply::Reply};
use crate::store::{Batch, Keyed, ListKey, ListWrite, Store};

/// A write that is waiting for its turn, or several of one kind that share a turn.
pub(super) trait Job: Any + Send {
    /// How much it adds to a turn.
    fn weight(&self) -> Weight;

    /// Whether nobody is waiting for its outcome any more.
    fn is_abandoned(&self) -> bool;

    /// Replies with this error, without doing anything.
    fn refuse(self: Box<Self>, error: CommandError);

    /// Adds another job to its turn; returns that job as the error if it is of another kind.
    fn join(&mut self, next: Box<dyn Job>) -> Result<(), Box<dyn Job>>;

    /// Records that its turn has started.
    fn start(&mut self);

    /// Carries it out and replies to its callers.
    fn run(self: Box<Self>, list: ListKey, store: Store) -> BoxFuture<'static, ()>;
}

/// How much a job adds to a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// This number of identifiers, in a turn that it may share with others of its kind.
    Shared(usize),
    /// It has a turn to itself.
    Alone,
}

/// Writes of one kind, with the replies to their callers.
pub(super) struct WriteJob<W: ListWrite> {
    writes: Vec<Pending<W>>,
}

/// A write, with the reply to its caller.
type Pending<W> = (Arc<Keyed<W>>, Reply<<W as ListWrite>::Output>);

impl<W: ListWrite> WriteJob<W> {
    pub(super) fn new(write: Keyed<W>, reply: Reply<W::Output>) -> Self {
        Self {
            writes: vec![(Arc::new(write), reply)],
        }
    }
}

impl<W: ListWrite> Job for WriteJob<W> {
    fn weight(&self) -> Weight {
        let shares = self.writes.iter().map(|(keyed, _)| keyed.write.share());
        shares.sum::<Option<usize>>().map_or(Weight::Alone, Weight::Shared)
    }

    fn is_abandoned(&self) -> bool {
        self.writes.iter().all(|(_, reply)| reply.is_abandoned())
    }

    fn refuse(self: Box<Self>, error: CommandError) {
        for (_, reply) in self.writes {
            reply.send(Err(error.clone()));
        }
    }

    fn join(&mut self, next: Box<dyn Job>) -> Result<(), Box<dyn Job>> {
        if (*next).type_id() != TypeId::of::<Self>() {
            return Err(next);
        }
        if let Ok(next) = (next as Box<dyn Any>).downcast::<Self>() {
            self.writes.extend(next.writes);
        }
        Ok(())
    }

    fn start(&mut self) {
        for (_, reply) in &mut self.writes {
            reply.start();
        }
    }

    fn run(self: Box<Self>, list: ListKey, store: Store) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let (writes, replies): (Vec<_>, Vec<_>) = self.writes.into_iter().unzip();
            let results = store.write(Batch { list, writes }).await;
            for (reply, result) in replies.into_iter().zip(results) {
                reply.send(result.map_err(Into::into));
            }
        })
    }
}
