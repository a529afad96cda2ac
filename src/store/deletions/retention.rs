//! The deletion of expired entries of the audit trail, in small steps.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult};
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
        lists::statements::{delete_purged_list, find_lists_after},
        writes::{
            lock::LockedList,
            statements::{IfLocked, adjust_counts},
        },
    },
};

/// The number of entries that one step deletes: so few that callers do not notice the wait.
const STEP: usize = 500;

/// Looks which of the next lists of all accounts, in order of their ids, have something to delete. Takes no lock.
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
    /// Those that have something to delete.
    pub(crate) due: Vec<ListKey>,
}

impl Read for ListsWithExpired {
    type Output = LookedAt;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<LookedAt, ReadError> {
        let Some(transaction) = begin_in_order(database).await? else {
            return self.look(database).await;
        };
        // After a failed statement, a commit would fail as well and hide the cause.
        let looked_at = self.look(&transaction).await?;
        transaction.commit().await?;
        Ok(looked_at)
    }
}

impl ListsWithExpired {
    async fn look(&self, database: &impl ConnectionTrait) -> Result<LookedAt, ReadError> {
        let find = find_lists_after(database.get_database_backend(), self.after);
        let (mut last, mut due) = (None, Vec::new());
        for row in database.query_all_raw(find).await? {
            let list = ListInTrail::from_query_result(&row, "")?;
            last = Some(list.id);
            if self.is_due(database, &list).await? {
                due.push(ListKey {
                    account: AccountId::from_stored(list.account_id),
                    id: RecordListId(list.id),
                });
            }
        }
        Ok(LookedAt { last, due })
    }

    /// Looks for an expired entry of the list. A distributed database needs a statement for each list.
    async fn is_due(&self, database: &impl ConnectionTrait, list: &ListInTrail) -> Result<bool, ReadError> {
        if list.deletions_count == 0 {
            // What is left of a purged list goes without its last entry.
            return Ok(list.is_purged);
        }
        let backend = database.get_database_backend();
        let oldest = operations_between(backend, RecordListId(list.id), Uuid::nil(), self.before, 1);
        Ok(database.query_one_raw(oldest).await?.is_some())
    }
}

/// What the search needs of a list's row.
#[derive(FromQueryResult)]
struct ListInTrail {
    id: Uuid,
    account_id: String,
    deletions_count: i64,
    is_purged: bool,
}

/// Deletes up to [`STEP`] expired entries of a list, the oldest first, and subtracts them from the list's count. The
/// last entry of a purged list takes the list's row with it.
pub(crate) struct ExpireEntries {
    /// The list, which may be deleted and purged.
    pub(crate) list: ListKey,
    /// The last entry known to be deleted; nil at the beginning. See
    /// [`PurgeList::after`](super::purge::PurgeList::after).
    pub(crate) after: Uuid,
    /// The first id that is not expired.
    pub(crate) before: Uuid,
    /// What to do if someone else has locked the list.
    pub(crate) if_locked: IfLocked,
}

/// How far the expired entries of a list have been deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    /// Up to and including this entry.
    UpTo(Uuid),
    /// No expired entry is left.
    Done,
    /// Someone else has locked the list, or it is gone.
    Skipped,
}

impl Transact for ExpireEntries {
    type Output = Expired;

    fn weight(&self) -> usize {
        STEP
    }

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Expired, WriteError>> {
        Box::pin(async move {
            let Some(lock) = LockedList::take_any(transaction, &self.list, self.if_locked).await? else {
                return Ok(Expired::Skipped);
            };
            read_in_order(transaction).await?;
            let find = operations_between(lock.backend(), lock.id(), self.after, self.before, STEP);
            let mut ids: Vec<Uuid> = Vec::with_capacity(STEP);
            for row in transaction.rows(find).await? {
                ids.push(row.get(0)?);
            }
            if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
                let delete = delete_operations(&lock, *first, *last);
                let deleted = transaction.execute(delete).await?;
                if deleted != ids.len() as u64 {
                    return Err(StoreError::Bug("the deleted entries are not those that were found").into());
                }
                let deleted = i64::try_from(deleted).unwrap_or(i64::MAX);
                transaction.execute(adjust_counts(&lock, 0, -deleted)).await?;
                if ids.len() == STEP {
                    return Ok(Expired::UpTo(*last));
                }
            }
            if lock.row.is_purged {
                // Unless an entry is left.
                transaction.execute(delete_purged_list(&lock)).await?;
            }
            Ok(Expired::Done)
        })
    }
}
