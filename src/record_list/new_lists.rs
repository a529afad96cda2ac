//! Writes to accounts, which create lists: so many may wait, and so many are under way at once.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::{
    error::CommandError,
    permits::{Room, keys::KeyInUse},
};
use crate::{
    domain::AccountId,
    store::{AccountWrite, Once, Store, StoreError, Written},
};

/// Bounds on lists that are being created.
pub(super) struct NewLists {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl NewLists {
    /// So many may wait or be under way, and so many be under way at once.
    pub(super) fn new(places: usize, at_once: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(at_once.max(1))),
        }
    }

    /// Carries out the write when its turn comes. When the future is dropped before its turn, nothing is done.
    pub(super) async fn write<W: AccountWrite>(
        &self,
        store: &Store,
        account: AccountId,
        write: W,
        once: Option<Once<W::Output>>,
        permits: (Option<KeyInUse>, Room),
        patience: Duration,
    ) -> Result<Written<W::Output>, CommandError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| CommandError::Overloaded)?;
        // In the caller's future: one that goes before its turn leaves nothing behind.
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = timeout(patience, turn).await;
        let turn = turn.map_err(|_| CommandError::Overloaded)?;
        let turn = turn.map_err(|_| CommandError::ShuttingDown)?;
        let (answer, answered) = oneshot::channel();
        let of_task = store.clone();
        // Not in the caller's future: what it occupies is free when the write is over, and not when the caller goes.
        store.spawn(async move {
            let made = of_task.write_to_account(account, write, once).await;
            drop((permits, place, turn));
            let _ = answer.send(made);
        });
        let lost = || StoreError::OutcomeUnknown("the task that had the list ended early".to_owned());
        Ok(answered.await.map_err(|_| lost())??)
    }

    /// Lets nothing that still waits have its turn.
    pub(super) fn close(&self) {
        self.turns.close();
    }
}
