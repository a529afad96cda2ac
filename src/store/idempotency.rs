//! Writes that are carried out once, however often they are asked for: the answer is saved in the transaction that it
//! tells of, under the lock of what is written to (api.md section 5, "Idempotency-Key").
//!
//! The answer is a text that only the HTTP layer reads.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{
    ListKey, StoreError, WriteError,
    answer_statements::{self, SavedAnswer},
    transact::{Fate, Transact},
};
use crate::domain::{AccountId, Fingerprint, IdempotencyKey, RecordListId};

/// How long an answer is kept for those who ask again.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// Expired answers, and bytes of them, that one transaction deletes: few enough that nobody notices the wait.
const PURGED_AT_ONCE: u64 = 500;
const BYTES_PURGED_AT_ONCE: i64 = 4 * 1024 * 1024;

/// Turns what a write gave into the answer that is saved.
type Render<T> = Arc<dyn Fn(&T) -> String + Send + Sync>;

/// Asks for a write to be carried out once for its key.
pub struct Once<T> {
    /// The caller's name for the write.
    pub key: IdempotencyKey,
    /// What is asked for.
    pub fingerprint: Fingerprint,
    /// Makes the answer that is saved.
    pub render: Render<T>,
}

impl<T> Clone for Once<T> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            fingerprint: self.fingerprint.clone(),
            render: Arc::clone(&self.render),
        }
    }
}

impl<T> std::fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

/// What a write gave.
#[derive(Clone, PartialEq, Eq)]
pub enum Written<T> {
    /// It was carried out now.
    Now(T),
    /// It was carried out before, and this is the answer that was saved.
    Before(String),
}

/// A saved answer holds what identifies people, and is not shown.
impl<T: std::fmt::Debug> std::fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Now(output) => f.debug_tuple("Now").field(output).finish(),
            Self::Before(_) => f.write_str("Before(***)"),
        }
    }
}

/// What is known of a command's key.
pub(super) enum Claim {
    /// It has none, or one that is free: carry the command out.
    Free,
    /// The command was carried out before.
    Answered(String),
    /// The key belongs to another command.
    Taken,
}

impl ListKey {
    /// The scope of keys of writes that are to no list: those that make one.
    pub fn outside_lists(account: AccountId) -> Self {
        Self {
            account,
            id: RecordListId(Uuid::nil()),
        }
    }
}

/// Looks up the keys of commands, in their order. Whoever calls holds the lock of what is written to.
pub(super) async fn claims<T>(
    transaction: &DatabaseTransaction,
    scope: &ListKey,
    commands: &[Option<&Once<T>>],
) -> Result<Vec<Claim>, WriteError> {
    let keys: Vec<&str> = commands
        .iter()
        .flatten()
        .map(|once| once.key.as_str())
        .collect();
    if keys.is_empty() {
        return Ok(commands.iter().map(|_| Claim::Free).collect());
    }
    let distinct: HashSet<&str> = keys.iter().copied().collect();
    if distinct.len() < keys.len() {
        // The registry lets one command of a key in at a time; alone, each of these finds the one before.
        return Err(StoreError::Bug("two commands with one key in a transaction").into());
    }
    let backend = transaction.get_database_backend();
    let select = answer_statements::find_answers(backend, scope, &keys, Utc::now());
    let mut saved = Vec::new();
    for row in transaction.query_all_raw(select).await? {
        let (key, fingerprint): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let answer: String = row.try_get_by_index(2)?;
        saved.push((key, fingerprint, answer));
    }
    let claim = |once: &Once<T>| {
        let found = saved.iter().find(|(key, ..)| key == once.key.as_str());
        match found {
            None => Claim::Free,
            Some((_, fingerprint, answer)) if fingerprint == once.fingerprint.as_str() => {
                Claim::Answered(answer.clone())
            }
            Some(_) => Claim::Taken,
        }
    };
    Ok(commands
        .iter()
        .map(|once| once.map_or(Claim::Free, claim))
        .collect())
}

