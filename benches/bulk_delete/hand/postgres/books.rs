//! The books on PostgreSQL.

use chrono::Utc;
use sqlx::PgConnection;

use crate::hand::{ListKey, books::Entry};

/// Writes what a request adds. The list is locked.
pub(super) async fn write(transaction: &mut PgConnection, list: ListKey<'_>, entry: &Entry<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE list SET records_count = records_count + $1, deletions_count = deletions_count + $2 WHERE id = $3",
    )
    .bind(entry.records)
    .bind(i64::from(entry.deletion.is_some()))
    .bind(list.id)
    .execute(&mut *transaction)
    .await?;
    let Some(deletion) = entry.deletion else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO deletion (list_id, id, account_id, client_id, kind, total_deleted, total_errors, \
         total_records_deleted, request_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(list.id)
    .bind(&deletion.id)
    .bind(list.account)
    .bind(&deletion.client)
    .bind(deletion.kind.word())
    .bind(entry.deleted)
    .bind(entry.errors)
    .bind(-entry.records)
    .bind(&deletion.request)
    .bind(Utc::now())
    .execute(&mut *transaction)
    .await?;
    Ok(())
}
