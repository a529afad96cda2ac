//! Creates the table of saved responses, and the one that counts their bytes.

use sea_orm_migration::{prelude::*, schema::*};

use crate::columns::key_text;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum IdempotencyKey {
    Table,
    RecordListId,
    AccountId,
    Key,
    Fingerprint,
    Response,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum SavedResponseBytes {
    Table,
    RecordListId,
    AccountId,
    Hour,
    Bytes,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // Not `WITHOUT ROWID` on SQLite, because a response can be megabytes long.
        let table = Table::create()
            .table(IdempotencyKey::Table)
            .col(uuid(IdempotencyKey::RecordListId))
            .col(key_text(IdempotencyKey::AccountId, backend))
            .col(key_text(IdempotencyKey::Key, backend))
            .col(text(IdempotencyKey::Fingerprint))
            .col(blob(IdempotencyKey::Response))
            .col(timestamp_with_time_zone(IdempotencyKey::ExpiresAt))
            .primary_key(
                Index::create()
                    .col(IdempotencyKey::RecordListId)
                    .col(IdempotencyKey::AccountId)
                    .col(IdempotencyKey::Key),
            )
            .to_owned();
        manager.create_table(table).await?;
        // Finds expired rows.
        let index = Index::create()
            .name("idempotency_key_expiry")
            .table(IdempotencyKey::Table)
            .col(IdempotencyKey::ExpiresAt)
            .to_owned();
        manager.create_index(index).await?;
        // By list, so that only writers that hold the same lock meet on a row.
        let table = Table::create()
            .table(SavedResponseBytes::Table)
            .col(uuid(SavedResponseBytes::RecordListId))
            .col(key_text(SavedResponseBytes::AccountId, backend))
            .col(timestamp_with_time_zone(SavedResponseBytes::Hour))
            .col(big_integer(SavedResponseBytes::Bytes))
            .primary_key(
                Index::create()
                    .col(SavedResponseBytes::RecordListId)
                    .col(SavedResponseBytes::AccountId)
                    .col(SavedResponseBytes::Hour),
            )
            .to_owned();
        manager.create_table(table).await?;
        // Finds the hours of an account.
        let index = Index::create()
            .name("saved_response_bytes_account")
            .table(SavedResponseBytes::Table)
            .col(SavedResponseBytes::AccountId)
            .col(SavedResponseBytes::Hour)
            .to_owned();
        manager.create_index(index).await?;
        // Finds the hours whose responses have expired.
        let index = Index::create()
            .name("saved_response_bytes_hour")
            .table(SavedResponseBytes::Table)
            .col(SavedResponseBytes::Hour)
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(SavedResponseBytes::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(IdempotencyKey::Table).to_owned())
            .await
    }
}
