//! The read of one record.

use entity::record;
use sea_orm::{DatabaseExecutor, EntityTrait};

use super::read::record;
use crate::{
    domain::{AccountId, Record},
    store::{engine::read::Read, error::ReadError, list_key::RecordKey, lists::find_list},
};

/// Reads one record of a list; [`ReadError::RecordNotFound`] if the list has no such record.
#[derive(Clone, Debug)]
pub struct FindRecord(pub RecordKey);

impl Read for FindRecord {
    type Output = Record;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.0.list.account)
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Record, ReadError> {
        let RecordKey { list, id } = &self.0;
        find_list(database, list).await?;
        let id = id.ok_or(ReadError::RecordNotFound)?;
        let found = record::Entity::find_by_id((list.id.0, id.0));
        let row = found.one(database).await?;
        Ok(record(row.ok_or(ReadError::RecordNotFound)?)?)
    }
}
