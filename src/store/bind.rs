//! Binding of many keys as one value: an array (PostgreSQL) or a JSON text (SQLite).

use crate::domain::RecordId;
use sea_orm::{
    ColumnTrait, DbBackend, ExprTrait, Value,
    sea_query::{Expr, SimpleExpr, extension::postgres::PgFunc},
};

/// The condition that `column` is one of the texts.
pub(super) fn among_texts(backend: DbBackend, column: impl ColumnTrait, texts: Vec<&str>) -> SimpleExpr {
    let column = Expr::col(column);
    match backend {
        DbBackend::Postgres => {
            let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
            column.eq(PgFunc::any(Expr::val(Value::from(texts))))
        }
        _ => Expr::cust_with_exprs(
            "? IN (SELECT value FROM json_each(?))",
            [column, Expr::val(json_text(texts))],
        ),
    }
}

/// The ids as a JSON array of 32 hexadecimal digits each, as SQLite's `unhex` reads them.
pub(super) fn all_hexadecimal(ids: &[RecordId]) -> String {
    json_text(ids.iter().map(|id| id.0.simple().to_string()))
}

#[expect(clippy::expect_used, reason = "texts and numbers can always be serialised to JSON")]
pub(super) fn json_text<T: serde::Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    serde_json::to_string(&items).expect("plain values can be serialised")
}
