//! Which actors there are, and who may start or reach one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix::{Actor, Addr, Arbiter};
use tokio::sync::{Semaphore, oneshot};

use super::{
    actor::{CallerGone, Command, RecordListActor, Stop},
    error::CommandError,
    job::WriteJob,
    new_lists::NewLists,
    permits::{
        Permits, Room,
        keys::{KeyInUse, Keys},
    },
    queue::Waiting,
    reply::{Answer, Reply},
};
use crate::{
    domain::{AccountId, RecordListId},
    store::{
        AccountWrite, Keyed, LaneLoad, ListKey, ListWrite, Once, Store, Written, lists::FindList, once::FindAnswer,
    },
};

/// Bounds on what may wait.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    /// Commands that may wait for or run on one list, and lists that may wait to be made or be under way.
    pub queue_length: usize,
    /// Lists that are made at once. On PostgreSQL each takes a connection.
    pub new_lists_at_once: usize,
    /// Bytes of request bodies that may be read or wait in the process.
    pub queue_bytes: usize,
    /// How long a command may wait for its turn.
    pub queue_timeout: Duration,
    /// How long a list keeps its actor after its last command.
    pub idle_timeout: Duration,
    /// Threads that the actors run on.
    pub threads: usize,
}

/// The actors of the lists that are written to. Clones share them.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    settings: RegistrySettings,
    arbiters: Vec<Arbiter>,
    next_arbiter: AtomicUsize,
    entries: Mutex<HashMap<RecordListId, Entry>>,
    bytes: Arc<Semaphore>,
    keys: Keys,
    accepting: AtomicBool,
    waiting_callers: AtomicUsize,
    new_lists: NewLists,
}

/// A caller that waits for an answer. One that goes before its turn leaves its place, its bytes and its key to others at
/// once, and not when the running transaction ends.
struct WaitingCaller<'r> {
    actor: Addr<RecordListActor>,
    callers: &'r AtomicUsize,
    is_answered: bool,
}

impl<'r> WaitingCaller<'r> {
    fn of(actor: Addr<RecordListActor>, callers: &'r AtomicUsize) -> Self {
        callers.fetch_add(1, Ordering::AcqRel);
        Self {
            actor,
            callers,
            is_answered: false,
        }
    }
}

impl Drop for WaitingCaller<'_> {
    fn drop(&mut self) {
        self.callers.fetch_sub(1, Ordering::AcqRel);
        if !self.is_answered {
            self.actor.do_send(CallerGone);
        }
    }
}

impl Inner {
    fn queue_length(&self) -> usize {
        self.settings.queue_length.min(Semaphore::MAX_PERMITS)
    }
}

/// The answer to come, and the actor that will give it.
type Enqueued<T> = (oneshot::Receiver<Answer<T>>, Addr<RecordListActor>);

struct Entry {
    account: AccountId,
    actor: Addr<RecordListActor>,
    is_sound: Arc<AtomicBool>,
    places: Arc<Semaphore>,
    last_used: Instant,
}

impl Registry {
    /// Starts without actors, on threads of its own: the threads of an HTTP server stop before their last requests
    /// are answered. Must be called within an actix system.
    pub fn start(store: Store, settings: RegistrySettings) -> Self {
        let arbiters = (0..settings.threads.max(1)).map(|_| Arbiter::new()).collect();
        let bytes = Arc::new(Semaphore::new(settings.queue_bytes.min(Semaphore::MAX_PERMITS)));
        let places = settings.queue_length.min(Semaphore::MAX_PERMITS);
        let new_lists = NewLists::new(places, settings.new_lists_at_once);
        Self {
            inner: Arc::new(Inner {
                store,
                settings,
                arbiters,
                next_arbiter: AtomicUsize::new(0),
                entries: Mutex::default(),
                bytes,
                keys: Keys::default(),
                accepting: AtomicBool::new(true),
                waiting_callers: AtomicUsize::new(0),
                new_lists,
            }),
        }
    }

    /// Room for the body of a request, of no bytes yet.
    pub fn room(&self) -> Result<Room, CommandError> {
        Room::take(&self.inner.bytes, 0)
    }

    /// Carries out a write to a list when its turn comes, together with others of its kind that wait for the list where
    /// they may share a transaction. `room` is what the request occupies; it is free again with the answer.
    ///
    /// When the future is dropped before the write's turn, nothing is done.
    pub async fn write<W: ListWrite>(
        &self,
        list: &ListKey,
        write: W,
        once: Option<Once<W::Output>>,
        room: Room,
    ) -> Result<Written<W::Output>, CommandError> {
        let asked_before = once.as_ref().map(|once| FindAnswer::to(list, once));
        match (self.submit(list, Keyed { write, once }, room).await, asked_before) {
            // The key outlives its list: whoever asks again is told what was done then.
            (Err(CommandError::ListNotFound), Some(find)) => {
                let answer = self.inner.store.read(find).await?;
                answer.map(Written::Before).ok_or(CommandError::ListNotFound)
            }
            (written, _) => written,
        }
    }

    async fn submit<W: ListWrite>(&self, list: &ListKey, write: Keyed<W>, room: Room) -> Answer<W::Output> {
        self.check_accepting()?;
        self.check_owner(list).await?;
        let (answer, actor) = self.enqueue(list, write, room)?;
        let mut caller = WaitingCaller::of(actor, &self.inner.waiting_callers);
        // Where this ends unanswered, the receiver goes first, so that the actor finds the command abandoned.
        let answer = answer.await;
        caller.is_answered = true;
        answer.unwrap_or(Err(CommandError::Overloaded))
    }

