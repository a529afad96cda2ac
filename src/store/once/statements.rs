//! The SQL statements on saved responses. Each has its own function, so that tests can check its query plan.

use chrono::{DateTime, Utc};
use entity::idempotency_key;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
    sea_query::{Expr, LockBehavior, LockType},
};

use crate::store::{
    bind::{among_texts, json_text},
    list_key::ListKey,
};

/// The saved response of one write.
#[derive(Clone, serde::Serialize)]
pub struct SavedResponse {
    /// The idempotency key.
    pub key: String,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// The response.
    pub response: String,
}

/// Finds the saved responses of keys, without expired ones. Returns rows of `key`, `fingerprint`, `response`.
pub fn find_saved_responses(backend: DbBackend, scope: &ListKey, keys: &[&str], now: DateTime<Utc>) -> Statement {
    idempotency_key::Entity::find()
        .select_only()
        .column(idempotency_key::Column::Key)
        .column(idempotency_key::Column::Fingerprint)
        .column(idempotency_key::Column::Response)
        .filter(idempotency_key::Column::RecordListId.eq(scope.id.0))
        .filter(idempotency_key::Column::AccountId.eq(scope.account.as_str()))
        .filter(among_texts(backend, idempotency_key::Column::Key, keys.to_vec()))
        .filter(idempotency_key::Column::ExpiresAt.gt(now))
        .build(backend)
}

/// Saves responses. An expired response under the same key is replaced; one that has not expired is kept.
pub fn save_responses(
    backend: DbBackend,
    scope: &ListKey,
    responses: &[SavedResponse],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Statement {
    // Without WHERE, SQLite parses ON CONFLICT as a join condition.
    let sql = match backend {
        DbBackend::Postgres => {
            "INSERT INTO idempotency_key (record_list_id, account_id, key, fingerprint, response, expires_at) \
             SELECT $1, $2, key, fingerprint, response, $3 \
             FROM json_to_recordset($4::json) AS a(key text, fingerprint text, response text) \
             ON CONFLICT (record_list_id, account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
             response = excluded.response, expires_at = excluded.expires_at \
             WHERE idempotency_key.expires_at <= $5"
        }
        _ => {
            "INSERT INTO idempotency_key (record_list_id, account_id, key, fingerprint, response, expires_at) \
             SELECT ?1, ?2, value ->> 'key', value ->> 'fingerprint', value ->> 'response', ?3 \
             FROM json_each(?4) WHERE true \
             ON CONFLICT (record_list_id, account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
             response = excluded.response, expires_at = excluded.expires_at \
             WHERE idempotency_key.expires_at <= ?5"
        }
    };
    Statement::from_sql_and_values(
        backend,
        sql,
        [
            scope.id.0.into(),
            scope.account.as_str().into(),
            expires_at.into(),
            json_text(responses).into(),
            now.into(),
        ],
    )
}

/// Finds expired responses, oldest first. Returns rows of `record_list_id`, `account_id`, `key` and the size of the
/// response in bytes.
pub fn expired_responses(backend: DbBackend, now: DateTime<Utc>, limit: u64) -> Statement {
    idempotency_key::Entity::find()
        .select_only()
        .column(idempotency_key::Column::RecordListId)
        .column(idempotency_key::Column::AccountId)
        .column(idempotency_key::Column::Key)
        .expr(Expr::cust("CAST(OCTET_LENGTH(response) AS bigint)"))
        .filter(idempotency_key::Column::ExpiresAt.lte(now))
        .order_by_asc(idempotency_key::Column::ExpiresAt)
        .limit(limit)
        .build(backend)
}

/// Deletes expired responses, without the list's lock. One that is being replaced is skipped.
pub fn delete_expired_responses(backend: DbBackend, scope: &ListKey, keys: &[&str], now: DateTime<Utc>) -> Statement {
    let is_expired = |select: sea_orm::Select<idempotency_key::Entity>| {
        select
            .select_only()
            .column(idempotency_key::Column::Key)
            .filter(idempotency_key::Column::RecordListId.eq(scope.id.0))
            .filter(idempotency_key::Column::AccountId.eq(scope.account.as_str()))
            .filter(among_texts(backend, idempotency_key::Column::Key, keys.to_vec()))
            .filter(idempotency_key::Column::ExpiresAt.lte(now))
    };
    let mut doomed = is_expired(idempotency_key::Entity::find());
    if backend == DbBackend::Postgres {
        // Skips locked rows: otherwise this and a batch that replaces several keys could deadlock.
        doomed = doomed.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::RecordListId.eq(scope.id.0))
        .filter(idempotency_key::Column::AccountId.eq(scope.account.as_str()))
        .filter(idempotency_key::Column::Key.in_subquery(doomed.into_query()))
        .build(backend)
}
