//! Writes to accounts, which create lists. The number of an account that may wait is limited, and the number that run at
//! once; the accounts take turns.

use std::time::Duration;

use tokio::{
    sync::{oneshot, watch},
    time::timeout,
};

use super::{error::CommandError, permits::keys::KeyInUse};
use crate::{
    domain::AccountId,
    shares::{Gate, ONE_TURN, Places, Room},
    store::{AccountWrite, Once, Store, StoreError, Written},
};

/// Limits on the lists that are being created.
pub(super) struct NewLists {
    places: Places,
    turns: Gate<AccountId>,
    is_closed: watch::Sender<bool>,
}

impl NewLists {
    /// At most `places` writes of an account may wait or run, and at most `at_once` of all may run at once.
    pub(super) fn new(places: usize, at_once: usize) -> Self {
        Self {
            places: Places::new(places),
            turns: Gate::new(at_once),
            is_closed: watch::Sender::new(false),
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
        let place = self.places.take(&account).ok_or(CommandError::RateLimited)?;
        // In the caller's future: a caller that goes away before its turn leaves nothing behind.
        let mut is_closed = self.is_closed.subscribe();
        let turn = async {
            // Who waits for the database keeps none of those from their turn who need not.
            let pass = store.turn_to_write(&account).await?;
            Ok::<_, CommandError>((self.turns.pass(account.clone(), ONE_TURN).await, pass))
        };
        let turn = tokio::select! {
            biased;
            _ = is_closed.wait_for(|is_closed| *is_closed) => return Err(CommandError::ShuttingDown),
            turn = timeout(patience, turn) => turn,
        };
        let (turn, pass) = turn.map_err(|_| CommandError::Overloaded)??;
        let (reply, result) = oneshot::channel();
        let of_task = store.clone();
        // Not in the caller's future: the permits are released when the write ends, not when the caller goes away.
        store.spawn(async move {
            let made = of_task.write_in_turn(pass, account, write, once).await;
            drop((permits, place, turn));
            let _ = reply.send(made);
        });
        let lost = || StoreError::OutcomeUnknown("the task that had the list ended early".to_owned());
        Ok(result.await.map_err(|_| lost())??)
    }

    /// Ends the wait of everything that is still waiting, with [`CommandError::ShuttingDown`].
    pub(super) fn close(&self) {
        self.is_closed.send_replace(true);
    }
}
