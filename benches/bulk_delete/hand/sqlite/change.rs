//! Updates on SQLite: records are read and written one after the other.

use std::{collections::HashMap, sync::LazyLock};

use sqlx::{AssertSqlSafe, types::Json};

use super::Sqlite;
use crate::hand::{
    ListKey, Outcome,
    change::{Change, change_all},
    record::{COLUMNS, Record, Row, records_of},
};

static READ: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM record r JOIN phone p ON p.record_id = r.id WHERE r.list_id = ? AND r.id = ? \
         ORDER BY p.id"
    )
});

impl Sqlite {
    pub(in crate::hand) async fn change(&self, list: ListKey<'_>, changes: &[Change]) -> Outcome<Vec<Option<Record>>> {
        let Some(mut transaction) = self.begin(list).await? else {
            return Ok(None);
        };
        let mut records: HashMap<String, Record> = HashMap::new();
        for change in changes {
            let query = sqlx::query_as(AssertSqlSafe(READ.as_str()))
                .bind(list.id)
                .bind(&change.id);
            let rows: Vec<Row> = query.fetch_all(&mut *transaction).await?;
            records.extend(records_of(rows));
        }
        let changed = change_all(&mut records, changes);
        for record in records.values() {
            sqlx::query("UPDATE record SET priority = ?, extra_data = ?, updated_at = ? WHERE list_id = ? AND id = ?")
                .bind(record.priority)
                .bind(Json(&record.extra_data))
                .bind(record.updated_at)
                .bind(list.id)
                .bind(&record.id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(Some(changed))
    }
}
