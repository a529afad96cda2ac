//! Memory for the bodies of requests, from their first byte to the reply.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Refused;
use crate::domain::AccountId;

/// The maximum size of a small body, in bytes: every operation but the bulk create takes no larger ones.
pub const SMALL_BODY: usize = 256 * 1024;

/// The part of the memory that is left to small bodies is one in so many.
const PART_FOR_SMALL: usize = 8;

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
pub struct Memory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: MemorySettings,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    total: usize,
    /// Of the accounts that use any.
    by_account: HashMap<AccountId, usize>,
}

impl Memory {
    /// Nothing of it is used yet.
    pub fn new(settings: MemorySettings) -> Self {
        let used = Mutex::default();
        Self(Arc::new(Inner { settings, used }))
    }

    /// Whether the account's share would have room for so many bytes now. Nothing is reserved.
    pub fn has_share(&self, account: &AccountId, bytes: usize) -> bool {
        bytes <= self.0.left_of_share(&self.0.used(), account)
    }

    /// Reserves so many bytes for a body of an account.
    pub fn reserve(&self, account: &AccountId, bytes: usize) -> Result<Room, Refused> {
        self.0.take(account, bytes, bytes)?;
        Ok(Room(Some(Reserved {
            memory: Arc::clone(&self.0),
            account: account.clone(),
            bytes,
        })))
    }
}

impl MemorySettings {
    /// What bodies of this size may fill. Large ones leave a part for small ones.
    fn for_bodies_of(&self, bytes: usize) -> usize {
        let for_small = (self.total / PART_FOR_SMALL).min(self.total.saturating_sub(self.largest));
        if bytes <= SMALL_BODY {
            self.total
        } else {
            self.total - for_small
        }
    }
}

impl Inner {
    fn used(&self) -> MutexGuard<'_, Used> {
        // Nothing panics while it is held, so the numbers agree.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes so many bytes more for a body of this size.
    fn take(&self, account: &AccountId, more: usize, size: usize) -> Result<(), Refused> {
        let mut used = self.used();
        if more > self.left_of_share(&used, account) {
            return Err(Refused::Account);
        }
        if more > self.settings.for_bodies_of(size).saturating_sub(used.total) {
            return Err(Refused::Process);
        }
        used.total += more;
        *used.by_account.entry(account.clone()).or_default() += more;
        Ok(())
    }

    fn left_of_share(&self, used: &Used, account: &AccountId) -> usize {
        let of_account = used.by_account.get(account).copied().unwrap_or_default();
        self.settings.per_account.saturating_sub(of_account)
    }

    fn give_back(&self, account: &AccountId, bytes: usize) {
        let mut used = self.used();
        used.total = used.total.saturating_sub(bytes);
        if let Some(of_account) = used.by_account.get_mut(account) {
            *of_account = of_account.saturating_sub(bytes);
            if *of_account == 0 {
                used.by_account.remove(account);
            }
        }
    }
}

/// The bytes that the body of one request occupies. They are given back when this is dropped.
#[derive(Debug)]
pub struct Room(Option<Reserved>);

#[derive(Debug)]
struct Reserved {
    memory: Arc<Inner>,
    account: AccountId,
    bytes: usize,
}

impl Room {
    /// The room of a request without a body.
    pub fn none() -> Self {
        Self(None)
    }

    /// Takes more, so that it has so many bytes.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Refused> {
        match &mut self.0 {
            Some(reserved) if bytes > reserved.bytes => {
                let more = bytes - reserved.bytes;
                reserved.memory.take(&reserved.account, more, bytes)?;
                reserved.bytes = bytes;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |reserved| reserved.bytes)
    }

    /// Gives back what exceeds so many bytes.
    pub fn shrink_to(&mut self, bytes: usize) {
        if let Some(reserved) = &mut self.0
            && bytes < reserved.bytes
        {
            reserved.memory.give_back(&reserved.account, reserved.bytes - bytes);
            reserved.bytes = bytes;
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.memory.give_back(&self.account, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn account(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    fn memory(total: usize, per_account: usize) -> Memory {
        Memory::new(MemorySettings {
            total,
            per_account,
            largest: 4 * MIB,
        })
    }

    #[test]
    fn an_account_has_its_share_and_no_more() {
        let memory = memory(64 * MIB, 16 * MIB);
        let (loud, quiet) = (account("loud"), account("quiet"));
        let mut rooms: Vec<Room> = (0..4).map(|_| memory.reserve(&loud, 4 * MIB).unwrap()).collect();
        assert_eq!(memory.reserve(&loud, 1).err(), Some(Refused::Account));
        memory.reserve(&quiet, 16 * MIB).unwrap();
        rooms[0].shrink_to(4 * MIB - 1);
        rooms[0].shrink_to(4 * MIB);
        let last = memory.reserve(&loud, 1).unwrap();
        assert_eq!(memory.reserve(&loud, 1).err(), Some(Refused::Account));
        rooms[1].shrink_to(MIB);
        assert_eq!(rooms[1].grow_to(4 * MIB + 1), Err(Refused::Account));
        assert_eq!((rooms[1].grow_to(4 * MIB), rooms[1].bytes()), (Ok(()), 4 * MIB));
        drop((rooms, last));
        assert!(memory.0.used().by_account.is_empty());
        assert_eq!(memory.0.used().total, 0);
    }

    #[test]
    fn large_bodies_leave_a_part_for_small_ones() {
        let memory = memory(64 * MIB, 64 * MIB);
        let (one, other) = (account("a"), account("b"));
        let rooms: Vec<Room> = (0..14).map(|_| memory.reserve(&one, 4 * MIB).unwrap()).collect();
        assert_eq!(memory.reserve(&other, SMALL_BODY + 1).err(), Some(Refused::Process));
        let small: Vec<Room> = (0..32).map(|_| memory.reserve(&other, SMALL_BODY).unwrap()).collect();
        assert_eq!(memory.reserve(&other, 1).err(), Some(Refused::Process));
        drop(small);
        assert_eq!(memory.reserve(&one, 4 * MIB).err(), Some(Refused::Process));
        drop(rooms);
        memory.reserve(&one, 4 * MIB).unwrap();
    }

    #[test]
    fn the_largest_body_fits_into_the_smallest_memory() {
        let memory = memory(4 * MIB, 4 * MIB);
        let room = memory.reserve(&account("a"), 4 * MIB).unwrap();
        assert_eq!(memory.reserve(&account("b"), 1).err(), Some(Refused::Process));
        drop(room);
        memory.reserve(&account("b"), 4 * MIB).unwrap();
    }
}
