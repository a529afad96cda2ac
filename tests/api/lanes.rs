//! Deletions of many lists that wait together share a transaction, and nobody notices.

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    AtCommit::{self, CutAfter, CutBefore},
    Blocker,
    Database::{self, Postgres, Sqlite},
    Relay, TestApp, TestList, TestResponse, external_person, person, redirect,
};

/// A deletion that is under way.
type Deletion = tokio::task::JoinHandle<TestResponse>;

/// Keeps the one lane busy until it is released: with a deletion that waits for someone who has its record, or on
/// SQLite for the file.
struct BusyLane {
    blocker: Blocker,
    deletion: Deletion,
}

impl BusyLane {
    async fn start(app: &TestApp, database: Database) -> Self {
        let list = app.list().await;
        let ids = list.add(&[person("+14155550100")]).await;
        let blocker = match database {
            Sqlite => Blocker::hold(&app.database, &list.id).await,
            Postgres => {
                let mut blocker = Blocker::connect(&app.database).await;
                blocker.execute("BEGIN").await;
                let lock = format!("SELECT 1 FROM record WHERE id = '{}' FOR UPDATE", ids[0]);
                blocker.execute(&lock).await;
                blocker
            }
        };
        let deletion = tokio::spawn(async move { list.delete_ids(&[&ids[0]]).await });
        app.wait_for_callers(1).await;
        if matches!(database, Postgres) {
            let mut watcher = Blocker::connect(&app.database).await;
            watcher.wait_for_waiters(1).await;
        }
        Self { blocker, deletion }
    }

    async fn release(self) {
        self.blocker.release().await;
        let answer = self.deletion.await.expect("no panic");
        answer.assert_deleted(1, 0, 1);
    }
}

async fn with_one_lane(database: Database) -> Option<TestApp> {
    TestApp::with(database, |settings| settings.lanes = Some(1)).await
}

/// Sends the deletion and leaves it waiting.
fn send(list: &TestList, query: &'static str, body: Value) -> Deletion {
    let list = list.asked_by(list.caller.clone());
    tokio::spawn(async move { list.delete_by(query, &body).await })
}

/// All lists have the same numbers and references: what is deleted from one must stay in the others.
#[rstest]
#[tokio::test]
async fn lists_that_share_a_transaction_are_deleted_from_each_for_itself(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = with_one_lane(database).await else {
        return;
    };
    let records: Vec<Value> = (0..8)
        .map(|n| external_person(&format!("+1415555010{n}"), "crm", &n.to_string()))
        .collect();
    let mut lists = Vec::new();
    for _ in 0..7 {
        let list = app.list().await;
        let ids = list.add(&records).await;
        lists.push((list, ids));
    }
    let ids_of = |place: usize| &lists[place].1;
    // Per list: what is asked for, and which records go.
    let cases: [(&str, Value, [u64; 3], &[usize]); 7] = [
        (
            "",
            json!([{"id": ids_of(0)[1]}, {"id": ids_of(1)[2]}, {"id": "x"}]),
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
            json!([{"id": ids_of(0)[1]}, {"id": ids_of(5)[6]}]),
            [1, 0, 1],
            &[6],
        ),
        ("", json!([{"id": ids_of(0)[1]}]), [0, 1, 0], &[]),
    ];
    let lane = BusyLane::start(&app, database).await;
    let mut waiting = Vec::new();
    for (earlier, ((list, _), (query, body, ..))) in lists.iter().zip(&cases).enumerate() {
        waiting.push(send(list, query, body.clone()));
        app.wait_for_callers(earlier + 2).await;
    }
    lane.release().await;
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
    let mut session = Blocker::connect(&app.database).await;
    let numbers = session.number("SELECT count(*) FROM record_phone").await;
    assert_eq!(numbers, 7 * 8 - 7);
}

