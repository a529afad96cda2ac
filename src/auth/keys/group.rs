//! Keys that come and go together.

use super::{key::Key, remark::KeyRemark};

/// The configured keys, or those that a provider publishes, and what an operator should know about them.
#[derive(Default)]
pub(in crate::auth) struct KeyGroup {
    pub(super) keys: Vec<Key>,
    pub(super) remarks: Vec<KeyRemark>,
}

impl KeyGroup {
    /// Whether both have the same keys, in the same order, and there is nothing else to say about them.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let is_same = |(key, other): (&Key, &Key)| key.is_same_as(other);
        self.keys.len() == other.keys.len()
            && self.keys.iter().zip(&other.keys).all(is_same)
            && self.remarks == other.remarks
    }
}
