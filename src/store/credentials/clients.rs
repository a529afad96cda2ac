//! The registration of clients, and its end.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::statements::{find_client, insert_client, renew_version, revoke_client};
use crate::{
    domain::{Client, ClientId},
    store::{
        engine::{transact::Transact, transaction::Transaction},
        error::WriteError,
    },
};

/// Registers a client.
#[derive(Clone, Debug)]
pub struct AddClient(pub Client);

impl Transact for AddClient {
    type Output = ();

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            transaction.execute(renew_version(backend)).await?;
            transaction.execute(insert_client(backend, &self.0)).await?;
            Ok(())
        })
    }
}

/// Revokes a client: it gets no tokens any more, and those that it has do not count.
#[derive(Clone, Debug)]
pub struct RevokeClient {
    /// The client.
    pub id: ClientId,
    /// The current time.
    pub at: DateTime<Utc>,
}

/// What became of a client that was to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It is revoked now.
    Now,
    /// It was revoked before.
    Before,
    /// There is no such client.
    Unknown,
}

impl Transact for RevokeClient {
    type Output = Revoked;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Revoked, WriteError>> {
        Box::pin(async move {
            let backend = transaction.backend();
            transaction.execute(renew_version(backend)).await?;
            if transaction.execute(revoke_client(backend, &self.id, self.at)).await? > 0 {
                return Ok(Revoked::Now);
            }
            let known = transaction.row(find_client(backend, &self.id)).await?;
            Ok(known.map_or(Revoked::Unknown, |_| Revoked::Before))
        })
    }
}