/// Answers that are saved under keys are each list's own too.
#[rstest]
#[tokio::test]
async fn keys_count_within_their_list_in_a_shared_transaction(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = with_one_lane(database).await else {
        return;
    };
    let mut lists = Vec::new();
    for _ in 0..3 {
        let list = app.list().await;
        let ids = list
            .add(&[person("+14155550101"), person("+14155550102")])
            .await;
        lists.push((list, ids));
    }
    let (first, ids) = &lists[0];
    let body = json!([{"id": ids[0]}]);
    first.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    let lane = BusyLane::start(&app, database).await;
    let waiting = lists.iter().map(|(list, ids)| {
        let body = json!([{"id": ids[0]}]);
        async move { list.delete_once("K", &body).await }
    });
    let release = async {
        app.wait_for_callers(4).await;
        lane.release().await;
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

/// What the database refuses for one list, it does not refuse for those that waited with it.
#[rstest]
#[tokio::test]
async fn a_list_whose_deletion_is_refused_fails_alone(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = with_one_lane(database).await else {
        return;
    };
    let mut lists = Vec::new();
    for _ in 0..3 {
        let list = app.list().await;
        let ids = list.add(&[person("+14155550101")]).await;
        lists.push((list, ids));
    }
    let mut session = Blocker::connect(&app.database).await;
    let refused = &lists[1].0.id;
    let plant = match database {
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
    let lane = BusyLane::start(&app, database).await;
    let mut waiting = Vec::new();
    for (earlier, (list, ids)) in lists.iter().enumerate() {
        waiting.push(send(list, "", json!([{"id": ids[0]}])));
        app.wait_for_callers(earlier + 2).await;
    }
    lane.release().await;
    let mut statuses = Vec::new();
    for answer in waiting {
        statuses.push(answer.await.expect("no panic").status.as_u16());
    }
    assert_eq!(statuses, [200, 500, 200]);
    let counts = join_all(lists.iter().map(|(list, _)| list.count())).await;
    assert_eq!(counts, [0, 1, 0]);
}

/// Someone who holds one list holds up no other.
#[tokio::test]
async fn a_list_that_someone_else_has_locked_is_passed_over_by_the_others() {
    let Some(app) = with_one_lane(Postgres).await else {
        return;
    };
    let mut lists = Vec::new();
    for _ in 0..3 {
        let list = app.list().await;
        let ids = list.add(&[person("+14155550101")]).await;
        lists.push((list, ids));
    }
    let lane = BusyLane::start(&app, Postgres).await;
    let lock = Blocker::hold(&app.database, &lists[1].0.id).await;
    let mut waiting = Vec::new();
    for (earlier, (list, ids)) in lists.iter().enumerate() {
        waiting.push(send(list, "", json!([{"id": ids[0]}])));
        app.wait_for_callers(earlier + 2).await;
    }
    lane.release().await;
    let last = waiting.pop().expect("three");
    let held = waiting.pop().expect("three");
    let first = waiting.pop().expect("three");
    first.await.expect("no panic").assert_deleted(1, 0, 1);
    last.await.expect("no panic").assert_deleted(1, 0, 1);
    // A new one is not held up either.
    lists[0].0.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    assert_eq!(lists[1].0.count().await, 1);
    lock.release().await;
    held.await.expect("no panic").assert_deleted(1, 0, 1);
    assert_eq!(lists[1].0.count().await, 0);
}

/// Each list learns what became of a transaction whose COMMIT got no answer.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_commit_that_is_lost_is_looked_up_for_each_list(
    #[values(CutBefore, CutAfter)] order: AtCommit,
) {
    let Some(mut database) = Postgres.create().await else {
        return;
    };
    let direct = database.clone();
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |settings| settings.lanes = Some(1)).await;
    let mut lists = Vec::new();
    for _ in 0..4 {
        let list = app.list().await;
        let ids = list.add(&[person("+14155550101")]).await;
        lists.push((list, ids));
    }
    // The first keeps the lane busy until the others wait.
    let mut lock = Blocker::connect(&direct).await;
    lock.execute("BEGIN").await;
    lock.execute("SELECT 1 FROM record FOR UPDATE").await;
    let mut watcher = Blocker::connect(&direct).await;
    let mut waiting = Vec::new();
    for (earlier, (list, ids)) in lists.iter().enumerate() {
        let list = list.asked_by(list.caller.clone());
        let id = ids[0].clone();
        waiting.push(tokio::spawn(async move { list.delete_ids(&[&id]).await }));
        app.wait_for_callers(earlier + 1).await;
        watcher.wait_for_waiters(1).await;
    }
    relay.at_commit(order);
    lock.release().await;
    // That of the first is lost, and then that of the others.
    relay.commit_was_met().await;
    relay.at_commit(order);
    for (answer, (list, _)) in waiting.into_iter().zip(&lists) {
        let answer = answer.await.expect("no panic");
        let is_done = answer.status == 200;
        assert!(is_done || answer.status == 503, "{}", answer.status);
        assert_eq!(list.count().await, u64::from(!is_done));
        if order == CutAfter {
            answer.assert_deleted(1, 0, 1);
        } else if !is_done {
            answer.assert_error(503, "DATABASE_UNAVAILABLE");
        }
    }
}
