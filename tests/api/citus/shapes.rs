//! The shape that keeps a statement on one server: what is inserted comes from `VALUES`, or has a row of the list among its
//! sources. Without such a row, Citus would collect the rows on the coordinator and commit them in two phases.

use record_lists::domain::UniqueIdentifierType;

use super::routing::statements_of_writes;
use crate::{
    query_plans::hot_statements,
    support::{Database::Postgres, TestApp, apply, database_test},
};

/// Sources whose rows name the list.
const SOURCES: [&str; 2] = ["FROM record_list l,", "FROM saved_response_bytes b,"];

#[apply(database_test)]
async fn what_is_inserted_names_the_list(#[values(Postgres)] app: TestApp) {
    let list = app.list().await;
    let id = record_lists::domain::RecordListId(list.id.parse().expect("a UUID"));
    let mut all = hot_statements(&app, id, UniqueIdentifierType::Nothing, 20).await;
    all.extend(statements_of_writes(&app, id).await);
    let mut checked = 0;
    for (name, statement) in all {
        if name.ends_with(" of lists") {
            continue;
        }
        for insert in statement.sql.split("INSERT INTO ").skip(1) {
            let names_the_list = insert.contains("VALUES (") || SOURCES.iter().any(|source| insert.contains(source));
            assert!(names_the_list, "{name}: {}", statement.sql);
            checked += 1;
        }
    }
    assert!(checked >= 7, "{checked}");
}
