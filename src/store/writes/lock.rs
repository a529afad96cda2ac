//! Locks as values: code that has one may change what it locks, until the transaction ends.

use std::collections::HashMap;

use entity::record_list;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use super::statements::{self, IfLocked};
use crate::{
    domain::{AccountId, Limits, RecordListId},
    store::{engine::transaction::Transaction, error::WriteError, list_key::ListKey},
};

/// A list that is locked until the end of the transaction. The only way to get this value is to take the lock. Code
/// that changes a list therefore cannot be called without the lock, and cannot change a list of another account.
pub struct LockedList<'t> {
    transaction: &'t Transaction,
    list: &'t ListKey,
    /// The list's row, read under the lock.
    pub(crate) row: record_list::Model,
    /// The limits that apply to the list.
    pub(crate) limits: Limits,
}

/// The lock on an account's lists, taken by writes that create a list.
pub struct LockedAccount<'t> {
    /// The transaction that has the lock.
    pub(crate) transaction: &'t Transaction,
    /// The account whose lists are locked.
    pub(crate) account: &'t AccountId,
    /// The limits that apply to the account.
    pub(crate) limits: Limits,
}

impl<'t> LockedList<'t> {
    /// Waits for the lock on a list; [`WriteError::ListNotFound`] if the account has no such list.
    pub(crate) async fn take(
        transaction: &'t Transaction,
        list: &'t ListKey,
        limits: Limits,
    ) -> Result<Self, WriteError> {
        let lock = statements::lock_list(transaction.get_database_backend(), list);
        let row = transaction.query_one_raw(lock).await?;
        let row = row.ok_or(WriteError::ListNotFound)?;
        Ok(Self {
            transaction,
            list,
            row: record_list::Model::from_query_result(&row, "")?,
            limits,
        })
    }

    /// Locks those of the lists that are not locked elsewhere, and returns them in the order given.
    pub async fn take_free(
        transaction: &'t Transaction,
        lists: &[&'t ListKey],
        limits: Limits,
    ) -> Result<Vec<Self>, WriteError> {
        let lock = statements::lock_free_lists(transaction.get_database_backend(), lists);
        let mut rows = HashMap::with_capacity(lists.len());
        for row in transaction.query_all_raw(lock).await? {
            let row = record_list::Model::from_query_result(&row, "")?;
            rows.insert(row.id, row);
        }
        let locked = lists.iter().filter_map(|list| {
            Some(Self {
                transaction,
                list,
                row: rows.remove(&list.id.0)?,
                limits,
            })
        });
        Ok(locked.collect())
    }

    /// Locks a deleted list whose records are to be deleted; `None` if it is purged or another process has locked it.
    pub async fn take_deleted(transaction: &'t Transaction, list: &'t ListKey) -> Result<Option<Self>, WriteError> {
        let lock = statements::lock_deleted_list(transaction.get_database_backend(), list);
        Self::take_with(transaction, list, lock).await
    }

    /// Locks a list whose audit trail is to be shortened, even if it is deleted and purged; `None` if it is gone or
    /// skipped because someone else has locked it.
    pub async fn take_any(
        transaction: &'t Transaction,
        list: &'t ListKey,
        if_locked: IfLocked,
    ) -> Result<Option<Self>, WriteError> {
        let lock = statements::lock_any_list(transaction.get_database_backend(), list, if_locked);
        Self::take_with(transaction, list, lock).await
    }

    /// Takes the lock for work of the service itself, with a statement that may skip the list.
    async fn take_with(
        transaction: &'t Transaction,
        list: &'t ListKey,
        lock: Statement,
    ) -> Result<Option<Self>, WriteError> {
        let Some(row) = transaction.query_one_raw(lock).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            transaction,
            list,
            row: record_list::Model::from_query_result(&row, "")?,
            // Such work adds nothing to a list, so the limits do not matter.
            limits: Limits::default(),
        }))
    }

    /// The transaction that has the lock.
    pub(crate) fn transaction(&self) -> &'t Transaction {
        self.transaction
    }

    /// The kind of database, which the statements depend on.
    pub fn backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    /// The list's key.
    pub fn list(&self) -> &'t ListKey {
        self.list
    }

    /// The list's id.
    pub(crate) fn id(&self) -> RecordListId {
        self.list.id
    }
}

impl<'t> LockedAccount<'t> {
    /// Waits for the lock. Without it, two transactions that create lists of one account would not see each other, and
    /// both would pass the limit. SQLite needs no lock, because it has one writer.
    pub(crate) async fn take(
        transaction: &'t Transaction,
        account: &'t AccountId,
        limits: Limits,
    ) -> Result<Self, WriteError> {
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                [account.as_str().into()],
            );
            transaction.execute_raw(lock).await?;
        }
        Ok(Self {
            transaction,
            account,
            limits,
        })
    }
}
