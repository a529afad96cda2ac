//! A COMMIT without an answer: the answer to the caller is the true one, or says that nobody knows.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    AtCommit::{self, CutAfter, CutBefore, HoldAfter, HoldBefore, HoldOpen},
    Blocker,
    Database::Postgres,
    Relay, ServerProcess, TestApp, TestDatabase, TestList, TestResponse, apply, assert_counts, database_test, person,
    redirect,
};

/// An application whose PostgreSQL server can be taken away, and the direct way to the server.
async fn behind_a_relay(commit_timeout: Duration) -> Option<(TestApp, Relay, TestDatabase)> {
    let mut database = Postgres.create().await?;
    let direct = database.clone();
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |settings| {
        settings.commit_timeout = commit_timeout;
    })
    .await;
    Some((app, relay, direct))
}

#[derive(Clone, Copy, Debug)]
enum Write {
    Delete,
    CreateRecords,
    CreateList,
    DeleteList,
}

impl Write {
    async fn send(self, list: &TestList, id: &str, key: Option<&str>) -> TestResponse {
        let request = match self {
            Self::Delete => list.deletion(crate::support::Via::Delete).json(&json!([{"id": id}])),
            Self::CreateRecords => {
                let records = json!({"records": [person("+14155550109")]});
                list.caller.post(&list.path("/records/bulks")).json(&records)
            }
            Self::CreateList => list.caller.post("/record-lists").json(&json!({"name": "b"})),
            Self::DeleteList => list.caller.delete(&list.path("")),
        };
        match key {
            Some(key) => request.header("idempotency-key", key).send().await,
            None => request.send().await,
        }
    }

