//! The write that creates a list.

use entity::record_list;

use super::{
    read::record_list,
    statements::{count_lists, create_list},
};
use crate::{
    domain::{NewRecordList, RecordList, Status},
    store::{
        clock::now,
        error::{StoreError, WriteError},
        writes::{account::AccountWrite, lock::LockedAccount, trace::Trace},
    },
};

/// Creates an empty list, unless the account has reached its limit.
#[derive(Clone, Debug)]
pub struct CreateList(pub NewRecordList);

/// How many lists the account has.
async fn present(account: &LockedAccount<'_>) -> Result<u64, WriteError> {
    if let Some(lists) = account.lists {
        return Ok(lists);
    }
    let transaction = account.transaction;
    let count = count_lists(transaction.backend(), account.account);
    let present: i64 = transaction.row(count).await?.map_or(Ok(0), |row| row.get(0))?;
    Ok(u64::try_from(present).unwrap_or(0))
}

impl AccountWrite for CreateList {
    type Output = RecordList;

    async fn apply(&self, account: &LockedAccount<'_>) -> Result<RecordList, WriteError> {
        let backend = account.transaction.backend();
        account.limits.check_lists(present(account).await?)?;
        let Self(new) = self;
        let now = now();
        let row = record_list::Model {
            id: new.id.0,
            account_id: account.account.as_str().to_owned(),
            kind: record_list::Kind::RecordList,
            name: new.name.clone().into(),
            unique_identifier_type: new.unique_identifier_type,
            status: Status::Accepted,
            records_count: 0,
            deletions_count: 0,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            purged_at: None,
        };
        let insert = create_list(backend, row.clone());
        if account.transaction.execute(insert).await? == 0 {
            return Err(StoreError::Data("there is a list with this id".to_owned()).into());
        }
        Ok(record_list(row))
    }

    fn trace(&self, list: &RecordList) -> Trace {
        Trace::List(list.id)
    }
}
