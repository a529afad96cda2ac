//! Servers on distributed tables: keys, locks, and tables that are distributed meanwhile.

use std::process::Stdio;

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    Blocker, ServerProcess, TestApp, TestList, TestRequest, Via,
    citus::{migrate, migration},
    end_of, person,
};

#[derive(Clone, Copy, Debug)]
enum Write {
    CreateList,
    CreateRecords,
    CreateRecord,
    Delete(Via),
    ChangeList,
    ChangeRecord,
    ChangeRecords,
    DeleteRecord,
    DeleteList,
}

impl Write {
    fn request(self, list: &TestList, id: &str) -> TestRequest {
        let caller = &list.caller;
        match self {
            Self::CreateList => caller.post("/record-lists").json(&json!({"name": "b"})),
            Self::CreateRecords => {
                let records = json!({"records": [person("+14155550109")]});
                caller.post(&list.path("/records/bulks")).json(&records)
            }
            Self::CreateRecord => list.creation(&person("+14155550109")),
            Self::Delete(via) => list.deletion(via).json(&json!([{"id": id}])),
            Self::ChangeList => caller
                .request(reqwest::Method::PATCH, &list.path(""))
                .json(&json!({"name": "c"})),
            Self::ChangeRecord => {
                let operation = json!([{"op": "replace", "path": "/first_name", "value": "Grace"}]);
                list.patching(id, &operation)
            }
            Self::ChangeRecords => {
                let operation = json!({"op": "replace", "path": format!("/records/{id}"), "value": {"priority": 3}});
                list.updating("", &json!([operation]))
            }
            Self::DeleteRecord => caller.delete(&list.path(&format!("/records/{id}"))),
            Self::DeleteList => caller.delete(&list.path("")),
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_carried_out_once(
    #[values(
        Write::CreateList,
        Write::CreateRecords,
        Write::CreateRecord,
        Write::Delete(Via::Delete),
        Write::Delete(Via::Post),
        Write::ChangeList,
        Write::ChangeRecord,
        Write::ChangeRecords,
        Write::DeleteRecord,
        Write::DeleteList
    )]
    write: Write,
) {
    let Some(citus) = super::servers() else { return };
    let app = TestApp::on(citus.distributed_database().await, |_| {}).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let send = || write.request(&list, &ids[0]).header("idempotency-key", "K").send();
    let first = send().await;
    assert!(
        first.status.is_success(),
        "{}: {}",
        first.status,
        String::from_utf8_lossy(&first.body)
    );
    let again = send().await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert!(again.is_replay());
}

/// Keyed writes that wait together save their responses together.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_wait_together_are_saved_together() {
    let Some(citus) = super::servers() else { return };
    let database = citus.distributed_database().await;
    let app = TestApp::on(database.clone(), |_| {}).await;
    let list = app.list().await;
    let blocker = Blocker::hold(&database, &list.id).await;
    let first = tokio::spawn({
        let list = list.asked_by(app.as_manager());
        async move { list.delete_ids(&["x"]).await }
    });
    let keys: Vec<String> = (0..20).map(|n| format!("key {n}")).collect();
    let identifiers = json!([{"id": "x"}]);
    let send = || join_all(keys.iter().map(|key| list.delete_once(key, &identifiers)));
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        blocker.release().await;
    };
    let (answers, ()) = tokio::join!(send(), release);
    first.await.expect("no panic").assert_status(200);
    for (first, again) in answers.into_iter().zip(send().await) {
        let first = first.assert_status(200);
        assert!(again.is_replay());
        assert_eq!(again.body, first.body);
    }
}

