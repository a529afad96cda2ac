//! The purge of expired saved responses, in small steps.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor};

use super::{bytes::first_hour, statements};
use crate::{
    domain::{AccountId, RecordListId},
    store::{
        engine::{read::Read, transact::Transact, transaction::Transaction},
        error::{ReadError, WriteError},
        list_key::ListKey,
    },
};

/// The maximum number and total size in bytes of responses that one transaction deletes: small enough that callers do
/// not notice the wait.
const PURGED_AT_ONCE: u64 = 500;
const BYTES_PURGED_AT_ONCE: i64 = 4 * 1024 * 1024;

/// The maximum number of lists for which one transaction deletes counted hours: each takes a statement.
const LISTS_PURGED_AT_ONCE: u64 = 50;

/// The key of an expired response.
pub(crate) struct Expired {
    scope: ListKey,
    key: String,
}

/// Finds expired responses, at most as many as one transaction deletes. Takes no lock.
pub(crate) struct FindExpired(pub(crate) DateTime<Utc>);

impl Read for FindExpired {
    type Output = Vec<Expired>;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Vec<Expired>, ReadError> {
        expired(database, self.0).await
    }
}

async fn expired(database: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Expired>, ReadError> {
    let backend = database.get_database_backend();
    let select = statements::expired_responses(backend, now, PURGED_AT_ONCE);
    let mut expired = Vec::new();
    let mut bytes: i64 = 0;
    for row in database.query_all_raw(select).await? {
        let length: Option<i64> = row.try_get_by_index(3)?;
        bytes = bytes.saturating_add(length.unwrap_or(0));
        if bytes > BYTES_PURGED_AT_ONCE && !expired.is_empty() {
            break;
        }
        let account: String = row.try_get_by_index(1)?;
        let account = AccountId::from_stored(account);
        expired.push(Expired {
            scope: ListKey {
                account,
                id: RecordListId(row.try_get_by_index(0)?),
            },
            key: row.try_get_by_index(2)?,
        });
    }
    expired.sort_by(|a: &Expired, b| {
        let (of_a, of_b) = (&a.scope, &b.scope);
        (of_a.id.0, of_a.account.as_str()).cmp(&(of_b.id.0, of_b.account.as_str()))
    });
    Ok(expired)
}

/// Deletes expired responses.
pub(crate) struct Purge {
    pub(crate) expired: Vec<Expired>,
    pub(crate) now: DateTime<Utc>,
}

impl Transact for Purge {
    type Output = ();

    fn weight(&self) -> usize {
        self.expired.len()
    }

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            for same_scope in self.expired.chunk_by(|a, b| a.scope == b.scope) {
                let scope = &same_scope[0].scope;
                let keys: Vec<&str> = same_scope.iter().map(|e| e.key.as_str()).collect();
                let delete = statements::delete_expired_responses(backend, scope, &keys, self.now);
                transaction.execute(delete).await?;
            }
            Ok(())
        })
    }
}

/// Finds the lists for which something was counted of responses that have expired by then: at most as many as one
/// transaction deletes.
pub(crate) struct FindCounted(pub(crate) DateTime<Utc>);

impl Read for FindCounted {
    type Output = HashSet<ListKey>;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<HashSet<ListKey>, ReadError> {
        let backend = database.get_database_backend();
        let select = statements::counted_before(backend, first_hour(self.0), LISTS_PURGED_AT_ONCE);
        let rows = database.query_all_raw(select).await?;
        rows.iter()
            .map(|row| {
                let account: String = row.try_get_by_index(1)?;
                Ok(ListKey {
                    account: AccountId::from_stored(account),
                    id: RecordListId(row.try_get_by_index(0)?),
                })
            })
            .collect()
    }
}

/// Deletes what was counted for these lists of responses that have expired by then.
pub(crate) struct PurgeCounted {
    pub(crate) lists: HashSet<ListKey>,
    pub(crate) now: DateTime<Utc>,
}

impl Transact for PurgeCounted {
    type Output = ();

    fn weight(&self) -> usize {
        self.lists.len()
    }

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let (backend, hour) = (transaction.backend(), first_hour(self.now));
            for list in &self.lists {
                transaction
                    .execute(statements::delete_counted_before(backend, list, hour))
                    .await?;
            }
            Ok(())
        })
    }
}
