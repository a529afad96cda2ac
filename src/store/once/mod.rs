//! Idempotent writes: each is carried out once, however often the client sends it. The response is saved in the
//! transaction of the write, under the lock of what it changes (docs/contract.md section 5.5).
//!
//! A saved response is a text that only the HTTP layer interprets. It is stored compressed, and what the responses of an
//! account occupy is counted.

pub(crate) mod bytes;
mod compression;
pub(crate) mod purge;
#[doc(hidden)]
pub mod statements;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::TimeDelta;
use sea_orm::DatabaseExecutor;

use self::{
    compression::{compressed, expanded},
    statements::{SavedResponse, Times},
};
use super::{
    engine::{executor::Executor, read::Read, transact::Fate, transaction::Transaction},
    error::{ReadError, StoreError, WriteError},
    list_key::ListKey,
};
use crate::{
    clock,
    domain::{AccountId, Fingerprint, IdempotencyKey},
};

/// How long a response is kept for repeated requests.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// Turns the output of a write into the response to save.
type Render<T> = Arc<dyn Fn(&T) -> String + Send + Sync>;

/// Makes a write idempotent: it is carried out once for its key.
pub struct Once<T> {
    /// The client's idempotency key.
    pub key: IdempotencyKey,
    /// The fingerprint of the request.
    pub fingerprint: Fingerprint,
    /// Creates the response to save.
    pub render: Render<T>,
    /// Whether there is room for the response. If not, the write is carried out only if it was carried out before, that
    /// is, its response is returned.
    pub may_save: bool,
}

/// Which write a key is claimed for.
#[derive(Clone, Copy)]
pub struct Claimed<'a> {
    key: &'a IdempotencyKey,
    fingerprint: &'a Fingerprint,
    may_save: bool,
}

impl<T> Once<T> {
    /// Which write the key is claimed for.
    pub(crate) fn claimed(&self) -> Claimed<'_> {
        Claimed {
            key: &self.key,
            fingerprint: &self.fingerprint,
            may_save: self.may_save,
        }
    }
}

impl<T> std::fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

/// The result of a write.
#[derive(Clone, PartialEq, Eq)]
pub enum Written<T> {
    /// The write was carried out now and returned this output.
    Now(T),
    /// The write was carried out before; this is the saved response.
    Before(String),
}

/// Hides the saved response, because it can identify people.
impl<T: std::fmt::Debug> std::fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Now(output) => f.debug_tuple("Now").field(output).finish(),
            Self::Before(_) => f.write_str("Before(***)"),
        }
    }
}

/// What is known about a command's key.
pub(crate) enum Claim {
    /// The command has no key, or one that is free: carry it out.
    Free,
    /// The command was carried out before; this is the saved response.
    Saved(String),
    /// The key belongs to a different command.
    Taken,
    /// The command has a key that is free, and there is no room for its response.
    Full,
}

/// Looks up the keys of commands, and returns one claim per command, in order. The caller must hold the lock of what is
/// written to.
pub(crate) async fn claims(
    transaction: &Transaction,
    scope: &ListKey,
    commands: &[Option<Claimed<'_>>],
) -> Result<Vec<Claim>, WriteError> {
    let keys: Vec<&str> = commands.iter().flatten().map(|claimed| claimed.key.as_str()).collect();
    if keys.is_empty() {
        return Ok(commands.iter().map(|_| Claim::Free).collect());
    }
    let distinct: HashSet<&str> = keys.iter().copied().collect();
    if distinct.len() < keys.len() {
        // The registry admits one command per key at a time. Run separately, each of these finds the one before it.
        return Err(StoreError::Bug("two commands with one key in a transaction").into());
    }
    let fingerprints = commands.iter().flatten().map(|claimed| claimed.fingerprint.as_str());
    let mut saved = saved_responses(transaction, scope, &keys, fingerprints.collect()).await?;
    let claim = |command: &Option<Claimed<'_>>| {
        let Some(claimed) = command else {
            return Ok(Claim::Free);
        };
        let Some(found) = saved.remove(claimed.key.as_str()) else {
            return Ok(if claimed.may_save { Claim::Free } else { Claim::Full });
        };
        match found {
            Found {
                fingerprint,
                response: Some(response),
            } if fingerprint == claimed.fingerprint.as_str() => Ok(Claim::Saved(expanded(&response)?)),
            _ => Ok(Claim::Taken),
        }
    };
    commands.iter().map(claim).collect()
}

/// Finds the saved response of an earlier write by its key. This also works for a deleted list, which can no longer be
/// locked.
pub struct FindSavedResponse {
    scope: ListKey,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
}

