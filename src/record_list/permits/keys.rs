//! Idempotency keys in use: those of this process's commands that have no response yet.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{domain::IdempotencyKey, record_list::error::CommandError, store::ListKey};

type Key = (ListKey, IdempotencyKey);

/// The keys in use. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<Mutex<HashSet<Key>>>);

/// A key in use, until this is dropped.
pub(crate) struct KeyInUse {
    keys: Keys,
    key: Key,
}

impl Keys {
    /// Takes a key, if it is not in use.
    pub(crate) fn take(&self, scope: &ListKey, key: &IdempotencyKey) -> Result<KeyInUse, CommandError> {
        let key = (scope.clone(), key.clone());
        if self.lock().insert(key.clone()) {
            let keys = self.clone();
            Ok(KeyInUse { keys, key })
        } else {
            Err(CommandError::KeyInUse)
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Key>> {
        // The set is consistent between any two statements, so a panic elsewhere cannot leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyInUse {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.key);
    }
}
