//! The transaction that makes a list.

use entity::record_list;
use futures_util::future::BoxFuture;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait,
    QueryFilter, Statement,
};

use super::read;
use crate::{
    domain::{NewRecordList, RecordList, Status},
    store::{
        ListKey, WriteError,
        clock::now,
        engine::transact::{Fate, Transact},
        once::{self, Once, Written},
    },
};

/// A new list.
pub(crate) struct CreateList {
    pub(crate) list: NewRecordList,
    /// The caller's key, if it may ask again.
    pub(crate) once: Option<Once<RecordList>>,
    /// Lists that an account may have.
    pub(crate) limit: u64,
}

impl Transact for CreateList {
    type Output = Written<RecordList>;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            self.lock_account(transaction).await?;
            let scope = ListKey::outside_lists(self.list.account.clone());
            let creation = self.create(transaction);
            once::carry_out(transaction, &scope, self.once.as_ref(), creation).await
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async move {
            let Written::Now(list) = output else {
                return Ok(Fate::Committed);
            };
            self.lock_account(transaction).await?;
            let found = record_list::Entity::find_by_id(list.id.0);
            Ok(match found.one(transaction).await? {
                Some(_) => Fate::Committed,
                None => Fate::NothingDone,
            })
        })
    }
}

impl CreateList {
    async fn create(&self, transaction: &DatabaseTransaction) -> Result<RecordList, WriteError> {
        let present = record_list::Entity::find()
            .filter(record_list::Column::AccountId.eq(self.list.account.as_str()))
            .count(transaction)
            .await?;
        if present >= self.limit {
            return Err(WriteError::LimitExceeded {
                limit: self.limit,
                what: "record lists in an account",
            });
        }
        let now = now();
        let row = record_list::Model {
            id: self.list.id.0,
            account_id: self.list.account.as_str().to_owned(),
            name: self.list.name.clone(),
            unique_identifier_type: self.list.unique_identifier_type,
            status: Status::Accepted,
            records_count: 0,
            created_at: now,
            updated_at: now,
        };
        record_list::Entity::insert(record_list::ActiveModel::from(row.clone()))
            .exec_without_returning(transaction)
            .await?;
        Ok(read::record_list(row))
    }

    /// Two lists of one account that are made at once must see each other, or both would pass the limit.
    async fn lock_account(&self, transaction: &DatabaseTransaction) -> Result<(), WriteError> {
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                [self.list.account.as_str().into()],
            );
            transaction.execute_raw(lock).await?;
        }
        Ok(())
    }
}