    /// Carries out a write to an account. `room` is what the request occupies.
    ///
    /// When the future is dropped before the write's turn, nothing is done.
    pub async fn write_to_account<W: AccountWrite>(
        &self,
        account: AccountId,
        write: W,
        once: Option<Once<W::Output>>,
        room: Room,
    ) -> Result<Written<W::Output>, CommandError> {
        self.check_accepting()?;
        let scope = ListKey::outside_lists(account.clone());
        let key = self.take_key(&scope, once.as_ref())?;
        let inner = &self.inner;
        let patience = inner.settings.queue_timeout;
        inner
            .new_lists
            .write(&inner.store, account, write, once, (key, room), patience)
            .await
    }

    /// How many callers wait for an answer about their list. One that goes away is not counted any more.
    pub fn waiting_callers(&self) -> usize {
        self.inner.waiting_callers.load(Ordering::Acquire)
    }

    /// How busy the transactions are that lists share.
    pub fn lane_load(&self) -> LaneLoad {
        self.inner.store.lane_load()
    }

    /// How many lists have an actor.
    pub fn active_lists(&self) -> usize {
        self.entries().len()
    }

    /// How long a list keeps its actor after its last command.
    pub fn idle_timeout(&self) -> Duration {
        self.inner.settings.idle_timeout
    }

    /// Ends the actors of lists that had no command for the idle time.
    pub fn stop_idle(&self) {
        let Some(idle_since) = Instant::now().checked_sub(self.inner.settings.idle_timeout) else {
            return;
        };
        let all_places = self.inner.queue_length();
        // Places are given out under this lock only: a list whose places are all free has no command, and gets none
        // before its entry is gone.
        self.entries().retain(|_, entry| {
            let is_idle = entry.last_used <= idle_since && entry.places.available_permits() == all_places;
            if is_idle {
                entry.actor.do_send(Stop);
            }
            !is_idle
        });
    }

    /// Accepts no more commands. Those that were accepted go on.
    pub fn stop_accepting(&self) {
        self.inner.accepting.store(false, Ordering::Release);
    }

    /// Ends the threads of the actors. What waits is answered that nothing was done.
    pub fn stop(&self) {
        self.stop_accepting();
        self.entries().clear();
        self.inner.new_lists.close();
        for arbiter in &self.inner.arbiters {
            arbiter.stop();
        }
    }

    fn check_accepting(&self) -> Result<(), CommandError> {
        if self.inner.accepting.load(Ordering::Acquire) {
            Ok(())
        } else {
            Err(CommandError::ShuttingDown)
        }
    }

    /// Only the owner of a list can make it have an actor or a queue.
    async fn check_owner(&self, list: &ListKey) -> Result<(), CommandError> {
        let is_known = self
            .entries()
            .get(&list.id)
            .is_some_and(|entry| entry.account == list.account);
        if !is_known {
            self.inner.store.read(FindList(list.clone())).await?;
        }
        Ok(())
    }

    fn enqueue<W: ListWrite>(
        &self,
        list: &ListKey,
        write: Keyed<W>,
        room: Room,
    ) -> Result<Enqueued<W::Output>, CommandError> {
        let key = self.take_key(list, write.once.as_ref())?;
        let mut entries = self.entries();
        let entry = entries.entry(list.id).or_insert_with(|| self.new_entry(list));
        if !entry.is_sound.load(Ordering::Acquire) || !entry.actor.connected() {
            // The actor panicked; the list goes on with another.
            *entry = self.new_entry(list);
        }
        let place = Arc::clone(&entry.places)
            .try_acquire_owned()
            .map_err(|_| CommandError::Overloaded)?;
        entry.last_used = Instant::now();
        let (reply, answer) = Reply::new(Permits {
            _place: place,
            _room: room,
            _key: key,
        });
        entry.actor.do_send(Command(Waiting {
            job: Box::new(WriteJob::new(write, reply)),
            deadline: Instant::now() + self.inner.settings.queue_timeout,
        }));
        Ok((answer, entry.actor.clone()))
    }

    /// A key that a command has and that is under way already is a sign of a caller that was too impatient.
    fn take_key<T>(&self, scope: &ListKey, once: Option<&Once<T>>) -> Result<Option<KeyInUse>, CommandError> {
        once.map(|once| self.inner.keys.take(scope, &once.key)).transpose()
    }

    fn new_entry(&self, list: &ListKey) -> Entry {
        let turn = self.inner.next_arbiter.fetch_add(1, Ordering::Relaxed);
        let arbiter = &self.inner.arbiters[turn % self.inner.arbiters.len()];
        let is_sound = Arc::new(AtomicBool::new(true));
        let store = self.inner.store.clone();
        let actor = RecordListActor::new(list.clone(), store, Arc::clone(&is_sound));
        Entry {
            account: list.account.clone(),
            actor: RecordListActor::start_in_arbiter(&arbiter.handle(), |_| actor),
            is_sound,
            places: Arc::new(Semaphore::new(self.inner.queue_length())),
            last_used: Instant::now(),
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<RecordListId, Entry>> {
        // The map is whole between any two statements: a panic elsewhere leaves nothing half done in it.
        self.inner.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "registry_test.rs"]
mod tests;
