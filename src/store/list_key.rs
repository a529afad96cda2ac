//! What everything that touches a list's rows starts from.

use uuid::Uuid;

use crate::domain::{AccountId, RecordId, RecordListId};

/// A list as its owner names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListKey {
    /// Who asks.
    pub account: AccountId,
    /// Which list.
    pub id: RecordListId,
}

/// A record as its list's owner names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordKey {
    /// The list.
    pub list: ListKey,
    /// Which of its records; `None` when what was sent is no id and so names none.
    pub id: Option<RecordId>,
}

impl ListKey {
    /// The scope of keys of writes that are to no list: those that make one.
    pub fn outside_lists(account: AccountId) -> Self {
        Self {
            account,
            id: RecordListId(Uuid::nil()),
        }
    }
}
