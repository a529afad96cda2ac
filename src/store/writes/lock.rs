//! Locks as values: code that has one may change what it locks, until the transaction ends.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicI64, Ordering},
};

use sea_orm::{ActiveEnum, DbBackend, Statement};
use uuid::Uuid;

use super::statements::{self, CountChange, IfLocked};
use crate::{
    domain::{AccountId, Limits, RecordListId, UniqueIdentifierType},
    store::{
        engine::{row::Row, transaction::Transaction},
        error::{StoreError, WriteError},
        list_key::ListKey,
    },
};

/// A list that is locked until the end of the transaction. The only way to get this value is to take the lock. Code
/// that changes a list therefore cannot be called without the lock, and cannot change a list of another account.
pub struct LockedList<'t> {
    transaction: &'t Transaction,
    list: &'t ListKey,
    /// What writes need of the list's row, read under the lock.
    pub(crate) row: ListRow,
    /// What the transaction adds to the number of the list's records.
    added_records: AtomicI64,
    /// The same for the number of its deletions.
    added_deletions: AtomicI64,
    /// The limits that apply to the list.
    pub(crate) limits: Limits,
}

/// What writes need of a list's row.
pub(crate) struct ListRow {
    /// What identifies the list's records.
    pub(crate) unique_identifier_type: UniqueIdentifierType,
    /// The number of records before the transaction.
    records_count: i64,
    /// Whether the list is deleted and has no records any more.
    pub(crate) is_purged: bool,
}

impl ListRow {
    /// Reads what the statements that take locks return.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            unique_identifier_type: UniqueIdentifierType::try_from_value(&row.get(1)?)?,
            records_count: row.get(2)?,
            is_purged: row.get(3)?,
        })
    }
}

/// The lock on an account's lists, taken by writes that create a list.
pub struct LockedAccount<'t> {
    /// The transaction that has the lock.
    pub(crate) transaction: &'t Transaction,
    /// The account whose lists are locked.
    pub(crate) account: &'t AccountId,
    /// The limits that apply to the account.
    pub(crate) limits: Limits,
    /// How many lists the account has, if that is not to be counted under the lock.
    pub(crate) lists: Option<u64>,
}

impl<'t> LockedList<'t> {
    /// Waits for the lock on a list; [`WriteError::ListNotFound`] if the account has no such list.
    pub async fn take(transaction: &'t Transaction, list: &'t ListKey, limits: Limits) -> Result<Self, WriteError> {
        let row = transaction
            .row(statements::lock_list(transaction.backend(), list))
            .await?;
        let row = row.ok_or(WriteError::ListNotFound)?;
        Ok(Self::new(transaction, list, ListRow::read(&row)?, limits))
    }

    /// Locks those of the lists that are not locked elsewhere, on PostgreSQL, and returns them in the order given.
    pub async fn take_free(
        transaction: &'t Transaction,
        lists: &[&'t ListKey],
        limits: Limits,
    ) -> Result<Vec<Self>, WriteError> {
        let lock = statements::lock_free_lists(lists);
        let mut rows = HashMap::with_capacity(lists.len());
        for row in transaction.rows(lock).await? {
            let id: Uuid = row.get(0)?;
            rows.insert(id, ListRow::read(&row)?);
        }
        let locked = lists.iter().filter_map(|list| {
            let row = rows.remove(&list.id.0)?;
            Some(Self::new(transaction, list, row, limits))
        });
        Ok(locked.collect())
    }

    /// Locks a deleted list whose records are to be deleted; `None` if it is purged or another process has locked it.
    pub async fn take_deleted(transaction: &'t Transaction, list: &'t ListKey) -> Result<Option<Self>, WriteError> {
        let lock = statements::lock_deleted_list(transaction.backend(), list);
        Self::take_with(transaction, list, lock).await
    }

    /// Locks a list whose audit trail is to be shortened, even if it is deleted and purged; `None` if it is gone or
    /// skipped because someone else has locked it.
    pub async fn take_any(
        transaction: &'t Transaction,
        list: &'t ListKey,
        if_locked: IfLocked,
    ) -> Result<Option<Self>, WriteError> {
        let lock = statements::lock_any_list(transaction.backend(), list, if_locked);
        Self::take_with(transaction, list, lock).await
    }

    /// Takes the lock for work of the service itself, with a statement that may skip the list.
    async fn take_with(
        transaction: &'t Transaction,
        list: &'t ListKey,
        lock: Statement,
    ) -> Result<Option<Self>, WriteError> {
        let Some(row) = transaction.row(lock).await? else {
            return Ok(None);
        };
        // Such work adds nothing to a list, so the limits do not matter.
        let limits = Limits::default();
        Ok(Some(Self::new(transaction, list, ListRow::read(&row)?, limits)))
    }

    fn new(transaction: &'t Transaction, list: &'t ListKey, row: ListRow, limits: Limits) -> Self {
        Self {
            transaction,
            list,
            row,
            added_records: AtomicI64::new(0),
            added_deletions: AtomicI64::new(0),
            limits,
        }
    }

    /// Notes what a write of the transaction has added to the counts; either number may be negative.
    pub(crate) fn add_to_counts(&self, records: i64, deletions: i64) {
        self.added_records.fetch_add(records, Ordering::Relaxed);
        self.added_deletions.fetch_add(deletions, Ordering::Relaxed);
    }

    /// What the writes of the transaction have added to the counts.
    pub(super) fn count_change(&self) -> CountChange<'_> {
        CountChange {
            list: self,
            records: self.added_records.load(Ordering::Relaxed),
            deletions: self.added_deletions.load(Ordering::Relaxed),
        }
    }

    /// The number of records now, within the transaction.
    pub(crate) fn records_count(&self) -> u64 {
        let count = self
            .row
            .records_count
            .saturating_add(self.added_records.load(Ordering::Relaxed));
        u64::try_from(count).unwrap_or(0)
    }

    /// The transaction that has the lock.
    pub(crate) fn transaction(&self) -> &'t Transaction {
        self.transaction
    }

    /// The kind of database, which the statements depend on.
    pub fn backend(&self) -> DbBackend {
        self.transaction.backend()
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
        lists: Option<u64>,
    ) -> Result<Self, WriteError> {
        if transaction.backend() == DbBackend::Postgres {
            let lock = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                [account.as_str().into()],
            );
            transaction.execute(lock).await?;
        }
        Ok(Self {
            transaction,
            account,
            limits,
            lists,
        })
    }
}
