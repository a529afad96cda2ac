//! The write that creates a list.

use entity::record_list;
use sea_orm::{ConnectionTrait, PaginatorTrait};

use super::{
    read::{of_account, record_list},
    statements::create_list,
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

impl AccountWrite for CreateList {
    type Output = RecordList;

    async fn apply(&self, account: &LockedAccount<'_>) -> Result<RecordList, WriteError> {
        let present = of_account(account.account).count(account.transaction).await?;
        account.limits.check_lists(present)?;
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
        let backend = account.transaction.get_database_backend();
        let insert = create_list(backend, row.clone());
        if account.transaction.execute_raw(insert).await?.rows_affected() == 0 {
            return Err(StoreError::Data("there is a list with this id".to_owned()).into());
        }
        Ok(record_list(row))
    }

    fn trace(&self, list: &RecordList) -> Trace {
        Trace::List(list.id)
    }
}
