//! What a step of the purge of a deleted list costs.

use chrono::Utc;
use record_lists::{
    domain::{AccountId, RecordId, RecordListId},
    store::{
        ListKey, LockedList,
        lists::statements as list_statements,
        records::statements::{self as record_statements, IN_ORDER},
        writes::statements as write_statements,
    },
};
use uuid::Uuid;

use super::{explain::assert_steps_seek, rows::add_other_lists, transaction::begin};
use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    TestApp, apply, database_test, fill,
};

/// Records in the list.
const RECORDS: i64 = 20_000;

/// A step reads the next records in the order of the key, up to its limit, and deletes them by their ids.
#[apply(database_test)]
async fn a_step_of_a_purge_costs_the_same_in_every_database(app: TestApp) {
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
    let key = ListKey {
        account: AccountId::new("acme").expect("an account"),
        id,
    };
    // Marked for this transaction alone: the service must not purge it meanwhile.
    let transaction = begin(&app.database).await;
    transaction
        .execute_text("UPDATE record_list SET deleted_at = created_at")
        .await
        .expect("a mark");
    let lock = LockedList::take_deleted(&transaction, &key).await;
    let lock = lock.expect("a lock").expect("a deleted list");
    let (first, last) = [0, 199].map(|n| RecordId(Uuid::from_u128(n))).into();
    let [after, between, numbers_between] = match app.database.kind {
        Sqlite => [
            "record USING PRIMARY KEY (record_list_id=? AND id>?)",
            "record USING PRIMARY KEY (record_list_id=? AND id>? AND id<?)",
            "record_phone USING PRIMARY KEY (record_list_id=? AND record_id>? AND record_id<?)",
        ],
        Postgres => ["AND (id > ", "AND (id >= ", "AND (record_id >= "],
    };
    let statements = [
        ("find", "", "", list_statements::find_deleted_lists(backend)),
        ("lock", "", "", write_statements::lock_deleted_list(backend, &key)),
        (
            "first ids",
            IN_ORDER,
            "",
            record_statements::ids_after(&lock, None, 200),
        ),
        (
            "next ids",
            IN_ORDER,
            after,
            record_statements::ids_after(&lock, Some(last), 200),
        ),
        (
            "numbers",
            IN_ORDER,
            numbers_between,
            record_statements::delete_further_numbers_between(&lock, first, last),
        ),
        (
            "records",
            IN_ORDER,
            between,
            record_statements::delete_records_between(&lock, first, last),
        ),
        ("list", IN_ORDER, "", list_statements::mark_purged(&lock, Utc::now())),
    ];
    // On SQLite there is one writer, and a plan is made in a transaction of its own.
    let explaining = sea_orm::Database::connect(&app.database.direct_url)
        .await
        .expect("a connection");
    assert_steps_seek(&explaining, statements).await;
}
