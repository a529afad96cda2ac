//! Creates the tables of the token endpoint: its clients, its signing keys, and the version of both.
//!
//! They belong to no record list, and are small. A distributed database keeps them on one server.

use sea_orm_migration::{prelude::*, schema::*};

use crate::columns::key_text;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Client {
    Table,
    Id,
    AccountId,
    Name,
    Scope,
    SecretHash,
    CreatedAt,
    RevokedAt,
}

#[derive(DeriveIden)]
enum SigningKey {
    Table,
    Kid,
    PublicKey,
    PrivateKey,
    SignsFrom,
}

#[derive(DeriveIden)]
enum CredentialsVersion {
    Table,
    Id,
    Number,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let table = Table::create()
            .table(Client::Table)
            .col(key_text(Client::Id, backend).primary_key())
            .col(key_text(Client::AccountId, backend))
            .col(text(Client::Name))
            .col(text(Client::Scope))
            .col(blob(Client::SecretHash))
            .col(timestamp_with_time_zone(Client::CreatedAt))
            .col(timestamp_with_time_zone_null(Client::RevokedAt))
            .to_owned();
        manager.create_table(table).await?;
        let table = Table::create()
            .table(SigningKey::Table)
            .col(key_text(SigningKey::Kid, backend).primary_key())
            .col(blob(SigningKey::PublicKey))
            .col(blob(SigningKey::PrivateKey))
            .col(timestamp_with_time_zone(SigningKey::SignsFrom))
            .to_owned();
        manager.create_table(table).await?;
        let table = Table::create()
            .table(CredentialsVersion::Table)
            .col(integer(CredentialsVersion::Id).primary_key())
            .col(big_integer(CredentialsVersion::Number))
            .to_owned();
        manager.create_table(table).await?;
        let row = Query::insert()
            .into_table(CredentialsVersion::Table)
            .columns([CredentialsVersion::Id, CredentialsVersion::Number])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            CredentialsVersion::Table.into_table_ref(),
            SigningKey::Table.into_table_ref(),
            Client::Table.into_table_ref(),
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
