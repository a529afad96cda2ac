//! Creates the first tables: record lists, records, phone numbers and the audit trail of deletions.
//!
//! Every primary key, unique constraint and foreign key starts with the record list's id, and there are no triggers.
//! The tables can therefore be distributed by that id.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use crate::columns::{key_text, optional_key_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum RecordList {
    Table,
    Id,
    AccountId,
    Name,
    UniqueIdentifierType,
    Status,
    RecordsCount,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
#[expect(clippy::enum_variant_names, reason = "the variants are named after the columns")]
enum Record {
    Table,
    RecordListId,
    Id,
    FirstName,
    LastName,
    Timezone,
    Priority,
    ExtraData,
    ExternalProvider,
    ExternalId,
    ExternalUrl,
    SyncExternalId,
    UploadRequestId,
    UniqueInList,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum RecordPhone {
    Table,
    RecordListId,
    PhoneNumber,
    RecordId,
    PhoneType,
    Position,
    UniqueInList,
}

#[derive(DeriveIden)]
enum Operation {
    Table,
    RecordListId,
    Id,
    AccountId,
    ClientId,
    Kind,
    TotalDeleted,
    TotalErrors,
    TotalRecordsDeleted,
    RequestId,
    CreatedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in [
            record_list_table(backend),
            record_table(backend),
            record_phone_table(backend),
            operation_table(backend),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            Operation::Table.into_table_ref(),
            RecordPhone::Table.into_table_ref(),
            Record::Table.into_table_ref(),
            RecordList::Table.into_table_ref(),
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// On SQLite, stores the table in its primary key, so that a lookup by the key is a seek as on PostgreSQL. Without
/// this, SQLite plans the lookup as a scan of the list if the database has no statistics.
fn clustered(table: &mut TableCreateStatement, backend: DatabaseBackend) -> TableCreateStatement {
    if backend == DatabaseBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table.to_owned()
}

fn record_list_table(backend: DatabaseBackend) -> TableCreateStatement {
    clustered(
        Table::create()
            .table(RecordList::Table)
            .col(uuid(RecordList::Id).primary_key())
            .col(key_text(RecordList::AccountId, backend))
            .col(text(RecordList::Name))
            .col(text(RecordList::UniqueIdentifierType))
            .col(text(RecordList::Status))
            .col(big_integer(RecordList::RecordsCount))
            .col(timestamp_with_time_zone(RecordList::CreatedAt))
            .col(timestamp_with_time_zone(RecordList::UpdatedAt)),
        backend,
    )
}

/// The foreign key prevents deleting a list that still has records: their phone numbers would be left behind.
fn record_table(backend: DatabaseBackend) -> TableCreateStatement {
    clustered(
        Table::create()
            .table(Record::Table)
            .col(uuid(Record::RecordListId))
            .col(uuid(Record::Id))
            .col(text(Record::FirstName))
            .col(text(Record::LastName))
            .col(text_null(Record::Timezone))
            .col(small_integer(Record::Priority))
            .col(text(Record::ExtraData))
            .col(optional_key_text(Record::ExternalProvider, backend))
            .col(optional_key_text(Record::ExternalId, backend))
            .col(text_null(Record::ExternalUrl))
            .col(boolean(Record::SyncExternalId))
            .col(optional_key_text(Record::UploadRequestId, backend))
            .col(boolean(Record::UniqueInList))
            .col(timestamp_with_time_zone(Record::CreatedAt))
            .col(timestamp_with_time_zone(Record::UpdatedAt))
            .primary_key(Index::create().col(Record::RecordListId).col(Record::Id))
            .foreign_key(
                ForeignKey::create()
                    .from(Record::Table, Record::RecordListId)
                    .to(RecordList::Table, RecordList::Id)
                    .on_delete(ForeignKeyAction::Restrict),
            ),
        backend,
    )
}

/// There is no foreign key to the record. It would cost a lookup for each deleted record, which SQLite plans as a scan
/// of the list. Code that deletes records deletes their numbers in the same transaction.
fn record_phone_table(backend: DatabaseBackend) -> TableCreateStatement {
    clustered(
        Table::create()
            .table(RecordPhone::Table)
            .col(uuid(RecordPhone::RecordListId))
            .col(key_text(RecordPhone::PhoneNumber, backend))
            .col(uuid(RecordPhone::RecordId))
            .col(key_text(RecordPhone::PhoneType, backend))
            .col(small_integer(RecordPhone::Position))
            .col(boolean(RecordPhone::UniqueInList))
            .primary_key(
                Index::create()
                    .col(RecordPhone::RecordListId)
                    .col(RecordPhone::PhoneNumber)
                    .col(RecordPhone::RecordId)
                    .col(RecordPhone::PhoneType),
            ),
        backend,
    )
}

fn operation_table(backend: DatabaseBackend) -> TableCreateStatement {
    clustered(
        Table::create()
            .table(Operation::Table)
            .col(uuid(Operation::RecordListId))
            .col(uuid(Operation::Id))
            .col(key_text(Operation::AccountId, backend))
            .col(text(Operation::ClientId))
            .col(text(Operation::Kind))
            .col(integer(Operation::TotalDeleted))
            .col(integer(Operation::TotalErrors))
            .col(big_integer(Operation::TotalRecordsDeleted))
            .col(text(Operation::RequestId))
            .col(timestamp_with_time_zone(Operation::CreatedAt))
            .primary_key(Index::create().col(Operation::RecordListId).col(Operation::Id)),
        backend,
    )
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        Index::create()
            .name("record_list_account")
            .table(RecordList::Table)
            .col(RecordList::AccountId)
            .col(RecordList::Id)
            .to_owned(),
        // Records of every list can be looked up by the external pair; only some lists forbid duplicates of it.
        Index::create()
            .name("record_external")
            .table(Record::Table)
            .col(Record::RecordListId)
            .col(Record::ExternalProvider)
            .col(Record::ExternalId)
            .and_where(Expr::col(Record::ExternalId).is_not_null())
            .to_owned(),
        Index::create()
            .name("record_external_unique")
            .unique()
            .table(Record::Table)
            .col(Record::RecordListId)
            .col(Record::ExternalProvider)
            .col(Record::ExternalId)
            .and_where(Expr::col(Record::UniqueInList))
            .to_owned(),
        Index::create()
            .name("record_phone_unique")
            .unique()
            .table(RecordPhone::Table)
            .col(RecordPhone::RecordListId)
            .col(RecordPhone::PhoneNumber)
            .and_where(Expr::col(RecordPhone::UniqueInList))
            .to_owned(),
        // Finds the numbers of a record, for pages and deletes. It covers what a page shows; otherwise SQLite would
        // read all numbers of the list by the primary key.
        Index::create()
            .name("record_phone_record")
            .table(RecordPhone::Table)
            .col(RecordPhone::RecordListId)
            .col(RecordPhone::RecordId)
            .col(RecordPhone::Position)
            .to_owned(),
        Index::create()
            .name("operation_account")
            .table(Operation::Table)
            .col(Operation::AccountId)
            .col(Operation::Id)
            .to_owned(),
    ]
}
