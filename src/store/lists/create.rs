//! The write that creates a list.

use entity::record_list;
use sea_orm::{EntityTrait, PaginatorTrait};

use super::read::{of_account, record_list};
use crate::{
    domain::{NewRecordList, RecordList, Status},
    store::{
        clock::now,
        error::WriteError,
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
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        record_list::Entity::insert(record_list::ActiveModel::from(row.clone()))
            .exec_without_returning(account.transaction)
            .await?;
        Ok(record_list(row))
    }

    fn trace(&self, list: &RecordList) -> Trace {
        Trace::List(list.id)
    }
}
