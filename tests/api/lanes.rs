//! Deletions of many lists that wait together share a transaction, and nobody notices.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    AtCommit::{self, CutAfter, CutBefore},
    Blocker,
    Database::{self, Postgres, Sqlite},
    Fixture, Relay, TestApp, TestDatabase, TestList, TestResponse, apply, database_test, external_person, person,
    redirect,
};

/// A deletion that is under way.
type Deletion = tokio::task::JoinHandle<TestResponse>;

/// An application with one lane, which can be kept busy.
struct OneLane {
    app: TestApp,
    /// Between the application and PostgreSQL.
    relay: Option<Relay>,
    /// The database without anything in between.
    direct: TestDatabase,
}

/// What keeps the lane busy: a deletion whose transaction cannot begin.
struct Busy {
    deletion: Deletion,
    file: Option<Blocker>,
}

impl Fixture for OneLane {
    type On = Database;

    async fn prepare(on: Database) -> Option<Self> {
        let mut database = on.create().await?;
        let direct = database.clone();
        let relay = if on == Postgres {
            let (port, real_port) = redirect(&mut database);
            Some(Relay::start(port, real_port).await)
        } else {
            None
        };
        let app = TestApp::on(database, |settings| {
            settings.lanes = 1;
        })
        .await;
        Some(Self { app, relay, direct })
    }
}

impl OneLane {
    /// Lists with these records, and their ids.
    async fn lists(&self, count: usize, records: &[Value]) -> Vec<(TestList, Vec<String>)> {
        let mut lists = Vec::new();
        for _ in 0..count {
            let list = self.app.list().await;
            let ids = list.add(records).await;
            lists.push((list, ids));
        }
        lists
    }

    async fn occupy(&self) -> Busy {
        let (list, ids) = self.lists(1, &[person("+14155550100")]).await.remove(0);
        let file = match &self.relay {
            Some(relay) => {
                relay.be_silent(true);
                None
            }
            None => Some(Blocker::hold(&self.direct, &list.id).await),
        };
        let deletion = send(&list, "", json!([{"id": ids[0]}]));
        self.app.wait_for_callers(1).await;
        self.app.wait_for_batches(0).await;
        Busy { deletion, file }
    }

    async fn release(&self, busy: Busy) {
        if let Some(relay) = &self.relay {
            relay.be_silent(false);
        }
        if let Some(file) = busy.file {
            file.release().await;
        }
        let answer = busy.deletion.await.expect("no panic");
        answer.assert_deleted(1, 0, 1);
    }

    /// The number of transactions that have written to SQLite.
    async fn mark(&self) -> i64 {
        let mut session = Blocker::connect(&self.direct).await;
        session.number("SELECT user_version FROM pragma_user_version").await
    }

    /// In how many transactions deletions of these lists were carried out on PostgreSQL.
    async fn transactions(&self, lists: &[(TestList, Vec<String>)]) -> i64 {
        let ids = lists.iter().map(|(list, _)| format!("'{}'", list.id));
        let ids: Vec<String> = ids.collect();
        let count = format!(
            "SELECT count(DISTINCT created_at) FROM operation WHERE record_list_id IN ({})",
            ids.join(", ")
        );
        let mut session = Blocker::connect(&self.direct).await;
        session.number(&count).await
    }
}

/// Sends the deletion and leaves it waiting.
fn send(list: &TestList, query: &'static str, body: Value) -> Deletion {
    let list = list.asked_by(list.caller.clone());
    tokio::spawn(async move { list.delete_by(query, &body).await })
}

/// Sends a deletion of the first record of each of three lists; they share the lane's next transaction.
async fn send_together(server: &OneLane, lists: &[(TestList, Vec<String>)]) -> [Deletion; 3] {
    let busy = server.occupy().await;
    let mut waiting = Vec::new();
    for (earlier, (list, ids)) in lists.iter().enumerate() {
        waiting.push(send(list, "", json!([{"id": ids[0]}])));
        server.app.wait_for_batches(earlier + 1).await;
    }
    server.release(busy).await;
    waiting.try_into().expect("three lists")
}

