//! Updates on PostgreSQL: one statement that reads all records of a request, and one that writes them.

use std::{collections::HashMap, sync::LazyLock};

use sqlx::{AssertSqlSafe, PgConnection, types::Json};

use super::Postgres;
use crate::hand::{
    ListKey, Outcome,
    change::{Change, change_all},
    record::{COLUMNS, Record, Row, records_of},
};

static READ: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM record r JOIN phone p ON p.record_id = r.id WHERE r.list_id = $1 AND r.id = ANY($2) \
         ORDER BY p.id"
    )
});

impl Postgres {
    pub(in crate::hand) async fn change(&self, list: ListKey<'_>, changes: &[Change]) -> Outcome<Vec<Option<Record>>> {
        // They write what they have read, so the list is locked.
        let Some(mut transaction) = self.begin(list, true).await? else {
            return Ok(None);
        };
        let ids: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(READ.as_str()))
            .bind(list.id)
            .bind(&ids)
            .fetch_all(&mut *transaction)
            .await?;
        let mut records = records_of(rows);
        let changed = change_all(&mut records, changes);
        write(&mut transaction, list, &records).await?;
        transaction.commit().await?;
        Ok(Some(changed))
    }
}

async fn write(
    transaction: &mut PgConnection,
    list: ListKey<'_>,
    records: &HashMap<String, Record>,
) -> sqlx::Result<()> {
    let records: Vec<&Record> = records.values().collect();
    let extra_data = records.iter().map(|record| Json(&record.extra_data));
    sqlx::query(
        "UPDATE record SET priority = c.priority, extra_data = c.extra_data, updated_at = c.updated_at \
         FROM unnest($2::text[], $3::int[], $4::jsonb[], $5::timestamptz[]) \
         AS c (id, priority, extra_data, updated_at) WHERE record.list_id = $1 AND record.id = c.id",
    )
    .bind(list.id)
    .bind(records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>())
    .bind(records.iter().map(|record| record.priority).collect::<Vec<_>>())
    .bind(extra_data.collect::<Vec<_>>())
    .bind(records.iter().map(|record| record.updated_at).collect::<Vec<_>>())
    .execute(transaction)
    .await?;
    Ok(())
}
