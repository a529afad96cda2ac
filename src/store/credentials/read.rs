//! Reads of clients and signing keys.

use entity::{client, signing_key};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseExecutor, EntityTrait, QueryFilter};

use super::statements::read_version;
use crate::{
    domain::{AccountId, Client, ClientId, Credentials, SecretHash, SigningKey, SigningKeys},
    store::{
        engine::read::Read,
        error::{ReadError, StoreError},
    },
};

/// Reads the version of clients and keys, which is another one after each change.
#[derive(Clone, Copy, Debug)]
pub struct ReadVersion;

impl Read for ReadVersion {
    type Output = i64;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<i64, ReadError> {
        let read = read_version(database.get_database_backend());
        let row = database.query_one_raw(read).await?;
        let row = row.ok_or(StoreError::Bug("the version of clients and keys is missing"))?;
        Ok(row.try_get_by_index(0)?)
    }
}

/// Reads all keys, and the clients that are not revoked. What changes while they are read has another version.
#[derive(Clone, Copy, Debug)]
pub struct ReadCredentials;

impl Read for ReadCredentials {
    type Output = Credentials;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Credentials, ReadError> {
        // First: later, it could be that of a change that was not read.
        let version = ReadVersion.run(database).await?;
        let clients = client::Entity::find().filter(client::Column::RevokedAt.is_null());
        let clients = clients.all(database).await?;
        let keys = signing_key::Entity::find().all(database).await?;
        Ok(Credentials {
            version,
            clients: clients.into_iter().map(client).collect::<Result<_, _>>()?,
            keys: SigningKeys::new(keys.into_iter().map(signing_key).collect()),
        })
    }
}

/// Reads all clients, revoked ones too.
#[derive(Clone, Copy, Debug)]
pub struct ReadClients;

impl Read for ReadClients {
    type Output = Vec<Client>;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Vec<Client>, ReadError> {
        let clients = client::Entity::find().all(database).await?;
        Ok(clients.into_iter().map(client).collect::<Result<_, _>>()?)
    }
}

fn client(row: client::Model) -> Result<Client, StoreError> {
    let hash = <[u8; 32]>::try_from(row.secret_hash.as_slice());
    let unreadable = |_| StoreError::Data("the hash of a secret does not have 32 bytes".to_owned());
    Ok(Client {
        id: ClientId(row.id),
        account: AccountId::from_stored(row.account_id),
        name: row.name,
        scope: row.scope,
        secret_hash: SecretHash(hash.map_err(unreadable)?),
        created_at: row.created_at,
        revoked_at: row.revoked_at,
    })
}

fn signing_key(row: signing_key::Model) -> SigningKey {
    SigningKey {
        kid: row.kid,
        public_key: row.public_key,
        sealed: row.private_key,
        signs_from: row.signs_from,
    }
}
