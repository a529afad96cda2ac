//! Adds the deletion time of record lists. The rows of a deleted list are deleted in the background.

use sea_orm_migration::{prelude::*, schema::timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum RecordList {
    Table,
    DeletedAt,
}

/// The name of the index.
const DELETED: &str = "record_list_deleted";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table(RecordList::Table)
            .add_column(timestamp_with_time_zone_null(RecordList::DeletedAt))
            .to_owned();
        manager.alter_table(table).await?;
        // Finds the deleted lists that still have rows.
        let index = Index::create()
            .name(DELETED)
            .table(RecordList::Table)
            .col(RecordList::DeletedAt)
            .and_where(Expr::col(RecordList::DeletedAt).is_not_null())
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name(DELETED).table(RecordList::Table).to_owned();
        manager.drop_index(index).await?;
        let table = Table::alter()
            .table(RecordList::Table)
            .drop_column(RecordList::DeletedAt)
            .to_owned();
        manager.alter_table(table).await
    }
}
