//! The statements of the hot path, one function each, so that their plans can be shown for what is really run.
//!
//! Lists of keys are bound as one array (PostgreSQL) or one JSON text (SQLite), never as n placeholders: the
//! statements keep one text each, whatever the number of keys, and stay in the statement caches.

use entity::{record, record_list, record_phone};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Statement, StatementBuilder, Value,
    sea_query::{Expr, LockType, Query, SimpleExpr, extension::postgres::PgFunc},
};
use uuid::Uuid;

use super::ListKey;
use crate::domain::{ExternalReference, PhoneNumber, RecordId, RecordListId};

/// Reads the list's row and, on PostgreSQL, locks it against every other writer of the list until the end of the
/// transaction.
///
/// A statement of its own: a statement that waited for the lock would go on with the snapshot from before the
/// wait and miss what the other writer committed.
pub fn lock_list(backend: DbBackend, list: &ListKey) -> Statement {
    let mut select = record_list::Entity::find_by_id(list.id.0)
        .filter(record_list::Column::AccountId.eq(list.account.as_str()));
    if backend == DbBackend::Postgres {
        // SQLite has one writer, which holds the lock of the whole database since BEGIN IMMEDIATE.
        select = select.lock(LockType::NoKeyUpdate);
    }
    select.build(backend)
}

/// Which of the ids exist: rows of `record_list_id`, `id`.
pub fn resolve_ids(backend: DbBackend, list: RecordListId, ids: &[RecordId]) -> Statement {
    record::Entity::find()
        .select_only()
        .column(record::Column::RecordListId)
        .column(record::Column::Id)
        .filter(record::Column::RecordListId.eq(list.0))
        .filter(among_ids(backend, record::Column::Id, ids))
        .build(backend)
}

/// Which records have the numbers: rows of `record_list_id`, `phone_number`, `record_id`.
pub fn resolve_phone_numbers(
    backend: DbBackend,
    list: RecordListId,
    numbers: &[&PhoneNumber],
) -> Statement {
    let numbers = numbers.iter().map(|number| number.as_str()).collect();
    record_phone::Entity::find()
        .select_only()
        .column(record_phone::Column::RecordListId)
        .column(record_phone::Column::PhoneNumber)
        .column(record_phone::Column::RecordId)
        .filter(record_phone::Column::RecordListId.eq(list.0))
        .filter(among_texts(
            backend,
            record_phone::Column::PhoneNumber,
            numbers,
        ))
        .build(backend)
}

/// Which records have the external references: rows of `record_list_id`, `external_provider`, `external_id`, `id`.
pub fn resolve_external_references(
    backend: DbBackend,
    list: RecordListId,
    references: &[&ExternalReference],
) -> Statement {
    // Pairs cannot be bound as one array of rows; the join is written so that each pair is one seek: a plain join
    // may be planned as a scan of the list (OFFSET 0 and CROSS JOIN are what keeps the planners from it).
    match backend {
        DbBackend::Postgres => {
            let (providers, ids): (Vec<String>, Vec<String>) = references
                .iter()
                .map(|reference| (reference.provider.clone(), reference.id.clone()))
                .unzip();
            Statement::from_sql_and_values(
                backend,
                "SELECT $1, found.external_provider, found.external_id, found.id \
                 FROM unnest($2::text[], $3::text[]) AS wanted(provider, id) \
                 CROSS JOIN LATERAL (SELECT external_provider, external_id, id FROM record \
                 WHERE record_list_id = $1 AND external_provider = wanted.provider \
                 AND external_id = wanted.id OFFSET 0) AS found",
                [list.0.into(), providers.into(), ids.into()],
            )
        }
        _ => {
            let pairs = references
                .iter()
                .map(|reference| [reference.provider.as_str(), reference.id.as_str()]);
            Statement::from_sql_and_values(
                backend,
                "SELECT ?1, record.external_provider, record.external_id, record.id \
                 FROM json_each(?2) AS wanted \
                 CROSS JOIN record ON record.record_list_id = ?1 \
                 AND record.external_provider = wanted.value ->> 0 \
                 AND record.external_id = wanted.value ->> 1",
                [list.0.into(), json_text(pairs).into()],
            )
        }
    }
}

