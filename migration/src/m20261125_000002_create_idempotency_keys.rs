//! Creates the table of saved responses.

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
            .col(text(IdempotencyKey::Response))
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
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(IdempotencyKey::Table).to_owned())
            .await
    }
}
