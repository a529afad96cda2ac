//! The SQL statements on saved responses. Each has its own function, so that tests can check its query plan.

use chrono::{DateTime, Utc};
use entity::{idempotency_key, saved_response_bytes};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement, Value,
    sea_query::{CaseStatement, Expr, LockBehavior, LockType},
};

use crate::{
    domain::AccountId,
    store::{bind::among_texts, list_key::ListKey},
};

/// The saved response of one write.
#[derive(Clone)]
pub struct SavedResponse {
    /// The idempotency key.
    pub key: String,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// The response, compressed.
    pub response: Vec<u8>,
}

impl SavedResponse {
    /// What a row occupies beside its texts, at most: the key is in an index, too.
    const ROW: usize = 512;

    /// How many bytes the row counts.
    pub(super) fn bytes(&self) -> i64 {
        i64::try_from(self.response.len() + self.key.len() + Self::ROW).unwrap_or(i64::MAX)
    }
}

/// Finds the saved responses of keys, without expired ones. Returns rows of `key`, `fingerprint`, and the response if
/// the fingerprint is one of these: a large response is not read for a request that does not get it.
pub fn find_saved_responses(
    backend: DbBackend,
    scope: &ListKey,
    keys: &[&str],
    fingerprints: &[&str],
    now: DateTime<Utc>,
) -> Statement {
    let is_same = among_texts(backend, idempotency_key::Column::Fingerprint, fingerprints.to_vec());
    let response = CaseStatement::new().case(is_same, Expr::col(idempotency_key::Column::Response));
    idempotency_key::Entity::find()
        .select_only()
        .column(idempotency_key::Column::Key)
        .column(idempotency_key::Column::Fingerprint)
        .expr(response)
        .filter(idempotency_key::Column::RecordListId.eq(scope.id.0))
        .filter(idempotency_key::Column::AccountId.eq(scope.account.as_str()))
        .filter(among_texts(backend, idempotency_key::Column::Key, keys.to_vec()))
        .filter(idempotency_key::Column::ExpiresAt.gt(now))
        .build(backend)
}

/// Saves a response on SQLite, in a loop. An expired response under the same key is replaced; one that has not expired
/// is kept. The values are those of [`response_values`].
pub const SAVE_RESPONSE: &str = "INSERT INTO idempotency_key \
    (record_list_id, account_id, key, fingerprint, response, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
    ON CONFLICT (record_list_id, account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
    response = excluded.response, expires_at = excluded.expires_at WHERE idempotency_key.expires_at <= ?7";

/// The values of [`SAVE_RESPONSE`].
pub fn response_values(scope: &ListKey, saved: SavedResponse, times: Times) -> Vec<Value> {
    vec![
        scope.id.0.into(),
        scope.account.as_str().into(),
        saved.key.into(),
        saved.fingerprint.into(),
        saved.response.into(),
        times.expiry.into(),
        times.now.into(),
    ]
}

/// When responses are saved, and when they expire.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The time of the transaction.
    pub now: DateTime<Utc>,
    /// When the keys become free again.
    pub expiry: DateTime<Utc>,
}

/// Adds to the bytes that responses of a list occupy.
pub fn count_bytes(backend: DbBackend, scope: &ListKey, hour: DateTime<Utc>, bytes: i64) -> Statement {
    let sql = "INSERT INTO saved_response_bytes (record_list_id, account_id, hour, bytes) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (record_list_id, account_id, hour) DO UPDATE SET bytes = saved_response_bytes.bytes + excluded.bytes";
    let values = [
        scope.id.0.into(),
        scope.account.as_str().into(),
        hour.into(),
        bytes.into(),
    ];
    Statement::from_sql_and_values(backend, sql, values)
}

