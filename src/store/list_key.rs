//! Keys of lists and records. Every access to a list's rows starts from one.

use uuid::Uuid;

use crate::domain::{AccountId, RecordId, RecordListId};

/// A list of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListKey {
    /// The account that must own the list.
    pub account: AccountId,
    /// The list's id.
    pub id: RecordListId,
}

/// A record of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordKey {
    /// The list.
    pub list: ListKey,
    /// The record's id; `None` if the client sent something that is not an id and so matches no record.
    pub id: Option<RecordId>,
}

impl ListKey {
    /// The scope of the idempotency keys of writes that create a list.
    pub fn outside_lists(account: AccountId) -> Self {
        Self {
            account,
            id: RecordListId(Uuid::nil()),
        }
    }
}