/// The numbers of records: rows of `record_id`, `phone_number`, `phone_type`, in the order of each record.
pub fn phone_numbers_of(backend: DbBackend, list: RecordListId, ids: &[RecordId]) -> Statement {
    record_phone::Entity::find()
        .select_only()
        .column(record_phone::Column::RecordId)
        .column(record_phone::Column::PhoneNumber)
        .column(record_phone::Column::PhoneType)
        .filter(record_phone::Column::RecordListId.eq(list.0))
        .filter(among_ids(backend, record_phone::Column::RecordId, ids))
        .order_by_asc(record_phone::Column::RecordId)
        .order_by_asc(record_phone::Column::Position)
        .build(backend)
}

/// Deletes records: rows of `record_list_id`, `id`, the deleted ones. On PostgreSQL their numbers go with them, in one
/// round trip; on SQLite they are left to [`delete_phone_numbers`].
pub fn delete_records(backend: DbBackend, list: RecordListId, ids: &[RecordId]) -> Statement {
    match backend {
        DbBackend::Postgres => {
            let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
            Statement::from_sql_and_values(
                backend,
                "WITH numbers AS (DELETE FROM record_phone WHERE record_list_id = $1 AND record_id = ANY($2)) \
                 DELETE FROM record WHERE record_list_id = $1 AND id = ANY($2) RETURNING record_list_id, id",
                [list.0.into(), ids.into()],
            )
        }
        _ => {
            let mut delete = record::Entity::delete_many()
                .filter(record::Column::RecordListId.eq(list.0))
                .filter(among_ids(backend, record::Column::Id, ids))
                .into_query();
            delete.returning(
                Query::returning().columns([record::Column::RecordListId, record::Column::Id]),
            );
            StatementBuilder::build(&delete, &backend)
        }
    }
}

/// Deletes the numbers of records on SQLite.
pub fn delete_phone_numbers(list: RecordListId, ids: &[RecordId]) -> Statement {
    // Without INDEXED BY the planner reads all numbers of the list by the primary key.
    Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "DELETE FROM record_phone INDEXED BY record_phone_record WHERE record_list_id = ?1 \
         AND record_id IN (SELECT unhex(value) FROM json_each(?2))",
        [list.0.into(), hexadecimal(ids).into()],
    )
}

/// Adds to the list's count of records; the number may be negative.
pub fn adjust_records_count(backend: DbBackend, list: RecordListId, by: i64) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(
            record_list::Column::RecordsCount,
            Expr::col(record_list::Column::RecordsCount).add(by),
        )
        .and_where(record_list::Column::Id.eq(list.0));
    StatementBuilder::build(&update, &backend)
}

/// `column` is one of the ids.
fn among_ids(backend: DbBackend, column: impl ColumnTrait, ids: &[RecordId]) -> SimpleExpr {
    let column = Expr::col(column);
    match backend {
        DbBackend::Postgres => {
            let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
            column.eq(PgFunc::any(Expr::val(Value::from(ids))))
        }
        _ => Expr::cust_with_exprs(
            "? IN (SELECT unhex(value) FROM json_each(?))",
            [column, Expr::val(hexadecimal(ids))],
        ),
    }
}

/// `column` is one of the texts.
pub(super) fn among_texts(
    backend: DbBackend,
    column: impl ColumnTrait,
    texts: Vec<&str>,
) -> SimpleExpr {
    let column = Expr::col(column);
    match backend {
        DbBackend::Postgres => {
            let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
            column.eq(PgFunc::any(Expr::val(Value::from(texts))))
        }
        _ => Expr::cust_with_exprs(
            "? IN (SELECT value FROM json_each(?))",
            [column, Expr::val(json_text(texts))],
        ),
    }
}

/// The ids as a JSON array of 32 hexadecimal digits each.
fn hexadecimal(ids: &[RecordId]) -> String {
    json_text(ids.iter().map(|id| id.0.simple().to_string()))
}

#[expect(
    clippy::expect_used,
    reason = "texts and numbers always have a JSON form"
)]
pub(super) fn json_text<T: serde::Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    serde_json::to_string(&items).expect("plain values serialise")
}
