//! The purge of expired entries of the audit trail, in small steps.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor};
use uuid::Uuid;

use crate::{
    domain::{AccountId, RecordListId},
    store::{
        audit::statements::{delete_operations, operations_between},
        engine::{
            read::{Read, begin_in_order, read_in_order},
            transact::Transact,
            transaction::Transaction,
        },
        error::{ReadError, StoreError, WriteError},
        list_key::ListKey,
        lists::statements::{adjust_counts, delete_purged_list, find_lists_with_expired_operations},
        writes::lock::LockedList,
    },
};

/// The number of entries that one step deletes: so few that callers do not notice the wait.
const STEP: usize = 500;

/// Looks which of the next lists of all accounts, in order of their ids, have something to purge. Takes no lock.
pub(crate) struct ListsWithExpired {
    /// The last list that was looked at; nil at the beginning.
    pub(crate) after: Uuid,
    /// The first id that is not expired.
    pub(crate) before: Uuid,
}

/// The lists that were looked at.
pub(crate) struct LookedAt {
    /// The last of them; `None` if there are no more lists.
    pub(crate) last: Option<Uuid>,
    /// Those that have something to purge.
    pub(crate) due: Vec<ListKey>,
}

impl Read for ListsWithExpired {
    type Output = LookedAt;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<LookedAt, ReadError> {
        let find = find_lists_with_expired_operations(database.get_database_backend(), self.after, self.before);
        let rows = match begin_in_order(database).await? {
            Some(transaction) => {
                let rows = transaction.query_all_raw(find).await?;
                transaction.commit().await?;
                rows
            }
            None => database.query_all_raw(find).await?,
        };
        let (mut last, mut due) = (None, Vec::new());
        for row in rows {
            let id = row.try_get_by_index(0)?;
            last = Some(id);
            if row.try_get_by_index(2)? {
                let account: String = row.try_get_by_index(1)?;
                due.push(ListKey {
                    account: AccountId::from_stored(account),
                    id: RecordListId(id),
                });
            }
        }
        Ok(LookedAt { last, due })
    }
}

/// Deletes up to [`STEP`] expired entries of a list, the oldest first, and subtracts them from the list's count. The
/// last entry of a purged list takes the list's row with it.
pub(crate) struct PurgeExpired {
    /// The list, which may be deleted and purged.
    pub(crate) list: ListKey,
    /// The last entry known to be deleted; nil at the beginning. See
    /// [`PurgeList::after`](super::purge::PurgeList::after).
    pub(crate) after: Uuid,
    /// The first id that is not expired.
    pub(crate) before: Uuid,
}

/// How far the trail of a list has been purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpiredPurged {
    /// Up to and including this entry.
    UpTo(Uuid),
    /// No expired entry is left.
    Done,
    /// Someone else has locked the list, or it is gone.
    Skipped,
}

impl Transact for PurgeExpired {
    type Output = ExpiredPurged;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<ExpiredPurged, WriteError>> {
        Box::pin(async move {
            let Some(lock) = LockedList::take_any(transaction, &self.list).await? else {
                return Ok(ExpiredPurged::Skipped);
            };
            read_in_order(transaction).await?;
            let find = operations_between(&lock, self.after, self.before, STEP);
            let mut ids: Vec<Uuid> = Vec::with_capacity(STEP);
            for row in transaction.query_all_raw(find).await? {
                ids.push(row.try_get_by_index(0)?);
            }
            if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
                let delete = delete_operations(&lock, *first, *last);
                let deleted = transaction.execute_raw(delete).await?.rows_affected();
                if deleted != ids.len() as u64 {
                    return Err(StoreError::Bug("the deleted entries are not those that were found").into());
                }
                let deleted = i64::try_from(deleted).unwrap_or(i64::MAX);
                transaction.execute_raw(adjust_counts(&lock, 0, -deleted)).await?;
                if ids.len() == STEP {
                    return Ok(ExpiredPurged::UpTo(*last));
                }
            }
            if lock.row.purged_at.is_some() {
                // Unless an entry is left.
                transaction.execute_raw(delete_purged_list(&lock)).await?;
            }
            Ok(ExpiredPurged::Done)
        })
    }
}
