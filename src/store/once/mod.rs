//! Writes that are carried out once, however often they are asked for: the answer is saved in the transaction that it
//! tells of, under the lock of what is written to (docs/contract.md section 5.5).
//!
//! The answer is a text that only the HTTP layer reads.

pub(crate) mod purge;
#[doc(hidden)]
pub mod statements;

use std::{collections::HashSet, sync::Arc};

use chrono::{TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbErr};

use self::statements::SavedAnswer;
use super::{
    engine::{read::Read, transact::Fate},
    error::{ReadError, StoreError, WriteError},
    list_key::ListKey,
};
use crate::domain::{Fingerprint, IdempotencyKey};

/// How long an answer is kept for those who ask again.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

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
pub(crate) enum Claim {
    /// It has none, or one that is free: carry the command out.
    Free,
    /// The command was carried out before.
    Answered(String),
    /// The key belongs to another command.
    Taken,
}

/// Looks up the keys of commands, in their order. Whoever calls holds the lock of what is written to.
pub(crate) async fn claims<T>(
    transaction: &DatabaseTransaction,
    scope: &ListKey,
    commands: &[Option<&Once<T>>],
) -> Result<Vec<Claim>, WriteError> {
    let keys: Vec<&str> = commands.iter().flatten().map(|once| once.key.as_str()).collect();
    if keys.is_empty() {
        return Ok(commands.iter().map(|_| Claim::Free).collect());
    }
    let distinct: HashSet<&str> = keys.iter().copied().collect();
    if distinct.len() < keys.len() {
        // The registry lets one command of a key in at a time; alone, each of these finds the one before.
        return Err(StoreError::Bug("two commands with one key in a transaction").into());
    }
    let saved = saved_answers(transaction, scope, &keys).await?;
    let claim = |once: &Once<T>| {
        let found = saved.iter().find(|saved| saved.key == once.key.as_str());
        match found {
            None => Claim::Free,
            Some(saved) if saved.fingerprint == once.fingerprint.as_str() => Claim::Answered(saved.answer.clone()),
            Some(_) => Claim::Taken,
        }
    };
    Ok(commands.iter().map(|once| once.map_or(Claim::Free, claim)).collect())
}

/// Finds the answer that a write was given before, by its key: also when its list is gone, which nobody can lock any more.
pub struct FindAnswer {
    scope: ListKey,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
}

impl FindAnswer {
    /// The answer to a write to this list.
    pub fn to<T>(list: &ListKey, once: &Once<T>) -> Self {
        Self {
            scope: list.clone(),
            key: once.key.clone(),
            fingerprint: once.fingerprint.clone(),
        }
    }
}

impl Read for FindAnswer {
    type Output = Option<String>;

    /// `None` where there is none, or where the key belongs to another write.
    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Option<String>, ReadError> {
        let keys = [self.key.as_str()];
        let saved = saved_answers(database, &self.scope, &keys).await?;
        let mut answers = saved.into_iter();
        let same = answers.find(|saved| saved.fingerprint == self.fingerprint.as_str());
        Ok(same.map(|saved| saved.answer))
    }
}

/// The saved answers of keys that have not expired.
async fn saved_answers(
    database: &impl ConnectionTrait,
    scope: &ListKey,
    keys: &[&str],
) -> Result<Vec<SavedAnswer>, DbErr> {
    let backend = database.get_database_backend();
    let select = statements::find_answers(backend, scope, keys, Utc::now());
    let rows = database.query_all_raw(select).await?;
    rows.iter()
        .map(|row| {
            Ok(SavedAnswer {
                key: row.try_get_by_index(0)?,
                fingerprint: row.try_get_by_index(1)?,
                answer: row.try_get_by_index(2)?,
            })
        })
        .collect()
}

/// Saves the answers of commands that were carried out.
pub(crate) async fn save<'c, T: 'c>(
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
    let insert = statements::save_answers(backend, scope, &answers, now, now + KEPT_FOR);
    let saved = transaction.execute_raw(insert).await?.rows_affected();
    if saved == answers.len() as u64 {
        Ok(())
    } else {
        Err(StoreError::Bug("a key that was free is taken").into())
    }
}

/// Carries out a command that has a transaction to itself, unless it was carried out before. Whoever calls holds the
/// lock of what is written to.
pub(crate) async fn carry_out<T>(
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
pub(crate) async fn fate<T>(
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
