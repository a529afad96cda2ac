//! What a step of the purge of a deleted list costs.

use record_lists::{domain::RecordListId, store::lists::statements};
use rstest::rstest;

use super::{RECORDS, explain, rows::add_other_lists};
use crate::support::{
    Blocker,
    Database::{self, Postgres, Sqlite},
    TestApp, fill,
};

/// A step reads the rows of the deleted list in the order of the key, up to its limit, and deletes them by the key.
#[rstest]
#[tokio::test]
async fn a_step_of_a_purge_costs_the_same_in_every_database(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let id = RecordListId(list.id.parse().expect("a UUID"));
    let mut session = Blocker::connect(&app.database).await;
    // In this order PostgreSQL knows nothing of the list: it takes it for empty.
    add_other_lists(&mut session).await;
    fill(&mut session, &list.id, RECORDS).await;
    let connection = sea_orm::Database::connect(&app.database.direct_url)
        .await
        .expect("a connection");
    let backend = connection.get_database_backend();
    let modes: &[&str] = match database {
        Sqlite => &[""],
        Postgres => &["force_custom_plan", "force_generic_plan"],
    };
    for (name, statement) in [
        ("find_deleted_list", statements::find_deleted_list(backend)),
        (
            "lock_deleted_list of any",
            statements::lock_deleted_list(backend, None),
        ),
        (
            "lock_deleted_list",
            statements::lock_deleted_list(backend, Some(id)),
        ),
        (
            "purge_phone_numbers",
            statements::purge_phone_numbers(backend, id),
        ),
        ("purge_records", statements::purge_records(backend, id)),
        ("purge_list", statements::purge_list(backend, id)),
    ] {
        for mode in modes {
            let plan = explain(&connection, statements::IN_ORDER, mode, statement.clone()).await;
            let reads_all = ["SCAN", "Seq Scan", "Bitmap", "Hash", "Merge", "Nested Loop"];
            // The rows of the step itself are gone through, one after the other.
            let steps = plan.lines().filter(|line| !line.starts_with("SCAN step"));
            let is_scan = steps
                .flat_map(|line| reads_all.iter().map(move |scan| line.contains(scan)))
                .any(|is_scan| is_scan);
            assert!(!is_scan, "{name}, {mode}:\n{plan}");
        }
    }
}