/// Saves a response on PostgreSQL and counts its bytes, in one round trip. Returns the number of responses saved.
pub fn save_response(scope: &ListKey, saved: SavedResponse, hour: DateTime<Utc>, times: Times) -> Statement {
    let sql = "WITH counted AS (INSERT INTO saved_response_bytes (record_list_id, account_id, hour, bytes) \
               VALUES ($1, $2, $8, $9) ON CONFLICT (record_list_id, account_id, hour) \
               DO UPDATE SET bytes = saved_response_bytes.bytes + excluded.bytes) \
               INSERT INTO idempotency_key (record_list_id, account_id, key, fingerprint, response, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (record_list_id, account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
               response = excluded.response, expires_at = excluded.expires_at \
               WHERE idempotency_key.expires_at <= $7";
    let bytes = saved.bytes();
    let values = response_values(scope, saved, times).into_iter();
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values.chain([hour.into(), bytes.into()]))
}

/// Saves responses on PostgreSQL whose bytes were counted by [`count_bytes`] in this transaction. Returns the number of
/// responses saved.
///
/// The counted row is part of the source: that tells a distributed database where to store them.
pub fn save_responses(scope: &ListKey, responses: Vec<SavedResponse>, hour: DateTime<Utc>, times: Times) -> Statement {
    let (mut keys, mut fingerprints, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for saved in responses {
        keys.push(saved.key);
        fingerprints.push(saved.fingerprint);
        bodies.push(saved.response);
    }
    let sql = "INSERT INTO idempotency_key (record_list_id, account_id, key, fingerprint, response, expires_at) \
               SELECT b.record_list_id, b.account_id, key, fingerprint, response, $4 FROM saved_response_bytes b, \
               unnest($5::text[], $6::text[], $7::bytea[]) AS a(key, fingerprint, response) \
               WHERE b.record_list_id = $1 AND b.account_id = $2 AND b.hour = $3 \
               ON CONFLICT (record_list_id, account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
               response = excluded.response, expires_at = excluded.expires_at \
               WHERE idempotency_key.expires_at <= $8";
    let values = [
        scope.id.0.into(),
        scope.account.as_str().into(),
        hour.into(),
        times.expiry.into(),
        keys.into(),
        fingerprints.into(),
        bodies.into(),
        times.now.into(),
    ];
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// The bytes that responses of an account occupy which were saved since this hour. Returns a row of the number.
pub fn sum_of_bytes(backend: DbBackend, account: &AccountId, since: DateTime<Utc>) -> Statement {
    saved_response_bytes::Entity::find()
        .select_only()
        .expr(Expr::cust("CAST(COALESCE(SUM(bytes), 0) AS bigint)"))
        .filter(saved_response_bytes::Column::AccountId.eq(account.as_str()))
        .filter(saved_response_bytes::Column::Hour.gte(since))
        .build(backend)
}

/// The same of all accounts.
pub fn sum_of_all_bytes(backend: DbBackend, since: DateTime<Utc>) -> Statement {
    saved_response_bytes::Entity::find()
        .select_only()
        .expr(Expr::cust("CAST(COALESCE(SUM(bytes), 0) AS bigint)"))
        .filter(saved_response_bytes::Column::Hour.gte(since))
        .build(backend)
}

/// Finds what was counted before this hour, oldest first. Returns rows of `record_list_id` and `account_id`.
pub fn counted_before(backend: DbBackend, hour: DateTime<Utc>, limit: u64) -> Statement {
    saved_response_bytes::Entity::find()
        .select_only()
        .column(saved_response_bytes::Column::RecordListId)
        .column(saved_response_bytes::Column::AccountId)
        .filter(saved_response_bytes::Column::Hour.lt(hour))
        .order_by_asc(saved_response_bytes::Column::Hour)
        .limit(limit)
        .build(backend)
}

/// Deletes what was counted for a list before this hour.
pub fn delete_counted_before(backend: DbBackend, scope: &ListKey, hour: DateTime<Utc>) -> Statement {
    saved_response_bytes::Entity::delete_many()
        .filter(saved_response_bytes::Column::RecordListId.eq(scope.id.0))
        .filter(saved_response_bytes::Column::AccountId.eq(scope.account.as_str()))
        .filter(saved_response_bytes::Column::Hour.lt(hour))
        .build(backend)
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
