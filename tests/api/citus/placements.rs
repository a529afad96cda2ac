//! Every table has its place, where tables are distributed.

use std::collections::BTreeSet;

use migration::{LISTS, PLACEMENTS, Placement};

use crate::support::{Blocker, Database::Postgres, TestDatabase, apply, database_test};

#[apply(database_test)]
async fn every_table_has_a_place(#[values(Postgres)] database: TestDatabase) {
    let mut session = Blocker::connect(&database).await;
    let tables = session
        .texts("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'")
        .await;
    let placed: BTreeSet<&str> = PLACEMENTS.iter().map(|(table, _)| *table).collect();
    assert_eq!(tables.iter().map(String::as_str).collect::<BTreeSet<_>>(), placed);
    // What belongs to a list is with the list.
    for table in session
        .texts(
            "SELECT table_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND column_name = 'record_list_id'",
        )
        .await
    {
        assert!(
            PLACEMENTS.contains(&(table.as_str(), Placement::WithList("record_list_id"))),
            "{table}"
        );
    }
    assert_eq!(PLACEMENTS[0], (LISTS, Placement::WithList("id")));
}
