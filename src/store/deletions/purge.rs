//! The purge of deleted lists: their records are deleted in small steps.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor};

use crate::{
    domain::{AccountId, RecordId, RecordListId},
    store::{
        clock::now,
        engine::{
            read::{Read, read_in_order},
            transact::Transact,
            transaction::Transaction,
        },
        error::{ReadError, WriteError},
        list_key::ListKey,
        lists::statements as list_statements,
        records::statements as record_statements,
        writes::lock::LockedList,
    },
};

/// The number of records that one step deletes, with their phone numbers. A record may contain 16 KiB of extra data,
/// all of which SQLite overwrites, so a step stays at a few megabytes.
const STEP: usize = 200;

/// Finds deleted lists that still have records: at most 16, in order of deletion. Takes no lock.
pub(crate) struct DeletedLists;

impl Read for DeletedLists {
    type Output = Vec<ListKey>;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Vec<ListKey>, ReadError> {
        let find = list_statements::find_deleted_lists(database.get_database_backend());
        let mut lists = Vec::new();
        for row in database.query_all_raw(find).await? {
            let account: String = row.try_get_by_index(1)?;
            let account = AccountId::from_stored(account);
            lists.push(ListKey {
                account,
                id: RecordListId(row.try_get_by_index(0)?),
            });
        }
        Ok(lists)
    }
}

/// Deletes up to [`STEP`] records of a deleted list with their phone numbers. The last step marks the list as purged; its
/// row stays and counts its audit trail.
pub(crate) struct PurgeList {
    /// The list.
    pub(crate) list: ListKey,
    /// The last record known to be deleted. If each step started from the beginning, PostgreSQL would look at every
    /// deleted row that it has not vacuumed yet.
    pub(crate) after: Option<RecordId>,
}

/// How far a list has been purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purged {
    /// Up to and including this record.
    UpTo(RecordId),
    /// Nothing is left for this process: the list is purged, or another process is purging it.
    Done,
}

impl Transact for PurgeList {
    type Output = Purged;

    fn weight(&self) -> usize {
        STEP
    }

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Purged, WriteError>> {
        Box::pin(async move {
            let Some(lock) = LockedList::take_deleted(transaction, &self.list).await? else {
                return Ok(Purged::Done);
            };
            read_in_order(transaction).await?;
            let find = record_statements::ids_after(&lock, self.after, STEP);
            let mut ids = Vec::with_capacity(STEP);
            for row in transaction.rows(find).await? {
                ids.push(RecordId(row.get(0)?));
            }
            if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
                let numbers = record_statements::delete_further_numbers_between(&lock, *first, *last);
                transaction.execute(numbers).await?;
                let records = record_statements::delete_records_between(&lock, *first, *last);
                transaction.execute(records).await?;
                if ids.len() == STEP {
                    return Ok(Purged::UpTo(*last));
                }
            }
            let row = list_statements::mark_purged(&lock, now());
            transaction.execute(row).await?;
            Ok(Purged::Done)
        })
    }
}
