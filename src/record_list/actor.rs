//! The actor of one record list: every write to the list passes through it, one transaction at a time.
//!
//! Commands wait in the actor's own queue, never in its mailbox, where they could be neither batched nor dropped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message, SpawnHandle};

use super::{
    job::Job,
    queue::{Queue, Waiting},
};
use crate::{
    fail_point::fail_point,
    metrics::WaitClass,
    store::{Batch, ListKey, Store},
};

pub(super) struct RecordListActor {
    list: ListKey,
    store: Store,
    queue: Queue,
    is_running: bool,
    next_expiry: Option<(Instant, SpawnHandle)>,
    is_sound: Arc<AtomicBool>,
}

/// Records that a handler panicked, before the command it was handling is dropped: a caller that learns of the failure
/// and tries again must not reach the same actor.
struct Soundness(Arc<AtomicBool>);

impl Drop for Soundness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(false, Ordering::Release);
        }
    }
}

/// A write has arrived and now waits for its turn.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Command(pub(super) Waiting);

/// The running transaction has ended, and its callers have their replies.
#[derive(Message)]
#[rtype(result = "()")]
struct TurnEnded;

/// A waiting command has reached its deadline.
#[derive(Message)]
#[rtype(result = "()")]
struct Expire;

/// A waiting caller has gone away.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct CallerGone;

/// The list is idle, so the actor must stop. Sent only when no command is waiting and none can arrive.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Stop;

impl RecordListActor {
    /// `is_sound` becomes false when the actor panics.
    pub(super) fn new(list: ListKey, store: Store, is_sound: Arc<AtomicBool>) -> Self {
        Self {
            list,
            store,
            queue: Queue::default(),
            is_running: false,
            next_expiry: None,
            is_sound,
        }
    }

    /// Starts the next transaction, if none is running and a command is waiting.
    fn run_next(&mut self, context: &mut Context<Self>) {
        if self.is_running {
            return;
        }
        let metrics = self.store.metrics();
        let note = |waited| metrics.note_wait(WaitClass::List, waited);
        let turn = self.queue.take_turn(Instant::now(), note);
        if turn.is_empty() {
            return;
        }
        self.is_running = true;
        let list = self.list.clone();
        let store = self.store.clone();
        // A separate task on the database runtime: callers get their replies even if the actor ends.
        let ended = EndOfTurn(context.address());
        self.store.clone().spawn(async move {
            run(turn, list, store).await;
            drop(ended);
        });
    }

    /// Ensures that a waiting command gets a reply at its deadline, however long the running transaction takes.
    fn schedule_expiry(&mut self, context: &mut Context<Self>) {
        let Some(deadline) = self.queue.next_deadline() else {
            return;
        };
        match self.next_expiry {
            Some((scheduled, _)) if scheduled <= deadline => {}
            scheduled => {
                if let Some((_, handle)) = scheduled {
                    context.cancel_future(handle);
                }
                let wait = deadline.saturating_duration_since(Instant::now());
                let handle = context.notify_later(Expire, wait);
                self.next_expiry = Some((deadline, handle));
            }
        }
    }
}

/// Tells the actor that its turn has ended, even if the task panics.
struct EndOfTurn(Addr<RecordListActor>);

impl Drop for EndOfTurn {
    fn drop(&mut self) {
        self.0.do_send(TurnEnded);
    }
}

/// Carries out one transaction and replies to its callers.
async fn run(turn: Vec<Box<dyn Job>>, list: ListKey, store: Store) {
    fail_point!("turn");
    let writes = turn.iter().map(|job| job.write()).collect();
    let results = store.write(Batch { list, writes }).await;
    for (job, result) in turn.into_iter().zip(results) {
        job.reply(result);
    }
}

impl Actor for RecordListActor {
    type Context = Context<Self>;
}

impl Handler<Command> for RecordListActor {
    type Result = ();

    fn handle(&mut self, Command(waiting): Command, context: &mut Self::Context) {
        let _soundness = Soundness(Arc::clone(&self.is_sound));
        fail_point!("actor");
        self.queue.push(waiting);
        self.run_next(context);
        self.schedule_expiry(context);
    }
}

impl Handler<TurnEnded> for RecordListActor {
    type Result = ();

    fn handle(&mut self, _: TurnEnded, context: &mut Self::Context) {
        self.is_running = false;
        self.run_next(context);
    }
}

impl Handler<Expire> for RecordListActor {
    type Result = ();

    fn handle(&mut self, _: Expire, context: &mut Self::Context) {
        self.next_expiry = None;
        self.queue.discard(Instant::now());
        self.schedule_expiry(context);
    }
}

impl Handler<CallerGone> for RecordListActor {
    type Result = ();

    fn handle(&mut self, _: CallerGone, _: &mut Self::Context) {
        self.queue.discard_abandoned();
    }
}

impl Handler<Stop> for RecordListActor {
    type Result = ();

    fn handle(&mut self, _: Stop, context: &mut Self::Context) {
        context.stop();
    }
}

/// Makes the actor panic, as a bug in it would.
#[cfg(test)]
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Panic;

#[cfg(test)]
impl Handler<Panic> for RecordListActor {
    type Result = ();

    fn handle(&mut self, _: Panic, _: &mut Self::Context) {
        panic!("planted")
    }
}
