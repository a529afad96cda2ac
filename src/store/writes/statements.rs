//! The SQL statements that take locks, count and look for traces. Each has its own function, so that tests can check the query
//! plan of exactly what runs.

use entity::{operation, record, record_list};
use sea_orm::{DbBackend, EntityTrait, QuerySelect, QueryTrait, Statement};
use uuid::Uuid;

use crate::{
    domain::{RecordId, RecordListId},
    store::{list_key::ListKey, writes::lock::LockedList},
};

/// The statement that reads what writes need of a list's row, with these conditions and clauses more.
macro_rules! select_list {
    ($more:literal) => {
        concat!(
            "SELECT id, unique_identifier_type, records_count, purged_at IS NOT NULL FROM record_list \
             WHERE id = $1 AND account_id = $2 ",
            $more
        )
    };
}

/// Reads the list's row and, on PostgreSQL, locks it against every other writer of the list until the end of the
/// transaction. Returns `id`, `unique_identifier_type`, `records_count` and whether the list is purged, as the other
/// statements that take locks do.
///
/// The lock is a statement of its own. A larger statement that waits for the lock would continue with its snapshot from
/// before the wait, and miss what the other writer committed.
pub fn lock_list(backend: DbBackend, list: &ListKey) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => select_list!("AND deleted_at IS NULL FOR NO KEY UPDATE"),
        // SQLite has one writer, which locks the whole database with BEGIN IMMEDIATE.
        _ => select_list!("AND deleted_at IS NULL"),
    };
    of_list(backend, sql, list)
}

/// Reads the row of a deleted list that is not purged and, on PostgreSQL, locks it until the end of the transaction. A
/// list that another process has locked is skipped.
pub fn lock_deleted_list(backend: DbBackend, list: &ListKey) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => {
            select_list!("AND deleted_at IS NOT NULL AND purged_at IS NULL FOR NO KEY UPDATE SKIP LOCKED")
        }
        _ => select_list!("AND deleted_at IS NOT NULL AND purged_at IS NULL"),
    };
    of_list(backend, sql, list)
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
    let sql = match (backend, if_locked) {
        (DbBackend::Postgres, IfLocked::Skip) => select_list!("FOR NO KEY UPDATE SKIP LOCKED"),
        (DbBackend::Postgres, IfLocked::Wait) => select_list!("FOR NO KEY UPDATE"),
        _ => select_list!(""),
    };
    of_list(backend, sql, list)
}

fn of_list(backend: DbBackend, sql: &str, list: &ListKey) -> Statement {
    let values = [list.id.0.into(), list.account.as_str().into()];
    Statement::from_sql_and_values(backend, sql, values)
}

/// Reads the lists' rows and locks them until the end of the transaction, on PostgreSQL. Lists that are locked elsewhere
/// or that the account does not have are skipped.
pub fn lock_free_lists(lists: &[&ListKey]) -> Statement {
    let (ids, accounts): (Vec<Uuid>, Vec<String>) = lists
        .iter()
        .map(|list| (list.id.0, list.account.as_str().to_owned()))
        .unzip();
    Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT free.* FROM unnest($1::uuid[], $2::text[]) AS wanted(id, account) CROSS JOIN LATERAL \
         (SELECT id, unique_identifier_type, records_count, purged_at IS NOT NULL FROM record_list \
         WHERE id = wanted.id AND account_id = wanted.account AND deleted_at IS NULL \
         FOR NO KEY UPDATE SKIP LOCKED) AS free",
        [ids.into(), accounts.into()],
    )
}

/// Adds to the list's record count and to the count of its deletions; either number may be negative.
pub fn adjust_counts(lock: &LockedList<'_>, records: i64, deletions: i64) -> Statement {
    let sql = "UPDATE record_list SET records_count = records_count + $1, deletions_count = deletions_count + $2 \
               WHERE id = $3";
    Statement::from_sql_and_values(
        lock.backend(),
        sql,
        [records.into(), deletions.into(), lock.id().0.into()],
    )
}

/// How the counts of a list change.
pub struct CountChange<'a> {
    /// The list.
    pub list: &'a LockedList<'a>,
    /// What is added to the number of its records.
    pub records: i64,
    /// What is added to the number of its deletions.
    pub deletions: i64,
}

impl CountChange<'_> {
    /// Whether both stay as they are.
    pub(crate) fn is_nothing(&self) -> bool {
        (self.records, self.deletions) == (0, 0)
    }
}

/// Adds to the counts of several lists, on PostgreSQL.
pub fn adjust_counts_of_lists(changes: &[CountChange<'_>]) -> Statement {
    let lists: Vec<Uuid> = changes.iter().map(|change| change.list.id().0).collect();
    let records: Vec<i64> = changes.iter().map(|change| change.records).collect();
    let deletions: Vec<i64> = changes.iter().map(|change| change.deletions).collect();
    Statement::from_sql_and_values(
        DbBackend::Postgres,
        "UPDATE record_list SET records_count = records_count + changed.records, \
         deletions_count = deletions_count + changed.deletions \
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS changed(list, records, deletions) \
         WHERE id = changed.list",
        [lists.into(), records.into(), deletions.into()],
    )
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

/// Reads when the list was last changed. Returns `updated_at`, or no row.
pub fn last_change_of_list(backend: DbBackend, id: RecordListId) -> Statement {
    record_list::Entity::find_by_id(id.0)
        .select_only()
        .column(record_list::Column::UpdatedAt)
        .build(backend)
}

/// Reads when the record was last changed. Returns `updated_at`, or no row.
pub fn last_change_of_record(backend: DbBackend, list: RecordListId, id: RecordId) -> Statement {
    record::Entity::find_by_id((list.0, id.0))
        .select_only()
        .column(record::Column::UpdatedAt)
        .build(backend)
}
