//! Writes to accounts, which create lists. The number that may wait and the number that run at once are limited.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::{error::CommandError, permits::keys::KeyInUse};
use crate::{
    domain::AccountId,
    shares::Room,
    store::{AccountWrite, Once, Store, StoreError, Written},
};

/// Limits on the lists that are being created.
pub(super) struct NewLists {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl NewLists {
    /// At most `places` writes may wait or run, and at most `at_once` of them may run at once.
    pub(super) fn new(places: usize, at_once: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(at_once.max(1))),
        }
    }

    /// Carries out the write when its turn comes. If the future is dropped before its turn, nothing is done.
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
        // In the caller's future: a caller that goes away before its turn leaves nothing behind.
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = timeout(patience, turn).await;
        let turn = turn.map_err(|_| CommandError::Overloaded)?;
        let turn = turn.map_err(|_| CommandError::ShuttingDown)?;
        let (reply, result) = oneshot::channel();
        let of_task = store.clone();
        // Not in the caller's future: the permits are released when the write ends, not when the caller goes away.
        store.spawn(async move {
            let made = of_task.write_to_account(account, write, once).await;
            drop((permits, place, turn));
            let _ = reply.send(made);
        });
        let lost = || StoreError::OutcomeUnknown("the task that had the list ended early".to_owned());
        Ok(result.await.map_err(|_| lost())??)
    }

    /// Ends the wait of everything that is still waiting, with [`CommandError::ShuttingDown`].
    pub(super) fn close(&self) {
        self.turns.close();
    }
}