/// Saves the answers of commands that were carried out.
pub(super) async fn save<'c, T: 'c>(
    transaction: &DatabaseTransaction,
    scope: &ListKey,
    done: impl Iterator<Item = (Option<&'c Once<T>>, &'c T)>,
) -> Result<(), WriteError> {
    let answers: Vec<_> = done
        .filter_map(|(once, output)| Some((once?, output)))
        .map(|(once, output)| SavedAnswer {
            key: once.key.as_str().to_owned(),
            fingerprint: once.fingerprint.as_str().to_owned(),
            answer: (once.render)(output),
        })
        .collect();
    if answers.is_empty() {
        return Ok(());
    }
    let now = Utc::now();
    let backend = transaction.get_database_backend();
    let insert = answer_statements::save_answers(backend, scope, &answers, now, now + KEPT_FOR);
    let saved = transaction.execute_raw(insert).await?.rows_affected();
    if saved == answers.len() as u64 {
        Ok(())
    } else {
        Err(StoreError::Bug("a key that was free is taken").into())
    }
}

/// Carries out a command that has a transaction to itself, unless it was carried out before. Whoever calls holds the
/// lock of what is written to.
pub(super) async fn carry_out<T>(
    transaction: &DatabaseTransaction,
    scope: &ListKey,
    once: Option<&Once<T>>,
    command: impl Future<Output = Result<T, WriteError>>,
) -> Result<Written<T>, WriteError> {
    match claims(transaction, scope, &[once]).await?.pop() {
        Some(Claim::Answered(answer)) => return Ok(Written::Before(answer)),
        Some(Claim::Taken) => return Err(WriteError::KeyReused),
        Some(Claim::Free) | None => {}
    }
    let output = command.await?;
    save(transaction, scope, std::iter::once((once, &output))).await?;
    Ok(Written::Now(output))
}

/// Whether a command with a key was committed: the proof is its own saved answer. Another process may have carried out
/// the same command in its stead, with an answer of its own.
pub(super) async fn fate<T>(
    transaction: &DatabaseTransaction,
    scope: &ListKey,
    once: &Once<T>,
    output: &T,
) -> Result<Fate, WriteError> {
    match claims(transaction, scope, &[Some(once)]).await?.pop() {
        Some(Claim::Answered(answer)) if answer == (once.render)(output) => Ok(Fate::Committed),
        _ => Ok(Fate::NothingDone),
    }
}

/// Where an expired answer is.
pub(super) struct Expired {
    scope: ListKey,
    key: String,
}

/// Some of the answers that have expired, at most as many as one step deletes. Takes no lock.
pub(super) async fn expired(
    database: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<Expired>, StoreError> {
    let backend = database.get_database_backend();
    let select = answer_statements::expired_answers(backend, now, PURGED_AT_ONCE);
    let mut expired = Vec::new();
    let mut bytes: i64 = 0;
    for row in database.query_all_raw(select).await? {
        let length: Option<i64> = row.try_get_by_index(3)?;
        bytes = bytes.saturating_add(length.unwrap_or(0));
        if bytes > BYTES_PURGED_AT_ONCE && !expired.is_empty() {
            break;
        }
        let account: String = row.try_get_by_index(1)?;
        let account = AccountId::new(account)
            .ok_or(StoreError::Bug("a stored account id is not well formed"))?;
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

/// Deletes answers that have expired.
pub(super) struct Purge {
    pub(super) expired: Vec<Expired>,
    pub(super) now: DateTime<Utc>,
}

impl Transact for Purge {
    type Output = ();

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let backend = transaction.get_database_backend();
            for same_scope in self.expired.chunk_by(|a, b| a.scope == b.scope) {
                let scope = &same_scope[0].scope;
                let keys: Vec<&str> = same_scope.iter().map(|e| e.key.as_str()).collect();
                let delete =
                    answer_statements::delete_expired_answers(backend, scope, &keys, self.now);
                transaction.execute_raw(delete).await?;
            }
            Ok(())
        })
    }
}
