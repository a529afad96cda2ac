//! The registry of actors: which lists have one, and who may start or reach one.

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
        Permits,
        keys::{KeyInUse, Keys},
    },
    queue::Waiting,
    reply::{Reply, WriteResult},
};
use crate::{
    domain::{AccountId, RecordListId},
    heartbeat::Heartbeat,
    shares::{Room, SavedResponses, Verdict},
    store::{
        AccountWrite, Keyed, LaneLoad, ListKey, ListWrite, Once, ReadError, Store, StoreError, Written,
        lists::FindList,
        once::{FindSavedResponse, bytes::SavedBytes},
    },
};

/// Limits on what may wait, and how the actors run.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    /// Maximum number of commands that wait or run per list, and of new lists of an account that wait to be created or
    /// are being created.
    pub queue_length: usize,
    /// Maximum number of lists that are created at once. On PostgreSQL, each takes a connection.
    pub new_lists_at_once: usize,
    /// How long a command may wait for its turn.
    pub queue_timeout: Duration,
    /// How long a list keeps its actor after its last command.
    pub idle_timeout: Duration,
    /// Number of threads that the actors run on.
    pub threads: usize,
    /// How many bytes the saved responses of an account may occupy in the database.
    pub saved_response_bytes: u64,
}

/// The actors of the lists that are being written to. Clones share them.
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
    keys: Keys,
    accepting: AtomicBool,
    waiting_callers: AtomicUsize,
    new_lists: NewLists,
    saved_responses: SavedResponses,
}

/// A caller that is waiting for a reply. If it goes away before its turn, its place, bytes and key are free at once,
/// not only when the running transaction ends.
struct WaitingCaller<'r> {
    actor: Addr<RecordListActor>,
    callers: &'r AtomicUsize,
    has_reply: bool,
}

impl<'r> WaitingCaller<'r> {
    fn of(actor: Addr<RecordListActor>, callers: &'r AtomicUsize) -> Self {
        callers.fetch_add(1, Ordering::AcqRel);
        Self {
            actor,
            callers,
            has_reply: false,
        }
    }
}

impl Drop for WaitingCaller<'_> {
    fn drop(&mut self) {
        self.callers.fetch_sub(1, Ordering::AcqRel);
        if !self.has_reply {
            self.actor.do_send(CallerGone);
        }
    }
}

impl Inner {
    fn queue_length(&self) -> usize {
        self.settings.queue_length.min(Semaphore::MAX_PERMITS)
    }
}

/// The reply to wait for, and the actor that will send it.
type Enqueued<T> = (oneshot::Receiver<WriteResult<T>>, Addr<RecordListActor>);

struct Entry {
    account: AccountId,
    actor: Addr<RecordListActor>,
    is_sound: Arc<AtomicBool>,
    places: Arc<Semaphore>,
    last_used: Instant,
}

impl Registry {
    /// Starts a registry without actors, on its own threads: the threads of an HTTP server stop before their last
    /// requests have a response. Must be called within an actix system.
    pub fn start(store: Store, settings: RegistrySettings) -> Self {
        let arbiters = (0..settings.threads.max(1)).map(|_| Arbiter::new()).collect();
        let new_lists = NewLists::new(settings.queue_length, settings.new_lists_at_once);
        Self {
            inner: Arc::new(Inner {
                store,
                saved_responses: SavedResponses::new(settings.saved_response_bytes),
                settings,
                arbiters,
                next_arbiter: AtomicUsize::new(0),
                entries: Mutex::default(),
                keys: Keys::default(),
                accepting: AtomicBool::new(true),
                waiting_callers: AtomicUsize::new(0),
                new_lists,
            }),
        }
    }

    /// Lets the threads of the actors take part in the heartbeat.
    pub fn join(&self, heartbeat: &Heartbeat) {
        for arbiter in &self.inner.arbiters {
            let heartbeat = heartbeat.clone();
            arbiter.spawn_fn(move || heartbeat.join());
        }
    }

    /// Carries out a write to a list when its turn comes. Other writes that are waiting for the list may share its
    /// transaction. `room` is what the request occupies, until the write has ended even if its caller goes away.
    ///
    /// If the future is dropped before the write's turn, nothing is done.
    pub async fn write<W: ListWrite>(
        &self,
        list: &ListKey,
        write: W,
        once: Option<Once<W::Output>>,
        room: Room,
    ) -> Result<Written<W::Output>, CommandError> {
        let asked_before = once.as_ref().map(|once| FindSavedResponse::to(list, once));
        let once = self.look_for_room_to_save(&list.account, once).await?;
        match (self.submit(list, Keyed { write, once }, room).await, asked_before) {
            // The key outlives its list: a repeated request gets the outcome of the first.
            (Err(CommandError::ListNotFound), Some(find)) => {
                let result = self.inner.store.read(find).await?;
                result.map(Written::Before).ok_or(CommandError::ListNotFound)
            }
            (written, _) => written,
        }
    }