    /// How often the write was carried out.
    async fn count(self, direct: &TestDatabase, list: &TestList) -> u64 {
        match self {
            Self::Delete => 1 - list.count().await,
            Self::CreateRecords => list.count().await - 1,
            Self::CreateList => {
                let mut session = Blocker::connect(direct).await;
                let count = "SELECT count(*) FROM record_list WHERE name = 'b'";
                u64::try_from(session.number(count).await).expect("a count")
            }
            Self::DeleteList => {
                let read = list.caller.get(&list.path("")).send().await;
                u64::from(read.status == 404)
            }
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_answered_as_it_was(
    #[values(Write::Delete, Write::CreateRecords, Write::CreateList, Write::DeleteList)] write: Write,
    #[values(CutAfter, HoldAfter)] order: AtCommit,
    #[values(None, Some("K"))] key: Option<&str>,
) {
    let Some((app, relay, direct)) = behind_a_relay(Duration::from_secs(2)).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.at_commit(order);
    let answer = write.send(&list, &ids[0], key).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    assert_eq!(write.count(&direct, &list).await, 1);
    if let Some(key) = key {
        let again = write.send(&list, &ids[0], Some(key)).await;
        assert!(again.is_replay());
        assert_eq!(again.body, answer.body);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_did_not_arrive_is_not_said_to_be_done(
    #[values(Write::Delete, Write::CreateRecords, Write::CreateList, Write::DeleteList)] write: Write,
    #[values(None, Some("K"))] key: Option<&str>,
) {
    let Some((app, relay, direct)) = behind_a_relay(Duration::from_secs(2)).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.at_commit(CutBefore);
    let answer = write.send(&list, &ids[0], key).await;
    // Records that are not there may have been added and deleted again by now; a key tells.
    let code = match (write, key) {
        (Write::CreateRecords, None) => "OUTCOME_UNKNOWN",
        _ => "DATABASE_UNAVAILABLE",
    };
    answer.assert_error(503, code);
    assert_eq!(write.count(&direct, &list).await, 0);
    let again = write.send(&list, &ids[0], key).await;
    assert!(again.status.is_success() && !again.is_replay());
    assert_eq!(write.count(&direct, &list).await, 1);
}

/// What is not there yet may still come: only the lock tells that the transaction is over.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_still_on_its_way_is_unknown(
    #[values(Write::Delete, Write::CreateRecords, Write::CreateList, Write::DeleteList)] write: Write,
) {
    let Some((app, relay, direct)) = behind_a_relay(Duration::from_millis(300)).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.at_commit(HoldOpen);
    let answer = write.send(&list, &ids[0], Some("K")).await;
    answer.assert_error(503, "OUTCOME_UNKNOWN");
    assert_eq!(write.count(&direct, &list).await, 0);
}

/// The connection is given up, the server notices, and then it is known that nothing was done.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrives_is_known_not_to_be_done(#[values(Postgres)] mut database: TestDatabase) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |settings| {
        settings.commit_timeout = Duration::from_secs(2);
    })
    .await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.at_commit(HoldBefore);
    list.delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

/// A process that is gone without a word keeps the list's lock for as long as a transaction may take, and not longer.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_process_is_gone_does_not_keep_the_lock(#[values(Postgres)] mut database: TestDatabase) {
    let direct = database.clone();
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let lost = TestApp::on(database, |settings| {
        settings.lock_timeout = Duration::from_secs(1);
        settings.statement_timeout = Duration::from_secs(3);
    })
    .await;
    let patient = TestApp::on(direct, |_| {}).await;
    let list = lost.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.at_commit(HoldOpen);
    let gone = unanswered(&list, &json!([{"id": ids[0]}]));
    relay.commit_was_met().await;
    list.asked_by(patient.as_manager())
        .delete_ids(&[&ids[0]])
        .await
        .assert_deleted(1, 0, 1);
    gone.abort();
}

/// A saved answer is the proof of a commit only when it is one's own.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_write_that_another_process_carried_out_is_not_taken_for_ones_own(
    #[values(Write::Delete, Write::CreateRecords, Write::CreateList, Write::DeleteList)] write: Write,
) {
    let Some((app, relay, direct)) = behind_a_relay(Duration::from_secs(30)).await else {
        return;
    };
    let other = TestApp::on(direct.clone(), |_| {}).await;
    let list = app.list().await;
    let at_other = list.asked_by(other.as_manager());
    let ids = list.add(&[person("+14155550101")]).await;
    relay.at_commit(HoldBefore);
    let lost = write.send(&list, &ids[0], Some("K"));
    let theirs = async {
        relay.commit_was_met().await;
        let theirs = write.send(&at_other, &ids[0], Some("K"));
        let cut = async {
            let mut watcher = Blocker::connect(&direct).await;
            watcher.wait_for_waiters(1).await;
            relay.cut();
        };
        tokio::join!(theirs, cut).0
    };
    let (lost, theirs) = tokio::join!(lost, theirs);
    lost.assert_error(503, "DATABASE_UNAVAILABLE");
    assert!(theirs.status.is_success() && !theirs.is_replay());
    let again = write.send(&list, &ids[0], Some("K")).await;
    assert!(again.is_replay());
    assert_eq!(again.body, theirs.body);
    assert_eq!(write.count(&direct, &list).await, 1);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_nobody_can_ask_for_is_unknown_and_a_key_clears_it_up(
    #[values(Postgres)] mut database: TestDatabase,
    #[values(CutBefore, CutAfter, HoldBefore)] order: AtCommit,
) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    // One connection, so that there is none left when it is gone.
    let app = TestApp::on(database, |settings| {
        settings.database_pool_size = 1;
        settings.commit_timeout = Duration::from_millis(300);
    })
    .await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    relay.at_commit(order);
    relay.refuse(true);
    let answer = list.delete_once("K", &body).await;
    let answer = answer.assert_error(503, "OUTCOME_UNKNOWN");
    assert_eq!(answer.header("retry-after"), "1");
    relay.refuse(false);
    app.wait_until_ready().await;
    let again = loop {
        let again = list.delete_once("K", &body).await;
        if again.status != 503 {
            break again;
        }
    };
    assert_eq!(again.is_replay(), order == CutAfter);
    again.assert_deleted(1, 0, 1);
    assert_eq!(list.count().await, 0);
}

/// Each of a batch learns its own outcome.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_answer_is_lost_is_answered_one_by_one() {
    let Some((app, relay, direct)) = behind_a_relay(Duration::from_secs(2)).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let lock = Blocker::hold(&direct, &list.id).await;
    let bodies: [Value; 4] = [
        json!([{"id": "x"}]),
        json!([{"id": ids[0]}]),
        json!([{"id": ids[0]}, {"id": ids[1]}]),
        json!([{"id": ids[1]}]),
    ];
    let mut waiting = Vec::new();
    for (earlier, body) in bodies.into_iter().enumerate() {
        let list = list.asked_by(list.caller.clone());
        waiting.push(tokio::spawn(async move { list.delete(&body).await }));
        app.wait_for_callers(earlier + 1).await;
    }
    // The first deletion's COMMIT is lost, and then that of the batch behind it.
    relay.at_commits(CutAfter, 2);
    lock.release().await;
    relay.commits_were_met(2).await;
    let mut totals = Vec::new();
    for answer in waiting {
        let answer = answer.await.expect("no panic").assert_status(200).json();
        totals.push([&answer["total_deleted"], &answer["total_errors"]].map(Value::as_u64));
    }
    let expected = [[0, 1], [1, 0], [1, 1], [0, 1]].map(|totals| totals.map(Some));
    assert_eq!(totals, expected);
}

