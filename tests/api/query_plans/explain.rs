//! The plan of a statement, as the driver asks for it.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait, Value, sea_query::ArrayType,
};
use uuid::Uuid;

/// The plan of the statement, one line a step: with its values or, in the mode `force_generic_plan`, as PostgreSQL may
/// plan it without them from the sixth time on.
pub async fn explain(database: &DatabaseConnection, settings: &str, mode: &str, statement: Statement) -> String {
    let backend = statement.db_backend;
    let transaction = database.begin().await.expect("a transaction");
    if backend == DbBackend::Postgres {
        let settings = format!("SET LOCAL plan_cache_mode = {mode}; {settings}");
        transaction.execute_unprepared(&settings).await.expect("settings");
    }
    let (explained, column) = match (backend, mode) {
        (DbBackend::Postgres, "force_generic_plan") => {
            let (prepare, execute) = prepared(&statement);
            transaction.execute_unprepared(&prepare).await.expect("a statement");
            let explain = format!("EXPLAIN {execute}");
            (Statement::from_string(backend, explain), "QUERY PLAN")
        }
        (DbBackend::Postgres, _) => (with_prefix("EXPLAIN", statement), "QUERY PLAN"),
        _ => (with_prefix("EXPLAIN QUERY PLAN", statement), "detail"),
    };
    let rows = transaction.query_all_raw(explained).await.expect("a plan");
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", column).expect("a line"))
        .collect();
    lines.join("\n")
}

fn with_prefix(prefix: &str, statement: Statement) -> Statement {
    Statement {
        sql: format!("{prefix} {}", statement.sql),
        ..statement
    }
}

/// The text that prepares the statement, and the one that executes it, with nulls: `EXPLAIN` of the statement itself
/// would always be planned with its values.
fn prepared(statement: &Statement) -> (String, String) {
    let name = format!("generic_{}", Uuid::now_v7().simple());
    let values: Vec<&Value> = statement.values.iter().flat_map(|values| &values.0).collect();
    let types: Vec<String> = values.iter().map(|value| type_of(value)).collect();
    let nulls = vec!["NULL"; values.len()].join(", ");
    let arguments = |list: String| if list.is_empty() { list } else { format!(" ({list})") };
    (
        format!("PREPARE {name}{} AS {}", arguments(types.join(", ")), statement.sql),
        format!("EXECUTE {name}{}", arguments(nulls)),
    )
}

/// The type with which the driver binds the value.
fn type_of(value: &Value) -> String {
    let name = match value {
        Value::Uuid(_) => "uuid",
        Value::String(_) => "text",
        Value::Bool(_) => "boolean",
        Value::SmallInt(_) => "smallint",
        Value::Int(_) => "integer",
        Value::BigInt(_) | Value::BigUnsigned(_) => "bigint",
        Value::ChronoDateTimeUtc(_) => "timestamptz",
        Value::Array(ArrayType::Uuid, _) => "uuid[]",
        Value::Array(ArrayType::String, _) => "text[]",
        Value::Array(ArrayType::Int, _) => "integer[]",
        Value::Array(ArrayType::BigInt, _) => "bigint[]",
        other => panic!("a kind of value that no statement has: {other:?}"),
    };
    name.to_owned()
}