/// All lists have the same numbers and references: what is deleted from one must stay in the others.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn lists_that_share_a_transaction_are_deleted_from_each_for_itself(server: OneLane) {
    let records: Vec<Value> = (0..8)
        .map(|n| external_person(&format!("+1415555010{n}"), "crm", &n.to_string()))
        .collect();
    let lists = server.lists(7, &records).await;
    let ids_of = |place: usize| &lists[place].1;
    // Per list: what is asked for, and which records go.
    let cases: [(&str, Value, [u64; 3], &[usize]); 7] = [
        (
            "",
            json!([{"id": ids_of(0)[1]}, {"id": ids_of(1)[5]}, {"id": "x"}]),
            [1, 2, 1],
            &[1],
        ),
        (
            "",
            json!([{"phone_number": "+14155550102"}, {"phone_number": "+14155550103"}]),
            [2, 0, 2],
            &[2, 3],
        ),
        (
            "",
            json!([{"external_provider": "crm", "external_id": "4"},
                   {"external_provider": "CRM", "external_id": "5"}]),
            [1, 1, 1],
            &[4],
        ),
        (
            "?all_or_none=true",
            json!([{"id": ids_of(3)[0]}, {"id": ids_of(4)[0]}]),
            [0, 2, 0],
            &[],
        ),
        (
            "?all_or_none=true",
            json!([{"id": ids_of(4)[0]}, {"id": ids_of(4)[7]}]),
            [2, 0, 2],
            &[0, 7],
        ),
        (
            "?missing=ignore",
            json!([{"id": ids_of(0)[2]}, {"id": ids_of(5)[6]}]),
            [1, 0, 1],
            &[6],
        ),
        ("", json!([{"id": ids_of(0)[3]}]), [0, 1, 0], &[]),
    ];
    let earlier = match server.direct.kind {
        Sqlite => server.mark().await,
        Postgres => 0,
    };
    let busy = server.occupy().await;
    let mut waiting = Vec::new();
    for (earlier, ((list, _), (query, body, ..))) in lists.iter().zip(&cases).enumerate() {
        waiting.push(send(list, query, body.clone()));
        server.app.wait_for_batches(earlier + 1).await;
    }
    server.release(busy).await;
    for (answer, (_, _, totals, _)) in waiting.into_iter().zip(&cases) {
        let [deleted, errors, records] = *totals;
        let answer = answer.await.expect("no panic");
        answer.assert_deleted(deleted, errors, records);
    }
    for ((list, ids), (_, _, _, gone)) in lists.iter().zip(&cases) {
        let kept = ids
            .iter()
            .enumerate()
            .filter(|(place, _)| !gone.contains(place))
            .map(|(_, id)| id.clone());
        let kept: Vec<String> = kept.collect();
        assert_eq!(list.ids().await, kept);
        assert_eq!(list.count().await as usize, kept.len());
        let trail = list.caller.get(&list.path("/deletions")).send().await;
        assert_eq!(trail.json()["total"], 1);
    }
    match server.direct.kind {
        // That of the one that kept the writer busy, with its records and its list, and the shared one.
        Sqlite => assert_eq!(server.mark().await - earlier, 4),
        Postgres => assert_eq!(server.transactions(&lists).await, 1),
    }
    let mut session = Blocker::connect(&server.direct).await;
    let records = session.number("SELECT count(*) FROM record").await;
    assert_eq!(records, 7 * 8 - 7);
}

/// Answers that are saved under keys are each list's own too.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn keys_count_within_their_list_in_a_shared_transaction(server: OneLane) {
    let records = [person("+14155550101"), person("+14155550102")];
    let lists = server.lists(3, &records).await;
    let (first, ids) = &lists[0];
    let body = json!([{"id": ids[0]}]);
    first.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    let busy = server.occupy().await;
    let waiting = lists.iter().map(|(list, ids)| {
        let body = json!([{"id": ids[0]}]);
        async move { list.delete_once("K", &body).await }
    });
    let release = async {
        server.app.wait_for_batches(3).await;
        server.release(busy).await;
    };
    let (answers, ()) = tokio::join!(join_all(waiting), release);
    let replays: Vec<bool> = answers.iter().map(TestResponse::is_replay).collect();
    assert_eq!(replays, [true, false, false]);
    for (answer, (list, ids)) in answers.into_iter().zip(&lists) {
        answer.assert_deleted(1, 0, 1);
        assert_eq!(list.ids().await, ids[1..]);
        let again = list.delete_once("K", &json!([{"id": ids[0]}])).await;
        assert!(again.is_replay());
        // The key is taken for something else.
        list.delete_once("K", &json!([{"id": ids[1]}]))
            .await
            .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
}

/// Every write that waits for SQLite's one writer shares its next commit, whatever it does.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn writes_of_every_kind_to_many_lists_share_a_commit(#[values(Sqlite)] server: OneLane) {
    let lists = server.lists(3, &[person("+14155550101")]).await;
    let earlier = server.mark().await;
    let busy = server.occupy().await;
    let mut waiting = vec![send(&lists[0].0, "", json!([{"id": lists[0].1[0]}]))];
    let [created, deleted] = [&lists[1].0, &lists[2].0].map(|list| list.asked_by(list.caller.clone()));
    server.app.wait_for_batches(1).await;
    waiting.push(tokio::spawn(
        async move { created.try_add(&[person("+14155550102")]).await },
    ));
    server.app.wait_for_batches(2).await;
    waiting.push(tokio::spawn(async move {
        deleted.caller.delete(&deleted.path("")).send().await
    }));
    server.app.wait_for_batches(3).await;
    let caller = server.app.as_manager();
    waiting.push(tokio::spawn(async move {
        caller.post("/record-lists").json(&json!({"name": "b"})).send().await
    }));
    server.app.wait_for_batches(4).await;
    server.release(busy).await;
    for answer in waiting {
        let answer = answer.await.expect("no panic");
        assert!(answer.status.is_success(), "{}", answer.status);
    }
    // That of the one that kept the writer busy, with its records and its list, and the shared one. The records of the
    // deleted list may be gone by now.
    let commits = server.mark().await - earlier;
    assert!((4..=5).contains(&commits), "{commits}");
}

