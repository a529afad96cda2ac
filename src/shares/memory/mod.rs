//! Memory for the bodies of requests and of large responses, from their first byte to their last.
//!
//! Whoever finds no room waits a little: a client that is let in late is served with what it has sent, and one that is
//! refused has to send all of it again.

mod ledger;
mod room;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::timeout;

use self::ledger::{Granted, Ledger};
pub use self::room::Room;
use super::Refused;
use crate::domain::AccountId;

/// The maximum size of a small body, in bytes: every operation but the bulk create takes no larger ones.
pub const SMALL_BODY: usize = 256 * 1024;

/// How much memory bodies may occupy, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct MemorySettings {
    /// All of them together.
    pub total: usize,
    /// Those of one account.
    pub per_account: usize,
    /// The largest body that must fit if there are no others.
    pub largest: usize,
}

/// The memory for bodies. Clones share it.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Mutex<Ledger>>);

impl Memory {
    /// Nothing of it is used yet.
    pub fn new(settings: MemorySettings) -> Self {
        Self(Arc::new(Mutex::new(Ledger::new(settings))))
    }

    /// Reserves so many bytes for an account, as soon as its share and the memory have room and those of the account
    /// that came before have theirs. Small bodies do not wait for large ones. Fails if that takes too long.
    pub async fn reserve(&self, account: &AccountId, bytes: usize, patience: Duration) -> Result<Room, Refused> {
        let turn = {
            let mut ledger = self.ledger();
            if ledger.take_at_once(account, bytes) {
                return Ok(Room::new(self, account, bytes));
            }
            ledger.wait(account, bytes).ok_or(Refused::Account)?
        };
        // When this is dropped, the receiver of the turn is already.
        let leaving = Leaving(self, account);
        if let Ok(Ok(room)) = timeout(patience, turn).await {
            leaving.stay();
            return Ok(room);
        }
        let refused = self.ledger().lacks(account, bytes).unwrap_or(Refused::Account);
        drop(leaving);
        Err(refused)
    }

    /// How many bytes are occupied, and how many may be.
    pub fn load(&self) -> (usize, usize) {
        self.ledger().load()
    }

    /// How many bodies wait for room.
    pub fn waiting(&self) -> usize {
        self.ledger().waiting()
    }

    fn take(&self, account: &AccountId, bytes: usize) {
        self.ledger().take(account, bytes);
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Nothing panics while it is held, so the numbers agree.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, account: &AccountId, bytes: usize) {
        self.serve_after(|ledger| ledger.give_back(account, bytes));
    }

    /// Changes something, and serves those that have room then.
    fn serve_after(&self, change: impl FnOnce(&mut Ledger)) {
        let served = {
            let mut ledger = self.ledger();
            change(&mut ledger);
            ledger.serve()
        };
        for Granted { account, bytes, turn } in served {
            // If its caller has gone, this gives the room back.
            let _ = turn.send(Room::new(self, &account, bytes));
        }
    }
}

/// Whoever stops waiting leaves nothing in the queue, and lets those behind it pass.
struct Leaving<'a>(&'a Memory, &'a AccountId);

impl Leaving<'_> {
    /// It was served, and is in the queue no more.
    fn stay(self) {
        std::mem::forget(self);
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let Self(memory, account) = self;
        memory.serve_after(|ledger| ledger.forget_the_gone(account));
    }
}

#[cfg(test)]
#[path = "memory_test.rs"]
mod tests;