/// Creates that leave nothing behind do not hide what became of the deletions that they share a turn with.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_turn_of_creates_and_deletions_is_answered_as_it_was(#[values(CutBefore, CutAfter)] order: AtCommit) {
    let Some((app, relay, direct)) = behind_a_relay(Duration::from_secs(2)).await else {
        return;
    };
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let lock = Blocker::hold(&direct, &list.id).await;
    let create = |number| ("/records/bulks", json!({"records": [person(number)]}));
    let delete = |items| ("/records/bulks/delete", items);
    // The first one has a turn to itself, and the others share the next.
    let requests = [
        delete(json!([{"id": "x"}])),
        create("+14155550101"),
        create("+14155550103"),
        delete(json!([{"phone_number": "+14155550103"}])),
        delete(json!([{"id": ids[0]}])),
    ];
    let mut waiting = Vec::new();
    for (earlier, (path, body)) in requests.into_iter().enumerate() {
        let list = list.asked_by(list.caller.clone());
        waiting.push(tokio::spawn(async move {
            list.caller.post(&list.path(path)).json(&body).send().await
        }));
        app.wait_for_callers(earlier + 1).await;
    }
    relay.at_commits(order, 2);
    lock.release().await;
    relay.commits_were_met(2).await;
    for answer in waiting {
        let answer = answer.await.expect("no panic");
        if order == CutAfter {
            assert!(answer.status.is_success(), "{}", answer.status);
        } else {
            answer.assert_error(503, "DATABASE_UNAVAILABLE");
        }
    }
    let left = if order == CutAfter { &ids[1..] } else { &ids };
    assert_eq!(list.ids().await, left);
    assert_counts(&mut Blocker::connect(&direct).await).await;
}

/// Before its commit it has done nothing, between commit and answer it answers the next time.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_committed_is_answered_by_the_next(
    #[values(Postgres)] mut database: TestDatabase,
    #[values(HoldBefore, HoldAfter)] order: AtCommit,
) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let start = || ServerProcess::start(database.folder.path(), &database.url, &[]);
    let mut server = start();
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    relay.at_commit(order);
    let lost = unanswered(&list, &body);
    relay.commit_was_met().await;
    server.kill();
    lost.abort();

    let server = start();
    server.ready().await;
    let list = list.asked_by(server.as_manager());
    let again = list.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    assert_eq!(again.is_replay(), order == HoldAfter);
    let deletions = list.caller.get("/deletions").send().await.json();
    assert_eq!(deletions["total"], 1);
    let listed = &deletions["_embedded"]["deletions"][0]["id"];
    assert_eq!(listed, again.header("operation-id"));
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_saved_answer_outlives_its_process(database: TestDatabase) {
    let start = || ServerProcess::start(database.folder.path(), &database.url, &[]);
    let mut server = start();
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}, {"id": "x"}]);
    let first = list.delete_once("K", &body).await.assert_deleted(1, 1, 1);
    // This one is committed, and nobody hears of it: the process dies as soon as others see it.
    let lost = unanswered(&list, &json!([{"id": "y"}]));
    let mut session = Blocker::connect(&database).await;
    while session.number("SELECT count(*) FROM operation").await < 2 {
        tokio::task::yield_now().await;
    }
    server.kill();
    lost.abort();

    let server = start();
    server.ready().await;
    let list = list.asked_by(server.as_manager());
    let again = list.delete_once("K", &body).await;
    assert!(again.is_replay());
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers.get("operation-id"), first.headers.get("operation-id"));
    let lost = list.delete_once("K2", &json!([{"id": "y"}])).await;
    assert!(lost.is_replay());
    lost.assert_deleted(0, 1, 0);
}

/// A deletion with a key whose answer may never come: `K`, or `K2` for what is no record.
fn unanswered(list: &TestList, body: &Value) -> tokio::task::JoinHandle<()> {
    let key = if body[0]["id"] == "y" { "K2" } else { "K" };
    let request = list
        .deletion(crate::support::Via::Delete)
        .header("idempotency-key", key)
        .json(body);
    tokio::spawn(async move { drop(request.try_send().await) })
}
