//! Which idempotency keys belong to commands that are not answered yet, in this process.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{domain::IdempotencyKey, record_list::error::CommandError, store::ListKey};

type Key = (ListKey, IdempotencyKey);

/// The keys in use. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<Mutex<HashSet<Key>>>);

/// A key that is in use until this is dropped.
pub(crate) struct KeyInUse {
    keys: Keys,
    key: Key,
}

impl Keys {
    /// Takes a key, if nobody has it.
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
        // The set is whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyInUse {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.key);
    }
}
