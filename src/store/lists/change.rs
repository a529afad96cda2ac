//! The write that changes a list itself.

use chrono::{DateTime, Utc};
use entity::record_list::{self, Kind};
use sea_orm::ActiveEnum;

use super::{
    read::record_list,
    statements::{read_list, rename_list},
};
use crate::{
    domain::{ListChange, RecordList, Status},
    metrics::Effect,
    store::{
        clock::now,
        engine::row::Row,
        error::{StoreError, WriteError},
        writes::{
            list::ListWrite,
            lock::LockedList,
            trace::{Changed, Trace},
        },
    },
};

/// Changes a list. What stays as it is does not count as changed. There are no files yet that could be handed over.
#[derive(Clone, Debug)]
pub struct ChangeList(pub ListChange);

/// A list that may have been changed.
#[derive(Clone, Debug)]
pub struct ChangedList {
    /// The list as it is now.
    pub list: RecordList,
    /// When it was last changed before.
    before: DateTime<Utc>,
}

impl ListWrite for ChangeList {
    type Output = ChangedList;

    async fn apply(&self, lock: &LockedList<'_>) -> Result<ChangedList, WriteError> {
        let Self(change) = self;
        if change.hands_file_over {
            return Err(WriteError::NoFileWaiting);
        }
        let row = lock.transaction().row(read_list(lock)).await?;
        let row = row.ok_or(StoreError::Bug("a locked list without a row"))?;
        let mut list = record_list(model(&row, lock)?);
        let before = list.updated_at;
        // Those that earlier writes of the transaction have added are counted at its end.
        list.records_count = lock.records_count();
        if let Some(name) = change.name.as_ref().filter(|name| **name != list.name) {
            list.updated_at = now();
            list.name = name.clone();
            let rename = rename_list(lock, name, list.updated_at);
            lock.transaction().execute(rename).await?;
        }
        Ok(ChangedList { list, before })
    }

    fn effect(&self, _: &ChangedList) -> Effect {
        Effect::default()
    }

    fn weight(&self) -> Option<usize> {
        Some(1)
    }

    fn trace(&self, changed: &ChangedList) -> Trace {
        let (before, at) = (changed.before, changed.list.updated_at);
        if before == at {
            Trace::Nothing
        } else {
            Trace::ChangedList(Changed { before, at })
        }
    }
}

/// The row of a list that is not deleted.
fn model(row: &Row, lock: &LockedList<'_>) -> Result<record_list::Model, StoreError> {
    Ok(record_list::Model {
        id: row.get(0)?,
        account_id: row.get(1)?,
        kind: Kind::try_from_value(&row.get(2)?)?,
        name: row.get(3)?,
        unique_identifier_type: lock.row.unique_identifier_type,
        status: Status::try_from_value(&row.get(5)?)?,
        records_count: row.get(6)?,
        deletions_count: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        deleted_at: None,
        purged_at: None,
    })
}
