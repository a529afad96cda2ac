//! New signing keys. They are dated by the clock of the database, which all processes share.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{DbBackend, Statement};

use super::statements::{delete_key, insert_key, read_keys, renew_version};
use crate::{
    domain::{NewSigningKey, SigningKey, SigningKeys},
    store::{
        clock,
        engine::{transact::Transact, transaction::Transaction},
        error::{StoreError, WriteError},
    },
};

/// How many keys there may be: whoever verifies tokens keeps all that are published.
const MOST_KEYS: usize = 8;

/// How far the clocks of processes may differ from that of the database: to them, a key may sign already.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);

/// Adds a key if there is none.
#[derive(Clone, Debug)]
pub struct AddFirstKey(pub NewSigningKey);

impl Transact for AddFirstKey {
    type Output = ();

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            // Locks first: of several processes that start at once, one adds its key.
            transaction.execute(renew_version(backend)).await?;
            if keys_of(transaction).await?.all().is_empty() {
                let first = self.0.clone().from(now(transaction).await?);
                transaction.execute(insert_key(backend, &first)).await?;
            }
            Ok(())
        })
    }
}

/// Adds a key that takes the place of the others after the cool-down. Keys that have had their time are deleted, and so
/// are those that will not sign for a while: there is one successor at a time.
#[derive(Clone, Debug)]
pub struct RotateKeys {
    /// The new key.
    pub key: NewSigningKey,
    /// How long it is published before it signs.
    pub cool_down: Duration,
    /// The ids of keys that go at once, since nobody can or should sign with them any more. Their tokens are refused.
    pub discarded: Vec<String>,
}

/// What became of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The key is there, and signs from this time on.
    Done(DateTime<Utc>),
    /// There are so many keys that none is added, until the first of them expires.
    TooMany(DateTime<Utc>),
}

impl Transact for RotateKeys {
    type Output = Rotated;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Rotated, WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            transaction.execute(renew_version(backend)).await?;
            let now = now(transaction).await?;
            let keys = keys_of(transaction).await?;
            let gone: Vec<&str> = {
                let discarded = keys.all().iter().filter(|key| self.discarded.contains(&key.kid));
                let gone = keys.expired(now).chain(keys.pending(now + CLOCKS)).chain(discarded);
                gone.map(|key| key.kid.as_str()).collect()
            };
            let left = keys.all().iter().filter(|key| !gone.contains(&key.kid.as_str()));
            let left = SigningKeys::new(left.cloned().collect());
            if let (true, Some(expires)) = (left.all().len() >= MOST_KEYS, left.first_expires()) {
                return Ok(Rotated::TooMany(expires));
            }
            for kid in gone {
                transaction.execute(delete_key(backend, kid)).await?;
            }
            let signs_from = left.next_signs_from(now, self.cool_down);
            let key = self.key.clone().from(signs_from);
            transaction.execute(insert_key(backend, &key)).await?;
            Ok(Rotated::Done(signs_from))
        })
    }
}

/// The time of the database.
async fn now(transaction: &Transaction) -> Result<DateTime<Utc>, StoreError> {
    match transaction.backend() {
        DbBackend::Postgres => {
            let now = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp()");
            let row = transaction.row(now).await?;
            row.ok_or(StoreError::Bug("a database without a clock"))?.get(0)
        }
        _ => Ok(clock::now()),
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
