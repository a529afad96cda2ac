//! The totals of the audit trail are kept with the lists, and are those of its entries.

use futures_util::future::join_all;
use record_lists::demo::LIST;
use serde_json::{Value, json};

use crate::support::{
    Blocker, Caller, Claims,
    Database::{Postgres, Sqlite},
    ServerProcess, TestApp, TestDatabase, TestList, apply, assert_counts, database_test, ids, person,
};

/// Waits until so many deleted lists are purged.
async fn wait_for_purged(session: &mut Blocker, count: i64) {
    let purged = "SELECT count(*) FROM record_list WHERE purged_at IS NOT NULL";
    for _ in 0..12_000 {
        if session.number(purged).await == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("deleted lists are not purged");
}

async fn assert_total(caller: &Caller, path: &str, total: u64) {
    let page = caller.page(path).await;
    assert_eq!(page["total"], total, "{path}");
    let listed = ids(&caller.page(&format!("{path}?per_page=200")).await);
    assert_eq!(listed.len() as u64, total, "{path}");
}

#[apply(database_test)]
async fn the_total_is_that_of_what_was_carried_out(app: TestApp) {
    let list = app.list().await;
    let other = app.list().await;
    let stranger = app.as_stranger();
    let theirs = TestList::create(stranger.clone(), "NOTHING").await;
    let records = list
        .add(&["+14155550101", "+14155550102", "+14155550103"].map(person))
        .await;
    let mut session = Blocker::connect(&app.database).await;
    // Some delete, some find nothing, some are rolled back; all of them are entries.
    list.delete_ids(&[&records[0], "x"]).await.assert_deleted(1, 1, 1);
    list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    list.delete_phones(&["+14155550102"]).await.assert_deleted(1, 0, 1);
    list.delete_external(&[("a", "b")]).await.assert_deleted(0, 1, 0);
    let body = json!([{"id": records[2]}, {"id": "x"}]);
    let kept = list.delete_by("?all_or_none=true", &body).await;
    kept.assert_deleted(0, 2, 0);
    list.delete_once("K", &body).await.assert_deleted(1, 1, 1);
    // None of these is one.
    assert!(list.delete_once("K", &body).await.is_replay());
    list.delete_by("?dry_run=true", &body).await.assert_status(200);
    list.delete(&json!([])).await.assert_status(400);
    list.delete_once("K", &json!([{"id": "y"}])).await.assert_status(422);
    list.add(&[person("+14155550104")]).await;
    other.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    theirs.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    assert_total(&list.caller, &list.path("/deletions"), 6).await;
    assert_total(&list.caller, &other.path("/deletions"), 1).await;
    assert_total(&list.caller, "/deletions", 7).await;
    assert_total(&stranger, "/deletions", 1).await;
    assert_counts(&mut session).await;
}

#[apply(database_test)]
async fn a_deleted_list_keeps_its_total(app: TestApp) {
    let list = app.list().await;
    let other = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let mut session = Blocker::connect(&app.database).await;
    for list in [&list, &other] {
        list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
        let deletion = list.caller.delete(&list.path("")).send().await;
        deletion.assert_status(204);
    }
    // Whether or not the rows of the lists are gone by now.
    for purged in [0, 2] {
        if purged > 0 {
            wait_for_purged(&mut session, purged).await;
        }
        assert_total(&list.caller, &list.path("/deletions"), 2).await;
        assert_total(&list.caller, &other.path("/deletions"), 2).await;
        assert_total(&list.caller, "/deletions", 4).await;
        assert_counts(&mut session).await;
    }
    let third = app.list().await;
    third.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    assert_total(&list.caller, "/deletions", 5).await;
    // Nothing else of a purged list is left, neither for its owner nor for anyone else.
    let named = session.number("SELECT count(*) FROM record_list WHERE purged_at IS NOT NULL AND name <> ''");
    assert_eq!(named.await, 0);
    let read = list.caller.get(&list.path("")).send().await;
    read.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let again = list.caller.delete(&list.path("")).send().await;
    again.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let lists = list.caller.get("/record-lists").send().await;
    assert_eq!(lists.assert_status(200).json()["total"], 1);
    let theirs = app.as_stranger().get(&list.path("/deletions")).send().await;
    theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

/// In one transaction for many lists, in transactions of their own, and waiting for each other.
#[apply(database_test)]
async fn the_totals_are_exact_however_many_delete_at_once(app: TestApp) {
    let lists = join_all((0..5).map(|_| app.list())).await;
    for list in &lists {
        list.add(&["+14155550101", "+14155550102"].map(person)).await;
    }
    let deletions = (0..150_usize).map(|n| {
        let list = &lists[n % 5];
        async move {
            let number = format!("+1415555010{}", n % 4);
            let many: Vec<Value> = (0..n % 90 + 1)
                .map(|n| json!({"phone_number": format!("+1415555{n:04}")}))
                .collect();
            match n % 3 {
                0 => list.delete(&many.into()).await,
                _ => list.delete_phones(&[&number]).await,
            }
            .assert_status(200);
        }
    });
    join_all(deletions).await;
    let mut session = Blocker::connect(&app.database).await;
    assert_counts(&mut session).await;
    for list in &lists {
        assert_total(&list.caller, &list.path("/deletions"), 30).await;
    }
    assert_total(&lists[0].caller, "/deletions", 150).await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_totals_are_exact_whichever_process_deletes(#[values(Postgres)] database: TestDatabase) {
    let servers = ServerProcess::start_all(&database, 3, &["--database-pool-size", "5"]).await;
    let list = TestList::create(servers[0].as_manager(), "NOTHING").await;
    let other = TestList::create(servers[0].as_manager(), "NOTHING").await;
    let deletions = (0..90_usize).map(|n| {
        let list = if n % 9 == 0 { &other } else { &list };
        let list = list.asked_by(servers[n % 3].as_manager());
        async move { list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0) }
    });
    join_all(deletions).await;
    let end = other.caller.delete(&other.path("")).send().await;
    end.assert_status(204);
    let mut session = Blocker::connect(&database).await;
    assert_counts(&mut session).await;
    for server in &servers {
        let caller = server.as_manager();
        assert_total(&caller, &list.path("/deletions"), 80).await;
        assert_total(&caller, &other.path("/deletions"), 11).await;
        assert_total(&caller, "/deletions", 91).await;
    }
}

/// The demo list is created again under its id, and goes on with the trail of the one before it.
#[apply(database_test)]
async fn a_demo_list_that_comes_back_keeps_its_trail(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &["--demo"]);
    server.ready().await;
    let path = format!("/record-lists/{}", LIST.0);
    let token = Claims::of("demo").token();
    for deletions in [1, 2] {
        let owner = server.as_anonymous().patient();
        let owner = owner.authorization(&format!("Bearer {token}"));
        // A server on PostgreSQL is ready before its demo data is.
        for _ in 0..2_400 {
            let list = owner.get(&path).send().await;
            if list.status == 200 && list.json()["records_count"] == 8 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        owner.delete(&path).send().await.assert_status(204);
        assert_total(&owner, &format!("{path}/deletions"), deletions).await;
        assert_total(&owner, "/deletions", deletions).await;
        let mut session = Blocker::connect(&database).await;
        wait_for_purged(&mut session, 1).await;
        assert_counts(&mut session).await;
        server.kill();
        server.start_again();
        server.ready().await;
    }
}

/// So PostgreSQL writes a new version of the row into the same page (HOT), and SQLite changes one page.
#[apply(database_test)]
async fn no_index_contains_a_count_of_a_list(app: TestApp) {
    let mut session = Blocker::connect(&app.database).await;
    let indexes = match app.database.kind {
        Sqlite => "sqlite_schema WHERE type = 'index' AND sql",
        Postgres => "pg_indexes WHERE indexdef",
    };
    let of_lists = format!("SELECT count(*) FROM {indexes} LIKE '%record_list_%(%account_id%'");
    assert_eq!(session.number(&of_lists).await, 2);
    for count in ["records_count", "deletions_count"] {
        let with_count = format!("SELECT count(*) FROM {indexes} LIKE '%{count}%'");
        assert_eq!(session.number(&with_count).await, 0, "{count}");
    }
}
