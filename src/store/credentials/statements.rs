//! The SQL statements on clients and signing keys.

use chrono::{DateTime, Utc};
use entity::{client, signing_key};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryTrait, Statement, sea_query::Expr};

use crate::{
    clock,
    domain::{Client, ClientId, SigningKey},
};

/// Reads the version.
pub fn read_version(backend: DbBackend) -> Statement {
    Statement::from_string(backend, "SELECT number FROM credentials_version WHERE id = 1")
}

/// Gives what is about to change another version. It also takes the lock that all changes take, so it is their first
/// statement.
///
/// The version is random: after a restore, a count would come to a number again that once stood for something else.
pub fn renew_version(backend: DbBackend) -> Statement {
    let random = clock::new_id().as_u64_pair().1 >> 1;
    let sql = "UPDATE credentials_version SET number = $1 WHERE id = 1";
    Statement::from_sql_and_values(backend, sql, [random.cast_signed().into()])
}

/// Reads all keys.
pub fn read_keys(backend: DbBackend) -> Statement {
    signing_key::Entity::find().build(backend)
}

/// Adds a client.
pub fn insert_client(backend: DbBackend, client: &Client) -> Statement {
    let row = client::Model {
        id: client.id.0.clone(),
        account_id: client.account.as_str().to_owned(),
        name: client.name.clone(),
        scope: client.scope.clone(),
        secret_hash: client.secret_hash.0.to_vec(),
        created_at: client.created_at,
        revoked_at: client.revoked_at,
    };
    client::Entity::insert(client::ActiveModel::from(row)).build(backend)
}

/// Revokes a client, unless it is revoked already.
pub fn revoke_client(backend: DbBackend, id: &ClientId, at: DateTime<Utc>) -> Statement {
    client::Entity::update_many()
        .col_expr(client::Column::RevokedAt, Expr::value(at))
        .filter(client::Column::Id.eq(id.0.as_str()))
        .filter(client::Column::RevokedAt.is_null())
        .build(backend)
}

/// Finds a client: a row if there is one with this id.
pub fn find_client(backend: DbBackend, id: &ClientId) -> Statement {
    let sql = "SELECT 1 FROM client WHERE id = $1";
    Statement::from_sql_and_values(backend, sql, [id.0.as_str().into()])
}

/// Adds a key.
pub fn insert_key(backend: DbBackend, key: &SigningKey) -> Statement {
    let row = signing_key::Model {
        kid: key.kid.clone(),
        public_key: key.public_key.clone(),
        private_key: key.sealed.clone(),
        signs_from: key.signs_from,
    };
    signing_key::Entity::insert(signing_key::ActiveModel::from(row)).build(backend)
}

/// Deletes a key.
pub fn delete_key(backend: DbBackend, kid: &str) -> Statement {
    signing_key::Entity::delete_many()
        .filter(signing_key::Column::Kid.eq(kid))
        .build(backend)
}
