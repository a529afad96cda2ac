//! `--deletions-retention`: entries of the audit trail go when they are old, and the totals with them.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::pages::add_entries;
use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    ServerProcess, TestApp, TestDatabase, TestList, apply, assert_counts, database_test, ids, person,
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
async fn processes_that_expire_entries_at_once_count_each_entry_once(#[values(Postgres)] database: TestDatabase) {
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

/// A list that always has a writer does not keep its entries until it has none: the job waits for its turn.
#[apply(database_test)]
async fn a_list_that_is_never_idle_loses_its_entries_too(#[values(Postgres)] app: TestApp) {
    let list = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    add_entries(&mut session, &list, 1, 1_200).await;
    let database = app.database.clone();
    drop(app);
    let mut lock = Blocker::hold(&database, &list.id).await;
    let _app = TestApp::on(database.clone(), |settings| {
        settings.deletions_retention = Some(DAY);
        settings.lock_timeout = Duration::from_secs(60);
    })
    .await;
    // Whenever a writer ends, the next one already waits, behind the job.
    while session.number(OLD).await > 0 {
        session.wait_for_waiters(1).await;
        let (next_database, id) = (database.clone(), list.id.clone());
        let next = tokio::spawn(async move { Blocker::hold(&next_database, &id).await });
        session.wait_for_waiters(2).await;
        lock.release().await;
        lock = next.await.expect("the next writer");
    }
    lock.release().await;
    assert_counts(&mut session).await;
}

/// What the database refuses for one list, it does not refuse for the lists that come after it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn lists_that_fail_hold_up_no_other(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let mut session = Blocker::connect(&database).await;
    let mut lists = Vec::new();
    for n in 0..4 {
        let list = TestList::create(server.as_manager(), "NOTHING").await;
        add_entries(&mut session, &list, n * 10 + 1, 10).await;
        lists.push(list);
    }
    server.kill();
    lists.sort_by(|a, b| a.id.cmp(&b.id));
    for (n, refused) in lists[..2].iter().enumerate() {
        let id = &refused.id;
        let plant = match database.kind {
            Sqlite => format!(
                "CREATE TRIGGER planted_{n} BEFORE DELETE ON operation WHEN OLD.record_list_id = x'{}' \
                 BEGIN SELECT RAISE(ABORT, 'planted'); END",
                id.replace('-', "")
            ),
            Postgres => format!(
                "ALTER TABLE record_list ADD CONSTRAINT planted_{n} CHECK (id <> '{id}' OR deletions_count = 10)"
            ),
        };
        session.execute(&plant).await;
    }
    let retention = ["--deletions-retention", "1day"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &retention);
    server.ready().await;
    wait_for(&mut session, OLD, 20).await;
    assert_counts(&mut session).await;
    for list in &lists[2..] {
        let list = list.asked_by(server.as_manager());
        assert_eq!(list.trail().await.len(), 0);
    }
    let log = server.log();
    assert!(
        log.contains("expired entries of the audit trail could not be deleted"),
        "{log}"
    );
}

/// Entries go from the old end, so every page must hold exactly those of the others that its total says.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_its_total_are_of_one_moment_while_entries_go(app: TestApp) {
    const ENTRIES: u32 = 20_000;
    let list = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    add_entries(&mut session, &list, 1, ENTRIES).await;
    let database = app.database.clone();
    drop(app);
    let app = with_retention(database).await;
    let caller = app.as_manager();
    let mut last_total = u64::from(ENTRIES);
    for n in 0.. {
        let path = match n % 2 {
            0 => "/deletions".to_owned(),
            _ => list.path("/deletions"),
        };
        let per_page = [50, 7, 200, 1][n / 2 % 4];
        // The last page by the last total, those around it, and some that have long been in the first half.
        let last = last_total.div_ceil(per_page).max(1);
        let number = [last, last / 2 + 1, last.saturating_sub(3).max(1), last / 3 + 1][n / 8 % 4];
        let page = caller.page(&format!("{path}?page={number}&per_page={per_page}")).await;
        let total = page["total"].as_u64().expect("a total");
        let start = (number - 1) * per_page;
        let end = total.min(start + per_page);
        let expected: Vec<String> = (start..end)
            .map(|place| Uuid::from_u128(u128::from(u64::from(ENTRIES) - place)).to_string())
            .collect();
        assert_eq!(
            ids(&page),
            expected,
            "{path}: page {number} of {per_page}, total {total}"
        );
        assert!(total <= last_total, "{total} after {last_total}");
        last_total = total;
        if total == 0 {
            break;
        }
    }
    assert_counts(&mut session).await;
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
