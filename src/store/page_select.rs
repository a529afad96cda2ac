//! Parts of the statements that read a page of a listing and its total, both of one moment.

use sea_orm::{DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::{
    domain::{Direction, Order, Paging, Position, Second, SortValue, SortedKey, TimeRange},
    store::error::ReadError,
};

/// A statement that is being written: its values, as far as there are any.
pub(super) struct PageSelect {
    /// The kind of database.
    pub(super) backend: DbBackend,
    values: Vec<Value>,
}

/// What a listing is ordered by, before the id: an expression of a type.
pub(super) enum SortBy {
    /// Nothing: the id alone decides.
    Nothing,
    /// A second, as [`PageSelect::second_of`] has it.
    Second(String),
    /// A number.
    Number(String),
    /// A text that is compared byte by byte.
    Text(String),
}

impl SortBy {
    /// The same value where it is a column with this name.
    pub(super) fn in_column(&self, name: &str) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Second(_) => Self::Second(name.to_owned()),
            Self::Number(_) => Self::Number(name.to_owned()),
            Self::Text(_) => Self::Text(name.to_owned()),
        }
    }

    /// The expression.
    pub(super) fn expression(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Second(by) | Self::Number(by) | Self::Text(by) => Some(by),
        }
    }
}

/// How SQLite's times begin.
const SQLITE_SECOND: &str = "%Y-%m-%dT%H:%M:%S";

impl PageSelect {
    /// A statement without values.
    pub(super) fn new(backend: DbBackend) -> Self {
        Self {
            backend,
            values: Vec::new(),
        }
    }

    /// Binds a value; its place in the statement.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Binds the beginning of a second, so that it can be compared with [`PageSelect::second_of`].
    fn bind_second(&mut self, second: Second) -> String {
        let start = second.start();
        match self.backend {
            DbBackend::Postgres => self.bind(start),
            _ => self.bind(start.format(SQLITE_SECOND).to_string()),
        }
    }

    /// The second in which a time is.
    pub(super) fn second_of(&self, column: &str) -> String {
        match self.backend {
            DbBackend::Postgres => format!("date_trunc('second', {column})"),
            // Times are texts in UTC, with 0 to 9 digits of a fraction.
            _ => format!("substr({column}, 1, 19)"),
        }
    }

    /// The conditions that a time is in a range.
    pub(super) fn within(&mut self, column: &str, range: &TimeRange, conditions: &mut Vec<String>) {
        if let Some(from) = range.from {
            let from = self.bind_second(from);
            conditions.push(format!("{column} >= {from}"));
        }
        if let Some(end) = range.to.and_then(Second::end) {
            let end = self.bind_second(Second::of(end));
            conditions.push(format!("{column} < {end}"));
        }
    }

    /// What follows the conditions of a page: that an item is behind the cursor, if the page starts at one, then the
    /// order and the limits. `word` leads to a further condition: `WHERE` or `AND`.
    pub(super) fn page(&mut self, word: &str, order: &Order<SortBy>, paging: &Paging<SortedKey>) -> String {
        let after = match &paging.position {
            Position::After(cursor) => format!("{word} {} ", self.behind(order, &cursor.after)),
            Position::Page(_) => String::new(),
        };
        let by = match (order.by.expression(), order.direction) {
            (None, _) => "id".to_owned(),
            (Some(by), Direction::Ascending) => format!("{by}, id"),
            (Some(by), Direction::Descending) => format!("{by} DESC, id"),
        };
        let limits = self.limits(paging);
        format!("{after}ORDER BY {by} {limits}")
    }

    /// The limits of a page and of the item behind it, which shows whether there is a next page.
    pub(super) fn limits<K>(&mut self, paging: &Paging<K>) -> String {
        let offset = match paging.position {
            Position::After(_) => 0,
            Position::Page(_) => paging.offset(),
        };
        // The databases have no larger number, and no listing has more items.
        let [limit, offset] = [paging.per_page + 1, offset].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let (limit, offset) = (self.bind(limit), self.bind(offset));
        format!("LIMIT {limit} OFFSET {offset}")
    }

    /// The condition that an item is behind the last one that was seen.
    fn behind(&mut self, order: &Order<SortBy>, last: &SortedKey) -> String {
        let value = match (&order.by, &last.value) {
            (SortBy::Second(_), SortValue::Number(seconds)) => Some(self.bind_second(Second::of_timestamp(*seconds))),
            (SortBy::Number(_), SortValue::Number(number)) => Some(self.bind(*number)),
            (SortBy::Text(_), SortValue::Text(text)) => Some(self.bind(text.as_str())),
            _ => None,
        };
        let id = self.bind(last.id);
        match (order.by.expression(), value) {
            (Some(by), Some(value)) => {
                let behind = match order.direction {
                    Direction::Ascending => ">",
                    Direction::Descending => "<",
                };
                format!("({by} {behind} {value} OR ({by} = {value} AND id > {id}))")
            }
            _ => format!("id > {id}"),
        }
    }

    /// The statement with this text.
    pub(super) fn statement(self, sql: String) -> Statement {
        Statement::from_sql_and_values(self.backend, sql, self.values)
    }
}

/// The number of all items, in any row of a page.
pub(super) fn total(row: &QueryResult) -> Result<u64, ReadError> {
    let total: i64 = row.try_get("", "total")?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// The rows of a page without the one that a page without items has, for the total.
pub(super) fn items(rows: &[QueryResult]) -> Result<Vec<&QueryResult>, ReadError> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        if row.try_get::<Option<Uuid>>("", "id")?.is_some() {
            items.push(row);
        }
    }
    Ok(items)
}