/// The limits of a transaction hold where its statements run: without that, the one for statements would end it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_waited_for_as_long_as_is_set(#[values(true, false)] deletes: bool) {
    let Some(citus) = super::servers() else { return };
    let database = citus.distributed_database().await;
    let app = TestApp::on(database.clone(), |settings| {
        settings.lock_timeout = std::time::Duration::from_millis(300);
        settings.statement_timeout = std::time::Duration::from_secs(50);
    })
    .await;
    let list = app.list().await;
    let blocker = Blocker::hold(&database, &list.id).await;
    let answer = match deletes {
        true => list.delete_ids(&["x"]).await,
        false => list.try_add(&[person("+14155550101")]).await,
    };
    answer.assert_error(503, "DATABASE_UNAVAILABLE");
    blocker.release().await;
    list.delete_ids(&["x"]).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_on_when_its_tables_are_distributed() {
    let Some(citus) = super::servers() else { return };
    let database = citus.database_with_workers(&citus.worker_ports()).await;
    migrate(&database, &["up"]);
    let server = ServerProcess::start(database.folder.path(), &database.url, &["--lanes", "1"]);
    server.ready().await;
    let mut lists = Vec::new();
    for _ in 0..16 {
        let list = TestList::create(server.as_manager(), "NOTHING").await;
        let people: Vec<_> = (0..10).map(|n| person(&format!("+1415555010{n}"))).collect();
        let ids = list.add(&people).await;
        lists.push((list, ids));
    }
    migrate(&database, &["distribute"]);
    for n in 0..10 {
        let deletions = lists.iter().map(async |(list, ids)| list.delete_ids(&[&ids[n]]).await);
        for answer in join_all(deletions).await {
            answer.assert_deleted(1, 0, 1);
        }
    }
    for (list, _) in &lists {
        assert_eq!(list.count().await, 0);
    }
    let another = TestList::create(server.as_manager(), "NOTHING").await;
    another.add(&[person("+14155550101")]).await;
}

/// What is deleted while the tables are distributed is deleted once, and what is refused is not.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_tables_are_distributed() {
    let Some(citus) = super::servers() else { return };
    let database = citus.database_with_workers(&citus.worker_ports()).await;
    migrate(&database, &["up"]);
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let mut lists = Vec::new();
    for _ in 0..8 {
        let list = TestList::create(server.as_manager(), "NOTHING").await;
        let people: Vec<_> = (100..200).map(|n| person(&format!("+14155550{n}"))).collect();
        let ids = list.add(&people).await;
        lists.push((list, ids));
    }
    let distribution =
        tokio::task::spawn_blocking(move || end_of(migration(&database, &["distribute"]).stdout(Stdio::null())));
    let deletions = join_all(lists.iter().map(async |(list, ids)| {
        let mut left = Vec::new();
        for id in ids {
            let answer = list.delete_ids(&[id]).await;
            match answer.status.as_u16() {
                200 => drop(answer.assert_deleted(1, 0, 1)),
                _ => {
                    answer.assert_error(503, "DATABASE_UNAVAILABLE");
                    left.push(id.clone());
                }
            }
        }
        let mut present = list.found("per_page=200").await;
        present.sort();
        left.sort();
        assert_eq!(present, left);
    }));
    let (ended, _) = tokio::join!(distribution, deletions);
    // Under such a load it may find no moment, and says so.
    let told = ended.expect("no panic");
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.is_empty() || told.contains("lock timeout"), "{told}");
}

/// The number of an account's lists is not counted in each write, and limits them all the same.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_limited() {
    let Some(citus) = super::servers() else { return };
    let app = TestApp::on(citus.distributed_database().await, |settings| {
        settings.max_lists_per_account = 3;
    })
    .await;
    let create = || {
        app.as_manager()
            .post("/record-lists")
            .json(&json!({"name": "a"}))
            .send()
    };
    let mut created = Vec::new();
    for _ in 0..3 {
        created.push(create().await.assert_status(201).json()["id"].clone());
    }
    create().await.assert_error(422, "LIMIT_EXCEEDED");
    let path = format!("/record-lists/{}", created[0].as_str().expect("an id"));
    app.as_manager().delete(&path).send().await.assert_status(204);
    create().await.assert_status(201);
    create().await.assert_error(422, "LIMIT_EXCEEDED");
}