impl FindSavedResponse {
    /// Looks for the saved response of a write to this list.
    pub fn to<T>(list: &ListKey, once: &Once<T>) -> Self {
        Self {
            scope: list.clone(),
            key: once.key.clone(),
            fingerprint: once.fingerprint.clone(),
        }
    }
}

impl Read for FindSavedResponse {
    type Output = Option<String>;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.scope.account)
    }

    /// `None` if there is no saved response, or if the key belongs to a different write.
    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Option<String>, ReadError> {
        let (key, fingerprint) = (self.key.as_str(), self.fingerprint.as_str());
        let mut saved = saved_responses(database, &self.scope, &[key], vec![fingerprint]).await?;
        let response = saved.remove(key).and_then(|found| found.response);
        Ok(response.as_deref().map(expanded).transpose()?)
    }
}

/// What is saved under a key.
struct Found {
    fingerprint: String,
    /// Compressed; `None` if the fingerprint is another one.
    response: Option<Vec<u8>>,
}

/// The saved responses of these keys to requests with these fingerprints, without expired ones.
async fn saved_responses(
    database: &impl Executor,
    scope: &ListKey,
    keys: &[&str],
    fingerprints: Vec<&str>,
) -> Result<HashMap<String, Found>, StoreError> {
    let backend = database.backend();
    let select = statements::find_saved_responses(backend, scope, keys, &fingerprints, clock::now());
    let rows = database.rows(select).await?;
    rows.iter()
        .map(|row| {
            let found = Found {
                fingerprint: row.get(1)?,
                response: row.get(2)?,
            };
            Ok((row.get(0)?, found))
        })
        .collect()
}

/// Saves the responses of commands that were carried out.
pub(crate) async fn save(
    transaction: &Transaction,
    scope: &ListKey,
    done: impl Iterator<Item = (Claimed<'_>, String)>,
) -> Result<(), WriteError> {
    let responses: Vec<_> = done
        .map(|(claimed, response)| SavedResponse {
            key: claimed.key.as_str().to_owned(),
            fingerprint: claimed.fingerprint.as_str().to_owned(),
            response: compressed(&response),
        })
        .collect();
    if responses.is_empty() {
        return Ok(());
    }
    let count = responses.len() as u64;
    let now = clock::now();
    let times = Times {
        now,
        expiry: now + KEPT_FOR,
    };
    let hour = bytes::hour_of(now);
    let bytes = responses.iter().map(SavedResponse::bytes).sum();
    let count_bytes = statements::count_bytes(transaction.backend(), scope, hour, bytes);
    let saved = match transaction {
        Transaction::Postgres(_) => {
            let save = match <[SavedResponse; 1]>::try_from(responses) {
                Ok([response]) => statements::save_response(scope, response, hour, times),
                Err(responses) => {
                    transaction.execute(count_bytes).await?;
                    statements::save_responses(scope, responses, hour, times)
                }
            };
            transaction.execute(save).await?
        }
        Transaction::Sqlite(session) => {
            session.execute(&count_bytes)?;
            let rows = responses
                .into_iter()
                .map(|saved| statements::response_values(scope, saved, times));
            session.execute_each(statements::SAVE_RESPONSE, rows)?
        }
    };
    if saved == count {
        Ok(())
    } else {
        Err(StoreError::Bug("a key that was free is taken").into())
    }
}

/// Carries out a command in a transaction of its own, unless it was carried out before. The caller must hold the lock
/// of what is written to.
pub(crate) async fn carry_out<T>(
    transaction: &Transaction,
    scope: &ListKey,
    once: Option<&Once<T>>,
    command: impl Future<Output = Result<T, WriteError>>,
) -> Result<Written<T>, WriteError> {
    match claims(transaction, scope, &[once.map(Once::claimed)]).await?.pop() {
        Some(Claim::Saved(response)) => return Ok(Written::Before(response)),
        Some(Claim::Taken) => return Err(WriteError::KeyReused),
        Some(Claim::Full) => return Err(WriteError::SavedResponsesFull),
        Some(Claim::Free) | None => {}
    }
    let output = command.await?;
    let done = once.map(|once| (once.claimed(), (once.render)(&output)));
    save(transaction, scope, done.into_iter()).await?;
    Ok(Written::Now(output))
}

/// Whether a command with a key was committed. The proof is its own saved response: another process may have carried
/// out the same command instead and saved a different response.
pub(crate) async fn fate(
    transaction: &Transaction,
    scope: &ListKey,
    claimed: Claimed<'_>,
    response: &str,
) -> Result<Fate, WriteError> {
    match claims(transaction, scope, &[Some(claimed)]).await?.pop() {
        Some(Claim::Saved(saved)) if saved == response => Ok(Fate::Committed),
        _ => Ok(Fate::NothingDone),
    }
}
