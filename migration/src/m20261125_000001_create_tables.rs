//! Creates the first tables: record lists, records, phone numbers and the audit trail of deletions.
//!
//! Every primary key, unique constraint and foreign key starts with the record list's id, and there are no triggers.
//! The tables can therefore be distributed by that id.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use crate::{
    columns::{key_text, optional_key_text},
    statistics,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum RecordList {
    Table,
    Id,
    AccountId,
    Kind,
    Name,
    UniqueIdentifierType,
    Status,
    RecordsCount,
    DeletionsCount,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
    PurgedAt,
}

#[derive(DeriveIden)]
#[expect(clippy::enum_variant_names, reason = "the variants are named after the columns")]
enum Record {
    Table,
    RecordListId,
    Id,
    FirstName,
    LastName,
    PhoneNumber,
    PhoneType,
    FurtherPhoneNumbers,
    Timezone,
    Priority,
    ExtraData,
    ExternalProvider,
    ExternalId,
    ExternalUrl,
    SyncExternalId,
    UploadRequestId,
    PhoneNumberIsUnique,
    ExternalIsUnique,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum RecordPhone {
    Table,
    RecordListId,
    RecordId,
    PhoneNumber,
    PhoneNumberIsUnique,
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
        statistics::before_tables(manager).await?;
        for table in [
            record_list_table(backend),
            record_table(backend),
            record_phone_table(backend),
            operation_table(backend),
        ] {
            manager.create_table(table).await?;
        }
        for index in list_indexes().into_iter().chain(indexes()) {
            manager.create_index(index).await?;
        }
        for table in ["record", "record_phone", "operation"] {
            statistics::take_lists_for_long(manager, table).await?;
        }
        statistics::after_tables(manager).await
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
            .col(text(RecordList::Kind))
            .col(text(RecordList::Name))
            .col(text(RecordList::UniqueIdentifierType))
            .col(text(RecordList::Status))
            .col(big_integer(RecordList::RecordsCount))
            .col(big_integer(RecordList::DeletionsCount))
            .col(timestamp_with_time_zone(RecordList::CreatedAt))
            .col(timestamp_with_time_zone(RecordList::UpdatedAt))
            .col(timestamp_with_time_zone_null(RecordList::DeletedAt))
            .col(timestamp_with_time_zone_null(RecordList::PurgedAt)),
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
            .col(key_text(Record::PhoneNumber, backend))
            .col(text(Record::PhoneType))
            .col(text_null(Record::FurtherPhoneNumbers))
            .col(text_null(Record::Timezone))
            .col(small_integer(Record::Priority))
            .col(text(Record::ExtraData))
            .col(optional_key_text(Record::ExternalProvider, backend))
            .col(optional_key_text(Record::ExternalId, backend))
            .col(text_null(Record::ExternalUrl))
            .col(boolean(Record::SyncExternalId))
            .col(optional_key_text(Record::UploadRequestId, backend))
            .col(boolean(Record::PhoneNumberIsUnique))
            .col(boolean(Record::ExternalIsUnique))
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

/// Where the further numbers of records are found; a record with one number has no row.
///
/// There is no foreign key to the record. It would cost a lookup for each deleted record, which SQLite plans as a scan
/// of the list. Code that deletes records deletes their numbers in the same transaction.
fn record_phone_table(backend: DatabaseBackend) -> TableCreateStatement {
    clustered(
        Table::create()
            .table(RecordPhone::Table)
            .col(uuid(RecordPhone::RecordListId))
            .col(uuid(RecordPhone::RecordId))
            .col(key_text(RecordPhone::PhoneNumber, backend))
            .col(boolean(RecordPhone::PhoneNumberIsUnique))
            .primary_key(
                Index::create()
                    .col(RecordPhone::RecordListId)
                    .col(RecordPhone::RecordId)
                    .col(RecordPhone::PhoneNumber),
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

/// The indexes of lists contain no count, so that an update of the counts touches no index.
fn list_indexes() -> [IndexCreateStatement; 3] {
    let of_account = |name: &str| {
        Index::create()
            .name(name)
            .table(RecordList::Table)
            .col(RecordList::AccountId)
            .col(RecordList::Id)
            .to_owned()
    };
    [
        of_account("record_list_account")
            .and_where(Expr::col(RecordList::DeletedAt).is_null())
            .to_owned(),
        // For the totals of their audit trails. Not on all deleted lists: PostgreSQL might then search it, and sort, for
        // the few that still have records.
        of_account("record_list_account_purged")
            .and_where(Expr::col(RecordList::PurgedAt).is_not_null())
            .to_owned(),
        // Finds the deleted lists that still have records.
        Index::create()
            .name("record_list_deleted")
            .table(RecordList::Table)
            .col(RecordList::DeletedAt)
            .and_where(Expr::col(RecordList::DeletedAt).is_not_null())
            .and_where(Expr::col(RecordList::PurgedAt).is_null())
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let mut indexes = vec![
        Index::create()
            .name("operation_account")
            .table(Operation::Table)
            .col(Operation::AccountId)
            .col(Operation::Id)
            .to_owned(),
    ];
    indexes.extend(lookup(
        "record_number",
        Index::create()
            .table(Record::Table)
            .col(Record::RecordListId)
            .col(Record::PhoneNumber),
        Expr::col(Record::PhoneNumberIsUnique),
        None,
    ));
    indexes.extend(lookup(
        "record_external",
        Index::create()
            .table(Record::Table)
            .col(Record::RecordListId)
            .col(Record::ExternalProvider)
            .col(Record::ExternalId),
        Expr::col(Record::ExternalIsUnique),
        Some(Expr::col(Record::ExternalId).is_not_null()),
    ));
    indexes.extend(lookup(
        "record_phone_number",
        Index::create()
            .table(RecordPhone::Table)
            .col(RecordPhone::RecordListId)
            .col(RecordPhone::PhoneNumber),
        Expr::col(RecordPhone::PhoneNumberIsUnique),
        None,
    ));
    indexes
}

/// The two indexes of a lookup: a unique one for the rows that must differ, and another one for the rows that need not.
/// Each row is in exactly one of them, so that a deletion touches one index per lookup. Statements name the condition
/// of the index that they need. Rows without the key are in neither.
fn lookup(
    name: &str,
    index: &IndexCreateStatement,
    is_unique: Expr,
    has_key: Option<Expr>,
) -> [IndexCreateStatement; 2] {
    let (mut unique, mut other) = (index.clone(), index.clone());
    unique
        .name(format!("{name}_unique"))
        .unique()
        .and_where(is_unique.clone());
    other.name(name).and_where(is_unique.not());
    if let Some(has_key) = has_key {
        other.and_where(has_key);
    }
    [unique, other]
}
