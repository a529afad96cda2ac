//! The SQL statements that take locks and look for traces. Each has its own function, so that tests can check the query
//! plan of exactly what runs.

use entity::{operation, record, record_list};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Statement,
    sea_query::{LockBehavior, LockType},
};
use uuid::Uuid;

use crate::{
    domain::{RecordId, RecordListId},
    store::{
        bind::{hexadecimal, json_text},
        list_key::ListKey,
    },
};

/// Reads the list's row and, on PostgreSQL, locks it against every other writer of the list until the end of the
/// transaction.
///
/// The lock is a statement of its own. A larger statement that waits for the lock would continue with its snapshot from
/// before the wait, and miss what the other writer committed.
pub fn lock_list(backend: DbBackend, list: &ListKey) -> Statement {
    let mut select = record_list::Entity::find_by_id(list.id.0)
        .filter(record_list::Column::AccountId.eq(list.account.as_str()))
        .filter(record_list::Column::DeletedAt.is_null());
    if backend == DbBackend::Postgres {
        // SQLite has one writer, which locks the whole database with BEGIN IMMEDIATE.
        select = select.lock(LockType::NoKeyUpdate);
    }
    select.build(backend)
}

/// Reads the row of a deleted list that is not purged and, on PostgreSQL, locks it until the end of the transaction. A
/// list that another process has locked is skipped.
pub fn lock_deleted_list(backend: DbBackend, list: &ListKey) -> Statement {
    let mut select = record_list::Entity::find_by_id(list.id.0)
        .filter(record_list::Column::AccountId.eq(list.account.as_str()))
        .filter(record_list::Column::DeletedAt.is_not_null())
        .filter(record_list::Column::PurgedAt.is_null());
    if backend == DbBackend::Postgres {
        select = select.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
    }
    select.build(backend)
}

/// What to do on PostgreSQL if someone else has locked the list. On SQLite, who writes has locked the whole database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfLocked {
    /// Return no row.
    Skip,
    /// Wait as long as the transaction's time limit for locks allows.
    Wait,
}

/// Reads the row of a list, which may be deleted and purged, and, on PostgreSQL, locks it until the end of the
/// transaction.
pub fn lock_any_list(backend: DbBackend, list: &ListKey, if_locked: IfLocked) -> Statement {
    let select =
        record_list::Entity::find_by_id(list.id.0).filter(record_list::Column::AccountId.eq(list.account.as_str()));
    let select = match (backend, if_locked) {
        (DbBackend::Postgres, IfLocked::Skip) => {
            select.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        }
        (DbBackend::Postgres, IfLocked::Wait) => select.lock(LockType::NoKeyUpdate),
        _ => select,
    };
    select.build(backend)
}

/// Reads the lists' rows and, on PostgreSQL, locks them until the end of the transaction. Lists that are locked
/// elsewhere or that the account does not have are skipped.
pub fn lock_free_lists(backend: DbBackend, lists: &[&ListKey]) -> Statement {
    match backend {
        DbBackend::Postgres => {
            let (ids, accounts): (Vec<Uuid>, Vec<String>) = lists
                .iter()
                .map(|list| (list.id.0, list.account.as_str().to_owned()))
                .unzip();
            Statement::from_sql_and_values(
                backend,
                "SELECT free.* FROM unnest($1::uuid[], $2::text[]) AS wanted(id, account) CROSS JOIN LATERAL \
                 (SELECT * FROM record_list WHERE id = wanted.id AND account_id = wanted.account AND deleted_at IS NULL \
                 FOR NO KEY UPDATE SKIP LOCKED) AS free",
                [ids.into(), accounts.into()],
            )
        }
        _ => {
            let pairs = lists.iter().map(|list| (hexadecimal(list.id.0), list.account.as_str()));
            Statement::from_sql_and_values(
                backend,
                "SELECT record_list.* FROM json_each(?1) AS wanted CROSS JOIN record_list \
                 ON record_list.id = unhex(wanted.value ->> 0) AND account_id = wanted.value ->> 1 AND deleted_at IS NULL",
                [json_text(pairs).into()],
            )
        }
    }
}

/// Checks whether a deletion is in the audit trail. Returns one row, or none.
pub fn find_operation(backend: DbBackend, list: RecordListId, id: Uuid) -> Statement {
    operation::Entity::find_by_id((list.0, id))
        .select_only()
        .column(operation::Column::Id)
        .build(backend)
}

/// Checks whether a record exists. Returns one row, or none.
pub fn find_record(backend: DbBackend, list: RecordListId, id: RecordId) -> Statement {
    record::Entity::find_by_id((list.0, id.0))
        .select_only()
        .column(record::Column::Id)
        .build(backend)
}

/// Checks whether a list exists, in any account; it may be deleted. Returns one row, or none.
pub fn find_list(backend: DbBackend, id: RecordListId) -> Statement {
    record_list::Entity::find_by_id(id.0)
        .select_only()
        .column(record_list::Column::Id)
        .build(backend)
}
