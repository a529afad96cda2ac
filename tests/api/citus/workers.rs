//! Workers that go away, also in the middle of a commit.

use std::{fs, path::Path};

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    AtCommit::{self, CutAfter, CutBefore},
    Blocker, Citus, Relay, ServerProcess, TestApp, TestDatabase, TestList,
    citus::{migrate, on_server},
    free_port, person,
};

/// A distributed database whose lists are all on one worker, which is reached through a relay.
async fn behind_a_relay(citus: &Citus) -> (TestDatabase, Relay) {
    let port = free_port();
    let [worker, _] = citus.worker_ports();
    let relay = Relay::start(port, worker).await;
    let database = citus.database_with_workers(&[port]).await;
    migrate(&database, &["up"]);
    migrate(&database, &["distribute"]);
    (database, relay)
}

/// What a worker has logged about this database.
async fn log_of(worker: &TestDatabase) -> Vec<String> {
    let mut session = Blocker::connect(worker).await;
    let folder = session.texts("SELECT current_setting('data_directory')").await;
    let name = session.texts("SELECT current_database() || ' '").await;
    let log = Path::new(&folder[0]).with_file_name("log");
    let log = fs::read(log).expect("the log");
    let log = String::from_utf8_lossy(&log);
    let lines = log.lines().filter(|line| line.starts_with(&name[0]));
    lines.map(str::to_owned).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_cut_commit_is_the_true_one(
    #[values(CutBefore, CutAfter)] order: AtCommit,
    #[values(true, false)] deletes: bool,
    #[values(None, Some("K"))] key: Option<&str>,
) {
    let Some(citus) = super::servers() else { return };
    let (database, relay) = behind_a_relay(citus).await;
    let app = TestApp::on(database.clone(), |_| {}).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let request = || {
        let request = match deletes {
            true => list
                .deletion(crate::support::Via::Delete)
                .json(&json!([{"id": ids[0]}])),
            false => {
                let records = json!({"records": [person("+14155550109")]});
                list.caller.post(&list.path("/records/bulks")).json(&records)
            }
        };
        match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        }
    };
    relay.at_commit(order);
    let answer = request().send().await;
    relay.commit_was_met().await;
    let (before, after) = if deletes { (1, 0) } else { (1, 2) };
    let count = list.count().await;
    match order {
        CutAfter => {
            assert!(answer.status.is_success(), "{}", answer.status);
            assert_eq!(count, after);
        }
        _ => {
            let code = match (deletes, key) {
                (false, None) => "OUTCOME_UNKNOWN",
                _ => "DATABASE_UNAVAILABLE",
            };
            answer.assert_error(503, code);
            assert_eq!(count, before);
        }
    }
}

/// All of a write to a list is committed by one server alone.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_committed_in_two_phases() {
    let Some(citus) = super::servers() else { return };
    let database = citus.distributed_database().await;
    let app = TestApp::on(database.clone(), |_| {}).await;
    let workers = citus.worker_ports().map(|port| on_server(&database, port));
    let before = [log_of(&workers[0]).await.len(), log_of(&workers[1]).await.len()];
    for _ in 0..8 {
        let list = app.list().await;
        let people: Vec<_> = (1..=5).map(|n| person(&format!("+1415555010{n}"))).collect();
        let ids = list.add(&people).await;
        list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
        list.delete_phones(&["+14155550102"]).await.assert_deleted(1, 0, 1);
        list.delete_once("K", &json!([{"id": ids[2]}]))
            .await
            .assert_deleted(1, 0, 1);
        list.caller.delete(&list.path("")).send().await.assert_status(204);
    }
    let mut commits = 0;
    for (worker, before) in workers.iter().zip(before) {
        let said = log_of(worker).await.split_off(before);
        commits += said.iter().filter(|line| line.ends_with(" COMMIT")).count();
        for line in said {
            let is_of_two_phases = line.contains("PREPARE TRANSACTION") || line.contains(" COPY ");
            assert!(!is_of_two_phases, "{line}");
        }
    }
    // Five writes to each list, and its creation.
    assert!(commits >= 48, "{commits}");
}

/// A worker that is down takes its lists with it; others go on, also with new ones.
#[tokio::test(flavor = "multi_thread")]
async fn lists_on_other_workers_go_on() {
    let Some(citus) = super::servers() else { return };
    let port = free_port();
    let [near, far] = citus.worker_ports();
    let relay = Relay::start(port, near).await;
    let database = citus.database_with_workers(&[port, far]).await;
    migrate(&database, &["up"]);
    migrate(&database, &["distribute"]);
    let app = TestApp::on(database.clone(), |_| {}).await;
    let mut lists = Vec::new();
    for _ in 0..16 {
        let list = app.list().await;
        let ids = list.add(&[person("+14155550101")]).await;
        lists.push((list, ids));
    }
    relay.end().await;
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for (list, ids) in lists {
        let answer = list.delete_once("K", &json!([{"id": ids[0]}])).await;
        match answer.status.as_u16() {
            200 => done.push(list),
            _ => {
                answer.assert_error(503, "DATABASE_UNAVAILABLE");
                refused.push((list, ids));
            }
        }
    }
    assert!(!done.is_empty() && !refused.is_empty());
    // Each new list has its place by chance.
    let mut created = 0;
    for _ in 0..40 {
        let answer = app
            .as_manager()
            .post("/record-lists")
            .json(&json!({"name": "new"}))
            .send()
            .await;
        created += usize::from(answer.status == 201);
    }
    assert!(created > 0);
    let _relay = Relay::start(port, near).await;
    for (list, ids) in refused {
        assert_eq!(TestList::count(&list).await, 1);
        list.delete_once("K", &json!([{"id": ids[0]}]))
            .await
            .assert_deleted(1, 0, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_may_connect_to_workers() {
    let Some(citus) = super::servers() else { return };
    let database = citus.distributed_database().await;
    let [near, far] = citus.worker_ports().map(|port| on_server(&database, port));
    let mut servers = Vec::new();
    for node in [&database, &near, &far] {
        let server = ServerProcess::start(node.folder.path(), &node.url, &[]);
        server.ready().await;
        servers.push(server);
    }
    let list = TestList::create(servers[0].as_manager(), "NOTHING").await;
    let people: Vec<_> = (10..60).map(|n| person(&format!("+14155550{n}01"))).collect();
    let ids = list.add(&people).await;
    let deletions = ids.iter().flat_map(|id| {
        let of_all = servers.iter().map(|server| list.asked_by(server.as_manager()));
        of_all.map(async move |list: TestList| {
            list.delete_ids(&[id]).await.assert_status(200).json()["total_deleted"].clone()
        })
    });
    let deleted = join_all(deletions).await;
    let deleted: u64 = deleted.iter().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(deleted, 50);
    assert_eq!(list.count().await, 0);
}
