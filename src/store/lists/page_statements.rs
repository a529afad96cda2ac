//! The SQL statement that reads a page of lists.

use entity::Word;
use sea_orm::{DbBackend, Statement};

use crate::{
    domain::{AccountId, ListConditions, ListName, ListOrder, ListSort, Order, Paging, SortedKey},
    store::page_select::{PageSelect, SortBy},
};

/// A page of the lists that meet the conditions, in no order. Returns rows of `total`, which is the number of all of them
/// at the same moment, and the columns of the list. If the page has no list, there is one row whose other columns are
/// null.
pub fn page_of_lists(
    backend: DbBackend,
    account: &AccountId,
    conditions: &ListConditions,
    order: ListOrder,
    paging: &Paging<SortedKey>,
) -> Statement {
    let mut query = PageSelect::new(backend);
    let account = query.bind(account.as_str());
    let mut all = vec![format!("account_id = {account}"), "deleted_at IS NULL".to_owned()];
    if let Some(name) = conditions.name.as_ref().map(ListName::as_str) {
        let name = query.bind(name);
        all.push(format!("name = {name}"));
    }
    if let Some(status) = conditions.status {
        let status = query.bind(status.word());
        all.push(format!("status = {status}"));
    }
    query.within("created_at", &conditions.created_at, &mut all);
    query.within("updated_at", &conditions.updated_at, &mut all);
    let all = all.join(" AND ");
    let by = match order.by {
        ListSort::Id => SortBy::Nothing,
        ListSort::CreatedAt => SortBy::Second(query.second_of("created_at")),
        ListSort::UpdatedAt => SortBy::Second(query.second_of("updated_at")),
        ListSort::Name => SortBy::Text(match backend {
            DbBackend::Postgres => "name COLLATE \"C\"".to_owned(),
            _ => "name".to_owned(),
        }),
    };
    let order = Order {
        by,
        direction: order.direction,
    };
    let page = query.page("AND", &order, paging);
    let sql = format!(
        "SELECT totals.total, page.* FROM (SELECT COUNT(*) AS total FROM record_list WHERE {all}) AS totals \
         LEFT JOIN (SELECT * FROM record_list WHERE {all} {page}) AS page ON true"
    );
    query.statement(sql)
}
