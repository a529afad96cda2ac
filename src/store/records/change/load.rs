//! Reads records under the lock of their list.

use entity::record;
use sea_orm::{ActiveEnum, DbBackend};

use super::statements::{read_record, read_records};
use crate::{
    domain::{PhoneType, RecordId},
    store::{engine::row::Row, error::StoreError, writes::lock::LockedList},
};

/// Those of the records that exist.
pub(super) async fn load(lock: &LockedList<'_>, ids: &[RecordId]) -> Result<Vec<record::Model>, StoreError> {
    let transaction = lock.transaction();
    let rows = match (lock.backend(), ids) {
        (_, []) => Vec::new(),
        (_, [one]) => Vec::from_iter(transaction.row(read_record(lock, *one)).await?),
        (DbBackend::Postgres, several) => transaction.rows(read_records(lock, several)).await?,
        (_, several) => {
            let mut rows = Vec::with_capacity(several.len());
            for id in several {
                rows.extend(transaction.row(read_record(lock, *id)).await?);
            }
            rows
        }
    };
    rows.iter().map(model).collect()
}

/// The row of a record.
fn model(row: &Row) -> Result<record::Model, StoreError> {
    Ok(record::Model {
        record_list_id: row.get(0)?,
        id: row.get(1)?,
        first_name: row.get(2)?,
        last_name: row.get(3)?,
        phone_number: row.get(4)?,
        phone_type: PhoneType::try_from_value(&row.get(5)?)?,
        further_phone_numbers: row.get(6)?,
        timezone: row.get(7)?,
        priority: row.get(8)?,
        extra_data: row.get(9)?,
        external_provider: row.get(10)?,
        external_id: row.get(11)?,
        external_url: row.get(12)?,
        sync_external_id: row.get(13)?,
        upload_request_id: row.get(14)?,
        phone_number_is_unique: row.get(15)?,
        external_is_unique: row.get(16)?,
        created_at: row.get(17)?,
        updated_at: row.get(18)?,
    })
}
