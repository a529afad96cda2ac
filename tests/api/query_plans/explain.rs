//! The plan of a statement, as the driver asks for it.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait, Value, sea_query::ArrayType,
};
use uuid::Uuid;

/// A statement of a step of a background job: its name, the settings of the transaction, what the plan must contain, and
/// the statement.
pub type Asked = (&'static str, &'static str, &'static str, Statement);

/// How a database plans: PostgreSQL with the values at first, and perhaps without them later.
pub fn modes(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &["force_custom_plan", "force_generic_plan"],
        _ => &[""],
    }
}

/// Fails if a plan reads or sorts a table instead of seeking in an order.
pub async fn assert_steps_seek(database: &DatabaseConnection, asked: impl IntoIterator<Item = Asked>) {
    for (name, settings, condition, statement) in asked {
        for mode in modes(statement.db_backend) {
            let plan = explain(database, settings, mode, statement.clone()).await;
            let reads_all = ["Seq Scan", "Bitmap", "Hash", "hashed", "Merge", "Sort", "TEMP B-TREE"];
            let is_scan =
                reads_all.iter().any(|scan| plan.contains(scan)) || plan.lines().any(|line| line.starts_with("SCAN"));
            assert!(!is_scan, "{name}, {mode}:\n{plan}");
            assert!(plan.contains(condition), "{name}, {mode}:\n{plan}");
        }
    }
}

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
        Value::Bytes(_) => "bytea",
        Value::SmallInt(_) => "smallint",
        Value::Int(_) => "integer",
        Value::BigInt(_) | Value::BigUnsigned(_) => "bigint",
        Value::ChronoDateTimeUtc(_) => "timestamptz",
        Value::Array(ArrayType::Uuid, _) => "uuid[]",
        Value::Array(ArrayType::String, _) => "text[]",
        Value::Array(ArrayType::Bytes, _) => "bytea[]",
        Value::Array(ArrayType::Bool, _) => "boolean[]",
        Value::Array(ArrayType::SmallInt, _) => "smallint[]",
        Value::Array(ArrayType::ChronoDateTimeUtc, _) => "timestamptz[]",
        Value::Array(ArrayType::Int, _) => "integer[]",
        Value::Array(ArrayType::BigInt, _) => "bigint[]",
        other => panic!("a kind of value that no statement has: {other:?}"),
    };
    name.to_owned()
}
