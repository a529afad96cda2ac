//! Who occupies how much, and who waits.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;

use super::{MemorySettings, Room, SMALL_BODY};
use crate::{domain::AccountId, shares::Refused};

/// The part of the memory that is left to small bodies is one in so many.
const PART_FOR_SMALL: usize = 8;

/// How many of an account may wait at once: each holds a connection and the first bytes of a body.
const MAX_WAITING: usize = 1_024;

/// The state of the memory.
#[derive(Debug)]
pub(super) struct Ledger {
    settings: MemorySettings,
    total: usize,
    /// Those that occupy some or wait.
    accounts: HashMap<AccountId, Account>,
    /// Those that wait, in the order of their turns.
    order: VecDeque<AccountId>,
    /// Whether a large body waits for memory, and not for the share of its account. Later ones do not overtake it.
    is_large_next: bool,
}

#[derive(Debug, Default)]
struct Account {
    bytes: usize,
    small: VecDeque<Waiting>,
    large: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    bytes: usize,
    turn: oneshot::Sender<Room>,
}

/// Room that was taken for one that waited, and is to be given to it.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) account: AccountId,
    pub(super) bytes: usize,
    pub(super) turn: oneshot::Sender<Room>,
}

impl Account {
    fn waits(&self) -> bool {
        !(self.small.is_empty() && self.large.is_empty())
    }

    /// Whether somebody waits whose turn comes before that of so many bytes.
    fn waits_before(&self, bytes: usize) -> bool {
        !self.small.is_empty() || (bytes > SMALL_BODY && !self.large.is_empty())
    }

    /// Those that wait of the size whose turn it is.
    fn next(&mut self) -> &mut VecDeque<Waiting> {
        if self.small.is_empty() {
            &mut self.large
        } else {
            &mut self.small
        }
    }
}

impl Ledger {
    /// How many bytes are occupied, and how many may be.
    pub(super) fn load(&self) -> (usize, usize) {
        (self.total, self.settings.total)
    }

    /// How many bodies wait.
    pub(super) fn waiting(&self) -> usize {
        let waiting = self
            .accounts
            .values()
            .map(|account| account.small.len() + account.large.len());
        waiting.sum()
    }

    pub(super) fn new(settings: MemorySettings) -> Self {
        Self {
            settings,
            total: 0,
            accounts: HashMap::new(),
            order: VecDeque::new(),
            is_large_next: false,
        }
    }

    /// Takes so many bytes if there is room and nobody waits for it whose turn is before.
    pub(super) fn take_at_once(&mut self, account: &AccountId, bytes: usize) -> bool {
        let is_behind = (bytes > SMALL_BODY && self.is_large_next)
            || self.accounts.get(account).is_some_and(|of| of.waits_before(bytes));
        let can = !is_behind && self.lacks(account, bytes).is_none();
        if can {
            self.take(account, bytes);
        }
        can
    }

    /// Takes so many bytes, whether there is room or not.
    pub(super) fn take(&mut self, account: &AccountId, bytes: usize) {
        self.total += bytes;
        self.accounts.entry(account.clone()).or_default().bytes += bytes;
    }

    /// What has no room for so many bytes, if there is no room.
    pub(super) fn lacks(&self, account: &AccountId, bytes: usize) -> Option<Refused> {
        let of_account = self.accounts.get(account).map_or(0, |account| account.bytes);
        if bytes > self.settings.per_account.saturating_sub(of_account) {
            Some(Refused::Account)
        } else if bytes > self.for_bodies_of(bytes).saturating_sub(self.total) {
            Some(Refused::Process)
        } else {
            None
        }
    }

    /// What bodies of this size may fill. Large ones leave a part for small ones.
    fn for_bodies_of(&self, bytes: usize) -> usize {
        let MemorySettings { total, largest, .. } = self.settings;
        let for_small = (total / PART_FOR_SMALL).min(total.saturating_sub(largest));
        if bytes <= SMALL_BODY { total } else { total - for_small }
    }

    /// Waits for the turn of so many bytes, unless too many of the account wait already.
    pub(super) fn wait(&mut self, account: &AccountId, bytes: usize) -> Option<oneshot::Receiver<Room>> {
        let (turn, receiver) = oneshot::channel();
        let of_account = self.accounts.entry(account.clone()).or_default();
        if of_account.small.len() + of_account.large.len() >= MAX_WAITING {
            return None;
        }
        if !of_account.waits() {
            self.order.push_back(account.clone());
        }
        let waiting = Waiting { bytes, turn };
        if bytes <= SMALL_BODY {
            of_account.small.push_back(waiting);
        } else {
            of_account.large.push_back(waiting);
            self.is_large_next |= self.lacks(account, bytes) == Some(Refused::Process);
        }
        Some(receiver)
    }

    /// Gives so many bytes back.
    pub(super) fn give_back(&mut self, account: &AccountId, bytes: usize) {
        self.total = self.total.saturating_sub(bytes);
        if let Some(of_account) = self.accounts.get_mut(account) {
            of_account.bytes = of_account.bytes.saturating_sub(bytes);
            self.clear(account);
        }
    }

    /// Takes what those get that wait and have room now. The accounts take turns.
    pub(super) fn serve(&mut self) -> Vec<Granted> {
        let mut granted = Vec::new();
        let mut without_room = 0;
        self.is_large_next = false;
        while without_room < self.order.len()
            && let Some(account) = self.order.pop_front()
        {
            match self.next_of(&account) {
                Some(next) => {
                    granted.push(next);
                    without_room = 0;
                }
                None => without_room += 1,
            }
            if self.accounts.get(&account).is_some_and(Account::waits) {
                self.order.push_back(account);
            } else {
                self.clear(&account);
            }
        }
        granted
    }

    /// Serves the one of the account whose turn it is, if there is room.
    fn next_of(&mut self, account: &AccountId) -> Option<Granted> {
        let bytes = self.accounts.get_mut(account)?.next().front()?.bytes;
        if bytes > SMALL_BODY && self.is_large_next {
            return None;
        }
        if let Some(refused) = self.lacks(account, bytes) {
            self.is_large_next |= bytes > SMALL_BODY && refused == Refused::Process;
            return None;
        }
        let Waiting { turn, .. } = self.accounts.get_mut(account)?.next().pop_front()?;
        self.take(account, bytes);
        Some(Granted {
            account: account.clone(),
            bytes,
            turn,
        })
    }

    /// Removes those of the account that wait no more.
    pub(super) fn forget_the_gone(&mut self, account: &AccountId) {
        if let Some(of_account) = self.accounts.get_mut(account) {
            of_account.small.retain(|waiting| !waiting.turn.is_closed());
            of_account.large.retain(|waiting| !waiting.turn.is_closed());
            if !of_account.waits() {
                self.order.retain(|waiting| waiting != account);
                self.clear(account);
            }
        }
    }

    /// Forgets the account if it neither occupies anything nor waits.
    fn clear(&mut self, account: &AccountId) {
        if self
            .accounts
            .get(account)
            .is_some_and(|of| of.bytes == 0 && !of.waits())
        {
            self.accounts.remove(account);
        }
    }
}

#[cfg(test)]
impl Ledger {
    /// Whether nobody occupies anything or waits.
    pub(super) fn is_untouched(&self) -> bool {
        self.total == 0 && self.accounts.is_empty() && self.order.is_empty()
    }
}
