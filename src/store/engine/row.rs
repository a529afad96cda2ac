//! A row that a statement returns, whichever driver read it.

use rusqlite::types::{FromSql, Value, ValueRef};
use sea_orm::{QueryResult, TryGetable};

use crate::store::error::StoreError;

/// A row, whose columns are read by their position.
pub(crate) enum Row {
    /// Of a driver that the ORM knows.
    Orm(QueryResult),
    /// Of the connection that writes to SQLite.
    Sqlite(Vec<Value>),
}

/// A type that a column can be read as.
pub(crate) trait Cell: TryGetable + FromSql {}

impl<T: TryGetable + FromSql> Cell for T {}

impl Row {
    /// The value of the column at this position, counted from zero.
    pub(crate) fn get<T: Cell>(&self, column: usize) -> Result<T, StoreError> {
        match self {
            Self::Orm(row) => Ok(row.try_get_by_index(column)?),
            Self::Sqlite(values) => values
                .get(column)
                .and_then(|value| T::column_result(ValueRef::from(value)).ok())
                .ok_or(StoreError::Bug("a column of a row cannot be read")),
        }
    }
}
