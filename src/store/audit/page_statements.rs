//! The SQL statements that read pages of the audit trail. Each has its own function, so that tests can check its query
//! plan.

use sea_orm::{DbBackend, Statement, Value};

use crate::domain::{AccountId, End, Paging, Position, RecordListId, Window};
pub use crate::store::engine::postgres::IN_ORDER;

/// The number of deletions: of one list, or of the whole account. Returns one row of `total`, or none if the account
/// has no such list and no trail of one.
pub fn total_of_operations(backend: DbBackend, account: &AccountId, list: Option<RecordListId>) -> Statement {
    Statement::from_sql_and_values(backend, total_sql(list), values(account, list))
}

/// The deletions in a window, in no order: of one list, or of the whole account. Returns rows of `total`, which is the
/// number of all deletions at the same moment, and the columns of the deletion. If the window contains no deletion,
/// there is one row whose other columns are null. There is no row if the account has no such list and no trail of one.
///
/// On PostgreSQL it needs the settings of [`IN_ORDER`]: for a bound limit, the planner may assume a fraction of the table.
/// If the numbers were part of the text, each page would be a statement of its own and fill the cache.
///
/// The page of a list names the list alone, because its total has checked the owner. With the account as well,
/// PostgreSQL could take the index of the account, and read the other lists' deletions in search of this one's.
pub fn page_of_operations(
    backend: DbBackend,
    account: &AccountId,
    list: Option<RecordListId>,
    paging: Paging,
    window: Window,
) -> Statement {
    let mut values = values(account, list);
    let mut condition = match list {
        Some(_) => "record_list_id = $2",
        None => "account_id = $1",
    }
    .to_owned();
    if let Position::After(cursor) = paging.position {
        values.push(cursor.after.into());
        condition.push_str(&format!(" AND id < ${}", values.len()));
    }
    let order = match window.from {
        End::First => "DESC",
        End::Last => "ASC",
    };
    let Window { offset, limit, .. } = window;
    for number in [limit, offset] {
        // The databases have no larger number, and no listing has more items.
        values.push(i64::try_from(number).unwrap_or(i64::MAX).into());
    }
    let (limit, offset) = (values.len() - 1, values.len());
    let total = total_sql(list);
    let sql = format!(
        "SELECT totals.total, page.* FROM ({total}) AS totals LEFT JOIN (SELECT * FROM operation WHERE {condition} \
         ORDER BY id {order} LIMIT ${limit} OFFSET ${offset}) AS page ON true"
    );
    Statement::from_sql_and_values(backend, sql, values)
}

/// The total of the account is the sum over its lists: those that it has, those that are purged, and those in between.
/// Each of the three has an index.
fn total_sql(list: Option<RecordListId>) -> &'static str {
    match list {
        Some(_) => "SELECT deletions_count AS total FROM record_list WHERE account_id = $1 AND id = $2",
        None => {
            "SELECT CAST(COALESCE(SUM(deletions_count), 0) AS bigint) AS total FROM \
             (SELECT deletions_count FROM record_list WHERE account_id = $1 AND deleted_at IS NULL UNION ALL \
             SELECT deletions_count FROM record_list WHERE account_id = $1 AND purged_at IS NOT NULL UNION ALL \
             SELECT deletions_count FROM record_list WHERE account_id = $1 AND deleted_at IS NOT NULL \
             AND purged_at IS NULL) AS lists"
        }
    }
}

fn values(account: &AccountId, list: Option<RecordListId>) -> Vec<Value> {
    let account = Value::from(account.as_str());
    let list = list.map(|list| Value::from(list.0));
    [account].into_iter().chain(list).collect()
}
