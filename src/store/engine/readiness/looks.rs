//! What is known about the database: what the last look at it found, and what reads and writes met since.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::NotReady;
use crate::store::error::StoreError;

/// How long the result of a look is used.
const KEPT: Duration = Duration::from_secs(1);

/// What is known. Until the database is prepared, that is why it is not.
pub(crate) struct Looks {
    known: Mutex<Known>,
    is_prepared: AtomicBool,
    /// How long it counts that a read or a write met damage.
    damage_counts: Duration,
    /// Which database it is, for the log.
    database: String,
    /// Held by who looks: others wait for the result.
    looking: tokio::sync::Mutex<()>,
}

struct Known {
    preparation: Result<(), NotReady>,
    last: Option<(Instant, Result<(), NotReady>)>,
    committed: Option<Instant>,
    is_full: bool,
    damaged: Option<Instant>,
}

impl Looks {
    /// `database` names the database in the log.
    pub(crate) fn new(database: String, damage_counts: Duration) -> Self {
        let preparation = Err(NotReady::Away("it is not prepared yet".to_owned()));
        Self {
            known: Mutex::new(Known {
                preparation,
                last: None,
                committed: None,
                is_full: false,
                damaged: None,
            }),
            is_prepared: AtomicBool::new(false),
            damage_counts,
            database,
            looking: tokio::sync::Mutex::default(),
        }
    }

    fn with<T>(&self, access: impl FnOnce(&mut Known) -> T) -> T {
        access(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes whether the database could be prepared for this program.
    pub(crate) fn note_preparation(&self, result: Result<(), NotReady>) {
        self.is_prepared.store(result.is_ok(), Ordering::Release);
        self.with(|known| {
            known.preparation = result;
            known.last = None;
        });
    }

    /// Whether the database is prepared: its schema is that of this program.
    pub(crate) fn is_prepared(&self) -> bool {
        self.is_prepared.load(Ordering::Acquire)
    }

    /// Notes what became of a write.
    pub(crate) fn note_write(&self, error: Option<&StoreError>) {
        self.with(|known| match error {
            None => {
                known.committed = Some(Instant::now());
                known.is_full = false;
            }
            Some(error) => known.note(error),
        });
    }

    /// Notes why a read failed.
    pub(crate) fn note_failed_read(&self, error: &StoreError) {
        self.with(|known| known.note(error));
    }

    /// Whether a write was committed so lately that nobody needs to try.
    pub(crate) fn is_writing(&self) -> bool {
        let committed = self.with(|known| known.committed);
        committed.is_some_and(|committed| committed.elapsed() < KEPT)
    }

    /// Whether the disk was full for the last write that needed space.
    pub(crate) fn is_full(&self) -> bool {
        self.with(|known| known.is_full)
    }

    /// Notes that the disk has space again.
    pub(crate) fn note_space(&self) {
        self.with(|known| known.is_full = false);
    }

    /// The result of the last look if it is fresh, and else that of a new one by `look`. Says in the log when it changes.
    pub(crate) async fn readiness(&self, look: impl Future<Output = Result<(), NotReady>>) -> Result<(), NotReady> {
        let _looking = self.looking.lock().await;
        if let Some(result) = self.with(|known| known.fresh()) {
            return result;
        }
        let result = match self.with(|known| known.lasting(self.damage_counts)) {
            Err(error) => Err(error),
            Ok(()) => look.await,
        };
        let before = self.with(|known| known.last.replace((Instant::now(), result.clone())));
        match (before, &result) {
            (Some((_, Err(_))), Ok(())) => tracing::info!(database = self.database, "the database can be used again"),
            (Some((_, Ok(()))), Err(error)) => {
                tracing::warn!(database = self.database, %error, "the database cannot be used")
            }
            _ => {}
        }
        result
    }
}

impl Known {
    fn note(&mut self, error: &StoreError) {
        match error {
            StoreError::Full => self.is_full = true,
            StoreError::Damaged(_) => self.damaged = Some(Instant::now()),
            StoreError::Unavailable(_)
            | StoreError::Unsupported(_)
            | StoreError::ReadOnly
            | StoreError::OutcomeUnknown(_) => {}
            StoreError::Blocked(_) | StoreError::Overloaded | StoreError::Data(_) | StoreError::Bug(_) => return,
        }
        self.committed = None;
        if let Some((at, Ok(()))) = self.last {
            // Not fresh any more, but known for the log.
            self.last = at.checked_sub(KEPT).map(|old| (old, Ok(())));
        }
    }

    fn fresh(&self) -> Option<Result<(), NotReady>> {
        let (at, result) = self.last.as_ref()?;
        (at.elapsed() < KEPT).then(|| result.clone())
    }

    /// What no look can change.
    fn lasting(&self, damage_counts: Duration) -> Result<(), NotReady> {
        self.preparation.clone()?;
        match self.damaged {
            Some(at) if at.elapsed() < damage_counts => Err(NotReady::Damaged),
            _ => Ok(()),
        }
    }
}
