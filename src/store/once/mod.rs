//! Idempotent writes: each is carried out once, however often the client sends it. The response is saved in the
//! transaction of the write, under the lock of what it changes (docs/contract.md section 5.5).
//!
//! A saved response is a text that only the HTTP layer interprets.

pub(crate) mod purge;
#[doc(hidden)]
pub mod statements;

use std::{collections::HashSet, sync::Arc};

use chrono::TimeDelta;
use sea_orm::DatabaseExecutor;

use self::statements::SavedResponse;
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
}

/// Which write a key is claimed for.
#[derive(Clone, Copy)]
pub struct Claimed<'a> {
    key: &'a IdempotencyKey,
    fingerprint: &'a Fingerprint,
}

impl<T> Once<T> {
    /// Which write the key is claimed for.
    pub(crate) fn claimed(&self) -> Claimed<'_> {
        Claimed {
            key: &self.key,
            fingerprint: &self.fingerprint,
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
    let saved = saved_responses(transaction, scope, &keys).await?;
    let claim = |claimed: Claimed<'_>| {
        let found = saved.iter().find(|saved| saved.key == claimed.key.as_str());
        match found {
            None => Claim::Free,
            Some(saved) if saved.fingerprint == claimed.fingerprint.as_str() => Claim::Saved(saved.response.clone()),
            Some(_) => Claim::Taken,
        }
    };
    Ok(commands
        .iter()
        .map(|claimed| claimed.map_or(Claim::Free, claim))
        .collect())
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
        let keys = [self.key.as_str()];
        let saved = saved_responses(database, &self.scope, &keys).await?;
        let mut responses = saved.into_iter();
        let same = responses.find(|saved| saved.fingerprint == self.fingerprint.as_str());
        Ok(same.map(|saved| saved.response))
    }
}

/// The saved responses of these keys, without expired ones.
async fn saved_responses(
    database: &impl Executor,
    scope: &ListKey,
    keys: &[&str],
) -> Result<Vec<SavedResponse>, StoreError> {
    let backend = database.backend();
    let select = statements::find_saved_responses(backend, scope, keys, clock::now());
    let rows = database.rows(select).await?;
    rows.iter()
        .map(|row| {
            Ok(SavedResponse {
                key: row.get(0)?,
                fingerprint: row.get(1)?,
                response: row.get(2)?,
            })
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
            response,
        })
        .collect();
    if responses.is_empty() {
        return Ok(());
    }
    let now = clock::now();
    let backend = transaction.backend();
    let insert = statements::save_responses(backend, scope, &responses, now, now + KEPT_FOR);
    let saved = transaction.execute(insert).await?;
    if saved == responses.len() as u64 {
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
