//! Room: the bytes that a request occupies.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::Memory;
use crate::domain::AccountId;

/// The bytes that the body of a request or a response occupies. Clones share them; they are given back when the last
/// one is dropped.
#[derive(Clone, Debug)]
pub struct Room(Option<Arc<Reserved>>);

#[derive(Debug)]
struct Reserved {
    memory: Memory,
    account: AccountId,
    bytes: AtomicUsize,
}

impl Room {
    /// The room of a request without a body.
    pub fn none() -> Self {
        Self(None)
    }

    /// Bytes that were taken for the account.
    pub(super) fn new(memory: &Memory, account: &AccountId, bytes: usize) -> Self {
        Self(Some(Arc::new(Reserved {
            memory: memory.clone(),
            account: account.clone(),
            bytes: AtomicUsize::new(bytes),
        })))
    }

    /// Occupies so many bytes from now on. More of them are taken without asking: they are there already.
    pub fn resize(&self, bytes: usize) {
        if let Some(reserved) = &self.0 {
            let before = reserved.bytes.swap(bytes, Ordering::AcqRel);
            if before > bytes {
                reserved.memory.give_back(&reserved.account, before - bytes);
            } else if bytes > before {
                reserved.memory.take(&reserved.account, bytes - before);
            }
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let bytes = *self.bytes.get_mut();
        if bytes > 0 {
            self.memory.give_back(&self.account, bytes);
        }
    }
}
