//! Locks as values: who has one may change what it locks, until the transaction ends.

use std::collections::HashMap;

use entity::record_list;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement};

use super::statements;
use crate::{
    domain::{AccountId, Limits, RecordListId},
    store::{error::WriteError, list_key::ListKey},
};

/// A list that is locked until the end of the transaction. Only taking the lock makes one, so that what changes a list
/// cannot be called without it, and nothing of another account's list can be changed.
pub struct LockedList<'t> {
    transaction: &'t DatabaseTransaction,
    list: &'t ListKey,
    /// The list as it is under the lock.
    pub(crate) row: record_list::Model,
    /// What the list may hold.
    pub(crate) limits: Limits,
}

/// The lock of an account's lists, taken by those who create one.
pub struct LockedAccount<'t> {
    /// The transaction that has the lock.
    pub(crate) transaction: &'t DatabaseTransaction,
    /// Whose lists are locked.
    pub(crate) account: &'t AccountId,
    /// What the account may have.
    pub(crate) limits: Limits,
}

impl<'t> LockedList<'t> {
    /// Waits for the lock of a list that the account has.
    pub(crate) async fn take(
        transaction: &'t DatabaseTransaction,
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

    /// Takes the locks of those lists that nobody else has locked, in the order given.
    pub async fn take_free(
        transaction: &'t DatabaseTransaction,
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

    /// Takes the lock of a deleted list for whoever deletes its rows; `None` where it is gone, or another process has it.
    pub async fn take_deleted(
        transaction: &'t DatabaseTransaction,
        list: &'t ListKey,
    ) -> Result<Option<Self>, WriteError> {
        let lock = statements::lock_deleted_list(transaction.get_database_backend(), list);
        let Some(row) = transaction.query_one_raw(lock).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            transaction,
            list,
            row: record_list::Model::from_query_result(&row, "")?,
            // Nothing is added to it any more.
            limits: Limits::default(),
        }))
    }

    /// The transaction that has the lock.
    pub(crate) fn transaction(&self) -> &'t DatabaseTransaction {
        self.transaction
    }

    /// The database's kind, for which statements are made.
    pub fn backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    /// The list, as its owner names it.
    pub fn list(&self) -> &'t ListKey {
        self.list
    }

    /// The list's id.
    pub(crate) fn id(&self) -> RecordListId {
        self.list.id
    }
}

impl<'t> LockedAccount<'t> {
    /// Waits for the lock. Two lists of one account that are made at once must see each other, or both would pass the
    /// limit; on SQLite there is one writer.
    pub(crate) async fn take(
        transaction: &'t DatabaseTransaction,
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