    async fn submit<W: ListWrite>(&self, list: &ListKey, write: Keyed<W>, room: Room) -> WriteResult<W::Output> {
        self.check_accepting()?;
        self.check_owner(list).await?;
        let (result, actor) = self.enqueue(list, write, room)?;
        let mut caller = WaitingCaller::of(actor, &self.inner.waiting_callers);
        // If this future is dropped here, the receiver is dropped before `caller`, so the actor finds the command
        // abandoned.
        let result = result.await;
        caller.has_reply = true;
        result.unwrap_or(Err(CommandError::Overloaded))
    }

    /// Carries out a write to an account. `room` is what the request occupies.
    ///
    /// If the future is dropped before the write's turn, nothing is done.
    pub async fn write_to_account<W: AccountWrite>(
        &self,
        account: AccountId,
        write: W,
        once: Option<Once<W::Output>>,
        room: Room,
    ) -> Result<Written<W::Output>, CommandError> {
        self.check_accepting()?;
        let scope = ListKey::outside_lists(account.clone());
        let once = self.look_for_room_to_save(&account, once).await?;
        let key = self.take_key(&scope, once.as_ref())?;
        let inner = &self.inner;
        let patience = inner.settings.queue_timeout;
        inner
            .new_lists
            .write(&inner.store, account, write, once, (key, room), patience)
            .await
    }

    /// How many callers are waiting for a reply from the actor of their list. A caller that has gone away is not
    /// counted.
    pub fn waiting_callers(&self) -> usize {
        self.inner.waiting_callers.load(Ordering::Acquire)
    }

    /// The load of the transactions that lists share.
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

    /// Stops the actors of lists that have had no command for [`RegistrySettings::idle_timeout`].
    pub fn stop_idle(&self) {
        let Some(idle_since) = Instant::now().checked_sub(self.inner.settings.idle_timeout) else {
            return;
        };
        let all_places = self.inner.queue_length();
        // Places are taken only under this lock: a list whose places are all free has no command, and gets none before
        // its entry is removed.
        self.entries().retain(|_, entry| {
            let is_idle = entry.last_used <= idle_since && entry.places.available_permits() == all_places;
            if is_idle {
                entry.actor.do_send(Stop);
            }
            !is_idle
        });
    }

    /// Accepts no more commands. Those that were accepted continue.
    pub fn stop_accepting(&self) {
        self.inner.accepting.store(false, Ordering::Release);
    }

    /// Stops the threads of the actors. Callers that are still waiting learn that nothing was done.
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

    /// Ensures that only the owner of a list can cause it to have an actor or a queue.
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

    /// Notes whether the account has room for the response of a write with a key, and what it will occupy.
    async fn look_for_room_to_save<T: 'static>(
        &self,
        account: &AccountId,
        once: Option<Once<T>>,
    ) -> Result<Option<Once<T>>, CommandError> {
        let Some(Once { render, key, .. }) = &once else {
            return Ok(once);
        };
        let inner = &self.inner;
        let verdict = match inner.saved_responses.verdict(account) {
            Verdict::Unknown => {
                match inner.store.read(SavedBytes(account.clone())).await {
                    Ok(bytes) => inner.saved_responses.note_found(account, bytes),
                    // If a server of several is down, the others go on; without a database, the write fails by itself.
                    Err(ReadError::Store(StoreError::Unavailable(_))) => Verdict::HasRoom,
                    Err(error) => return Err(error.into()),
                }
            }
            verdict => verdict,
        };
        let (render, account) = (Arc::clone(render), account.clone());
        let (saved_responses, of_key) = (inner.saved_responses.clone(), key.as_str().len());
        let render = move |output: &T| {
            let response = render(output);
            saved_responses.note_added(&account, response.len() + of_key);
            response
        };
        Ok(once.map(|once| Once {
            render: Arc::new(render),
            may_save: verdict == Verdict::HasRoom,
            ..once
        }))
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
            // The actor panicked; another takes its place.
            *entry = self.new_entry(list);
        }
        let place = Arc::clone(&entry.places)
            .try_acquire_owned()
            .map_err(|_| CommandError::Overloaded)?;
        let now = Instant::now();
        entry.last_used = now;
        let (reply, result) = Reply::new(Permits {
            _place: place,
            _room: room,
            _key: key,
        });
        entry.actor.do_send(Command(Waiting {
            job: Box::new(WriteJob::new(write, reply)),
            since: now,
            deadline: now + self.inner.settings.queue_timeout,
        }));
        Ok((result, entry.actor.clone()))
    }

    /// Takes the command's idempotency key, if it has one. If the key is in use already, the caller repeated the
    /// request too early.
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
        // The map is consistent between any two statements, so a panic elsewhere cannot leave it half changed.
        self.inner.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "registry_test.rs"]
mod tests;
