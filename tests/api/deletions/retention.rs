//! `--deletions-retention`: entries of the audit trail go when they are old, and the totals with them.

use std::time::Duration;

use futures_util::future::join_all;

use super::pages::add_entries;
use crate::support::{
    Blocker, Database::Postgres, ServerProcess, TestApp, TestDatabase, TestList, apply, assert_counts, database_test,
    ids, person,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits until the query gives this number.
async fn wait_for(session: &mut Blocker, query: &str, expected: i64) {
    for _ in 0..12_000 {
        if session.number(query).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{query} stays {}", session.number(query).await);
}

/// The number of entries that are older than any that this service made.
const OLD: &str = "SELECT count(*) FROM operation WHERE client_id = 'c'";

/// Makes all entries so far as old as these can be, still in order.
async fn make_old(session: &mut Blocker) {
    let id = match session {
        Blocker::Sqlite(_) => "unhex('00000000' || substr(hex(id), 9))",
        Blocker::Postgres(_) => "('00000000' || substr(CAST(id AS text), 9))::uuid",
    };
    session.execute(&format!("UPDATE operation SET id = {id}")).await;
}

async fn with_retention(database: TestDatabase) -> TestApp {
    TestApp::on(database, |settings| settings.deletions_retention = Some(DAY)).await
}

#[apply(database_test)]
async fn old_entries_go_and_the_totals_stay_exact(app: TestApp) {
    let list = app.list().await;
    let bare = app.list().await;
    let gone = app.list().await;
    let half_gone = app.list().await;
    let theirs = TestList::create(app.as_stranger(), "NOTHING").await;
    let untouched = app.list().await;
    for list in [&list, &bare, &gone, &half_gone, &theirs] {
        list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    }
    let delete = async |list: &TestList| {
        let deletion = list.caller.delete(&list.path("")).send().await;
        deletion.assert_status(204);
    };
    delete(&gone).await;
    let mut session = Blocker::connect(&app.database).await;
    make_old(&mut session).await;
    // Of several steps, the last of which is smaller, or none.
    add_entries(&mut session, &list, 1, 1_200).await;
    add_entries(&mut session, &half_gone, 1_201, 500).await;
    add_entries(&mut session, &theirs, 1_701, 3).await;
    delete(&half_gone).await;
    let kept = list.add(&[person("+14155550101")]).await;
    let mut new = Vec::new();
    for _ in 0..3 {
        let answer = list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
        new.insert(0, answer.header("operation-id").to_owned());
    }
    wait_for(
        &mut session,
        "SELECT count(*) FROM record_list WHERE purged_at IS NOT NULL",
        2,
    )
    .await;
    // Without the setting, everything stays.
    let page = list.caller.page("/deletions").await;
    assert_eq!(page["total"], 1_200 + 500 + 5 + 4);
    let database = app.database.clone();
    drop(app);

    let app = with_retention(database).await;
    wait_for(&mut session, OLD, 0).await;
    wait_for(&mut session, "SELECT count(*) FROM operation", 4).await;
    wait_for(
        &mut session,
        "SELECT count(*) FROM record_list WHERE deletions_count = 0 AND purged_at IS NOT NULL",
        0,
    )
    .await;
    assert_counts(&mut session).await;
    let caller = app.as_manager();
    let list = list.asked_by(caller.clone());
    assert_eq!(list.trail().await, new);
    assert_eq!(list.ids().await, kept);
    // A list stays, whatever goes of its trail. A deleted one goes with the last entry of its trail.
    for (list, total) in [(&bare, 0), (&untouched, 0), (&half_gone, 1)] {
        let page = caller.page(&list.path("/deletions")).await;
        assert_eq!(page["total"], total);
    }
    let absent = caller.get(&gone.path("/deletions")).send().await;
    absent.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let page = caller.page("/deletions?per_page=3&page=2").await;
    assert_eq!((&page["total"], ids(&page).len()), (&4.into(), 1));
    let lists = caller.get("/record-lists").send().await;
    assert_eq!(lists.assert_status(200).json()["total"], 3);
    let theirs = app.as_stranger().page(&theirs.path("/deletions")).await;
    assert_eq!(theirs["total"], 0);
}

/// The entries of a list go in steps, each of which is whole, and the next process goes on.
#[apply(database_test)]
async fn a_killed_process_leaves_exact_totals(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager().patient(), "NOTHING").await;
    list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    let mut session = Blocker::connect(&database).await;
    add_entries(&mut session, &list, 1, 20_000).await;
    server.kill();
    let retention = ["--deletions-retention", "1day"];
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &retention);
    server.ready().await;
    for _ in 0..12_000 {
        if session.number(OLD).await < 20_000 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    server.kill();
    assert_counts(&mut session).await;
    server.start_again();
    server.ready().await;
    wait_for(&mut session, OLD, 0).await;
    assert_counts(&mut session).await;
    let list = list.asked_by(server.as_manager());
    assert_eq!(list.trail().await.len(), 1);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn processes_that_purge_at_once_count_each_entry_once(#[values(Postgres)] database: TestDatabase) {
    let start = |arguments: &[&str]| ServerProcess::start(database.folder.path(), &database.url, arguments);
    let first = start(&[]);
    first.ready().await;
    let mut lists = Vec::new();
    let mut session = Blocker::connect(&database).await;
    for n in 0..4 {
        let list = TestList::create(first.as_manager(), "NOTHING").await;
        add_entries(&mut session, &list, n * 3_000 + 1, 3_000).await;
        lists.push(list);
    }
    let options = ["--deletions-retention", "1day", "--database-pool-size", "5"];
    let servers = [start(&options), start(&options), start(&options)];
    for server in &servers {
        server.ready().await;
    }
    // All the while others delete from the same lists.
    let deletions = (0..60_usize).map(|n| {
        let list = lists[n % 4].asked_by(servers[n % 3].as_manager());
        async move { list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0) }
    });
    join_all(deletions).await;
    wait_for(&mut session, OLD, 0).await;
    assert_counts(&mut session).await;
    for list in &lists {
        assert_eq!(list.trail().await.len(), 15);
    }
}

/// A list that someone holds is passed over, and the others are not.
#[apply(database_test)]
async fn a_list_that_is_locked_holds_up_no_other(#[values(Postgres)] app: TestApp) {
    let held = app.list().await;
    let other = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    add_entries(&mut session, &held, 1, 10).await;
    add_entries(&mut session, &other, 11, 10).await;
    let lock = Blocker::hold(&app.database, &held.id).await;
    let database = app.database.clone();
    drop(app);
    let app = with_retention(database.clone()).await;
    wait_for(&mut session, OLD, 10).await;
    assert_counts(&mut session).await;
    lock.release().await;
    drop(app);
    let app = with_retention(database).await;
    wait_for(&mut session, OLD, 0).await;
    drop(app);
}

/// Nothing of a retention of less than a day is accepted: the trail also tells what became of a commit.
#[test]
fn a_retention_is_a_day_at_least() {
    let settings = record_lists::config::Settings::command();
    for (period, is_accepted) in [
        ("1day", true),
        ("400days", true),
        ("2years", true),
        ("52weeks", true),
        ("23h", false),
        ("0days", false),
        ("30", false),
        ("-1day", false),
        ("101years", false),
        ("for good", false),
    ] {
        let arguments = [format!("--deletions-retention={period}")];
        let matches = settings.clone().try_get_matches_from(arguments);
        assert_eq!(matches.is_ok(), is_accepted, "{period}");
    }
}