/// What the database refuses for one list, it does not refuse for those that waited with it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_deletion_is_refused_fails_alone(server: OneLane) {
    let lists = server.lists(3, &[person("+14155550101")]).await;
    let mut session = Blocker::connect(&server.direct).await;
    let refused = &lists[1].0.id;
    let plant = match server.direct.kind {
        Sqlite => format!(
            "CREATE TRIGGER planted BEFORE INSERT ON operation WHEN NEW.record_list_id = x'{}' \
             BEGIN SELECT RAISE(ABORT, 'planted'); END",
            refused.replace('-', "")
        ),
        Postgres => {
            format!("ALTER TABLE operation ADD CHECK (record_list_id <> '{refused}')")
        }
    };
    session.execute(&plant).await;
    let waiting = send_together(&server, &lists).await;
    let mut statuses = Vec::new();
    for answer in waiting {
        statuses.push(answer.await.expect("no panic").status.as_u16());
    }
    assert_eq!(statuses, [200, 500, 200]);
    let counts = join_all(lists.iter().map(|(list, _)| list.count())).await;
    assert_eq!(counts, [0, 1, 0]);
}

/// Someone who holds one list holds up no other.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_someone_else_has_locked_is_passed_over_by_the_others(#[values(Postgres)] server: OneLane) {
    let lists = server.lists(3, &[person("+14155550101")]).await;
    let lock = Blocker::hold(&server.direct, &lists[1].0.id).await;
    let [first, held, last] = send_together(&server, &lists).await;
    first.await.expect("no panic").assert_deleted(1, 0, 1);
    last.await.expect("no panic").assert_deleted(1, 0, 1);
    // A new one is not held up either.
    lists[0].0.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    assert_eq!(lists[1].0.count().await, 1);
    lock.release().await;
    held.await.expect("no panic").assert_deleted(1, 0, 1);
    assert_eq!(lists[1].0.count().await, 0);
}

/// Nor does someone who holds a record of it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_records_someone_else_has_locked_waits_alone(#[values(Postgres)] server: OneLane) {
    let lists = server.lists(3, &[person("+14155550101")]).await;
    let mut lock = Blocker::connect(&server.direct).await;
    lock.execute("BEGIN").await;
    let (list, ids) = &lists[1];
    let record = format!(
        "SELECT 1 FROM record WHERE record_list_id = '{}' AND id = '{}' FOR UPDATE",
        list.id, ids[0]
    );
    lock.execute(&record).await;
    let [first, held, last] = send_together(&server, &lists).await;
    first.await.expect("no panic").assert_deleted(1, 0, 1);
    last.await.expect("no panic").assert_deleted(1, 0, 1);
    lists[0].0.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    lock.release().await;
    held.await.expect("no panic").assert_deleted(1, 0, 1);
}

/// One that is in the lane by itself has the time that it is due.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_lone_list_whose_records_someone_else_has_locked_waits_too(#[values(Postgres)] server: OneLane) {
    let (list, ids) = server.lists(1, &[person("+14155550101")]).await.remove(0);
    let mut lock = Blocker::connect(&server.direct).await;
    lock.execute("BEGIN").await;
    lock.execute("SELECT 1 FROM record FOR UPDATE").await;
    let held = send(&list, "", json!([{"id": ids[0]}]));
    let mut watcher = Blocker::connect(&server.direct).await;
    watcher.wait_for_waiters(1).await;
    // The lane has given up when it runs no more, and the deletion waits alone.
    server.app.wait_for_no_lane().await;
    watcher.wait_for_waiters(1).await;
    lock.release().await;
    held.await.expect("no panic").assert_deleted(1, 0, 1);
}

/// Each list learns what became of a transaction whose COMMIT got no answer.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_commit_that_is_lost_is_looked_up_for_each_list(
    #[values(Postgres)] server: OneLane,
    #[values(CutBefore, CutAfter)] order: AtCommit,
) {
    let lists = server.lists(3, &[person("+14155550101")]).await;
    let busy = server.occupy().await;
    let mut waiting = Vec::new();
    for (earlier, (list, ids)) in lists.iter().enumerate() {
        waiting.push(send(list, "", json!([{"id": ids[0]}])));
        server.app.wait_for_batches(earlier + 1).await;
    }
    // The COMMIT of the one that keeps the lane busy is lost, and then that of the others.
    let relay = server.relay.as_ref().expect("PostgreSQL is behind it");
    relay.at_commits(order, 2);
    relay.be_silent(false);
    relay.commits_were_met(2).await;
    for answer in std::iter::once(busy.deletion).chain(waiting) {
        let answer = answer.await.expect("no panic");
        match order {
            CutAfter => answer.assert_deleted(1, 0, 1),
            _ => answer.assert_error(503, "DATABASE_UNAVAILABLE"),
        };
    }
    for (list, _) in &lists {
        assert_eq!(list.count().await, u64::from(order == CutBefore));
    }
    let expected = i64::from(order == CutAfter);
    assert_eq!(server.transactions(&lists).await, expected);
}
