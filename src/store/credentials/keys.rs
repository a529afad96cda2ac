//! New signing keys. Those that have had their time are deleted at the same occasions.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::statements::{delete_key, insert_key, read_keys, renew_version};
use crate::{
    domain::{SigningKey, SigningKeys},
    store::{
        engine::{transact::Transact, transaction::Transaction},
        error::{StoreError, WriteError},
    },
};

/// How many keys there may be: whoever verifies tokens keeps all that are published.
const MOST_KEYS: usize = 8;

/// Adds a key if there is none, and deletes those that have had their time.
#[derive(Clone, Debug)]
pub struct PrepareKeys {
    /// The key to add.
    pub first: SigningKey,
    /// The current time.
    pub now: DateTime<Utc>,
}

impl Transact for PrepareKeys {
    /// Whether the key was added.
    type Output = bool;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<bool, WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            // Locks first: of several processes that start at once, one adds its key.
            transaction.execute(renew_version(backend)).await?;
            let keys = keys_of(transaction).await?;
            for key in keys.expired(self.now) {
                transaction.execute(delete_key(backend, &key.kid)).await?;
            }
            if !keys.all().is_empty() {
                return Ok(false);
            }
            transaction.execute(insert_key(backend, &self.first)).await?;
            Ok(true)
        })
    }
}

/// Adds a key that takes the place of the others when its time comes, and deletes those that have had theirs.
#[derive(Clone, Debug)]
pub struct RotateKeys {
    /// The new key.
    pub key: SigningKey,
    /// The current time.
    pub now: DateTime<Utc>,
    /// Keys that go at once, since nobody can sign with them any more, or nobody should. Their tokens are refused.
    pub discard: Vec<String>,
}

/// What became of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The key is there.
    Done,
    /// There are so many keys that none is added. The first of them expires in time.
    TooMany(usize),
}

impl Transact for RotateKeys {
    type Output = Rotated;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Rotated, WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            transaction.execute(renew_version(backend)).await?;
            let keys = keys_of(transaction).await?;
            let expired = keys.expired(self.now).map(|key| key.kid.clone());
            let gone: Vec<String> = expired.chain(self.discard.iter().cloned()).collect();
            for kid in &gone {
                transaction.execute(delete_key(backend, kid)).await?;
            }
            let left = keys.all().iter().filter(|key| !gone.contains(&key.kid)).count();
            if left >= MOST_KEYS {
                return Ok(Rotated::TooMany(left));
            }
            transaction.execute(insert_key(backend, &self.key)).await?;
            Ok(Rotated::Done)
        })
    }
}

async fn keys_of(transaction: &Transaction) -> Result<SigningKeys, StoreError> {
    let rows = transaction.rows(read_keys(transaction.backend())).await?;
    let keys = rows.into_iter().map(|row| {
        Ok(SigningKey {
            kid: row.get(0)?,
            public_key: row.get(1)?,
            sealed: row.get(2)?,
            signs_from: row.get(3)?,
        })
    });
    Ok(SigningKeys::new(keys.collect::<Result<_, StoreError>>()?))
}
