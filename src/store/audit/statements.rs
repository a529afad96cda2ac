//! The SQL statements on the audit trail. Each has its own function, so that tests can check its query plan.

use chrono::{DateTime, Utc};
use entity::operation;
use sea_orm::{ActiveEnum, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::{
    domain::{Attribution, RecordListId},
    store::writes::lock::LockedList,
};

/// A deletion to write to the audit trail.
pub struct OperationRow<'a> {
    /// The list whose records were deleted, still locked.
    pub list: &'a LockedList<'a>,
    /// Who sent the request, and the id of the deletion.
    pub attribution: Attribution,
    /// How the records were identified.
    pub kind: operation::Kind,
    /// Distinct identifiers whose records were deleted.
    pub total_deleted: usize,
    /// Distinct identifiers that failed.
    pub total_errors: usize,
    /// Records deleted.
    pub total_records_deleted: usize,
}

/// Writes deletions that share a transaction to the audit trail, on PostgreSQL.
///
/// If all rows belong to one list, the list's row is part of the source: that tells a distributed database where to store
/// them.
pub fn insert_operations(rows: &[OperationRow<'_>], at: DateTime<Utc>) -> Statement {
    let is_one_list = rows.windows(2).all(|two| two[0].list.id() == two[1].list.id());
    let (sql, list): (_, [Value; 2]) = match rows {
        [first, ..] if is_one_list => (
            "INSERT INTO operation (record_list_id, account_id, id, client_id, kind, total_deleted, total_errors, \
             total_records_deleted, request_id, created_at) SELECT l.id, $2, o.*, $3 FROM record_list l, \
             unnest($4::uuid[], $5::text[], $6::text[], $7::integer[], $8::integer[], $9::bigint[], $10::text[]) AS o \
             WHERE l.id = $1",
            [first.list.id().0.into(), first.list.list().account.as_str().into()],
        ),
        _ => (
            "INSERT INTO operation (record_list_id, account_id, id, client_id, kind, total_deleted, total_errors, \
             total_records_deleted, request_id, created_at) SELECT o.*, $3 FROM unnest($1::uuid[], $2::text[], \
             $4::uuid[], $5::text[], $6::text[], $7::integer[], $8::integer[], $9::bigint[], $10::text[]) AS o",
            [
                array(rows, |row| row.list.id().0),
                array(rows, |row| row.list.list().account.as_str().to_owned()),
            ],
        ),
    };
    let values = [
        at.into(),
        array(rows, |row| row.attribution.operation_id),
        array(rows, |row| row.attribution.client_id.clone()),
        array(rows, |row| row.kind.to_value()),
        array(rows, |row| integer(row.total_deleted)),
        array(rows, |row| integer(row.total_errors)),
        array(rows, |row| i64::from(integer(row.total_records_deleted))),
        array(rows, |row| row.attribution.request_id.clone()),
    ];
    Statement::from_sql_and_values(DbBackend::Postgres, sql, list.into_iter().chain(values))
}

/// Writes a deletion to the audit trail, on SQLite.
pub fn insert_operation(row: &OperationRow<'_>, at: DateTime<Utc>) -> Statement {
    Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "INSERT INTO operation (record_list_id, account_id, id, client_id, kind, total_deleted, total_errors, \
         total_records_deleted, request_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        [
            row.list.id().0.into(),
            row.list.list().account.as_str().into(),
            row.attribution.operation_id.into(),
            row.attribution.client_id.as_str().into(),
            row.kind.to_value().into(),
            integer(row.total_deleted).into(),
            integer(row.total_errors).into(),
            integer(row.total_records_deleted).into(),
            row.attribution.request_id.as_str().into(),
            at.into(),
        ],
    )
}

/// Finds the deletions of a list after the id `after` and before the id `before`, oldest first. Returns up to `limit`
/// rows of `id`.
///
/// The limit is part of the text: for a bound limit, PostgreSQL's planner assumes a fraction of the table.
pub fn operations_between(
    backend: DbBackend,
    list: RecordListId,
    after: Uuid,
    before: Uuid,
    limit: usize,
) -> Statement {
    Statement::from_sql_and_values(
        backend,
        format!("SELECT id FROM operation WHERE record_list_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT {limit}"),
        [list.0.into(), after.into(), before.into()],
    )
}

/// Deletes the deletions of a list from `first` to `last`, both included, from the audit trail.
pub fn delete_operations(lock: &LockedList<'_>, first: Uuid, last: Uuid) -> Statement {
    Statement::from_sql_and_values(
        lock.backend(),
        "DELETE FROM operation WHERE record_list_id = $1 AND id >= $2 AND id <= $3",
        [lock.id().0.into(), first.into(), last.into()],
    )
}

fn array<T>(rows: &[OperationRow<'_>], column: impl Fn(&OperationRow<'_>) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(column).collect::<Vec<T>>().into()
}

/// Never saturates: a request has at most 100 identifiers, and a list fewer records than `i32::MAX`.
fn integer(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
