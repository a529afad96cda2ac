//! Several requests with keys at once.

use futures_util::future::join_all;
use serde_json::json;

use super::assert_replay;
use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    Fleet,
    Servers::{OneOnPostgres, OneOnSqlite, ThreeOnPostgres},
    TestApp, TestDatabase, Via, apply, database_test, person,
};

#[apply(database_test)]
async fn of_many_at_once_with_one_key_one_is_carried_out(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] fleet: Fleet,
) {
    let list = fleet.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let answers = join_all((0..20).map(|_| {
        let list = fleet.next(&list);
        let body = &body;
        async move { list.delete_once("K", body).await }
    }))
    .await;
    let mut done = 0;
    let mut bodies = Vec::new();
    for answer in answers {
        if answer.status == 409 {
            assert_eq!(answer.header("retry-after"), "1");
            answer.assert_error(409, "IDEMPOTENCY_KEY_IN_USE");
        } else {
            done += u32::from(!answer.is_replay());
            bodies.push(answer.assert_deleted(1, 0, 1).body);
        }
    }
    assert_eq!(done, 1);
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    let mut session = Blocker::connect(fleet.database()).await;
    assert_eq!(session.number("SELECT count(*) FROM operation").await, 1);
    // Nothing stays in use.
    assert!(fleet.next(&list).delete_once("K", &body).await.is_replay());
}

#[apply(database_test)]
async fn a_key_whose_command_still_waits_is_409(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = list.delete_once("K", &body);
    let second = async {
        app.wait_for_callers(1).await;
        let second = list.delete_once("K", &json!([{"id": "x"}])).await;
        lock.release().await;
        second.assert_error(409, "IDEMPOTENCY_KEY_IN_USE");
    };
    let (first, ()) = tokio::join!(first, second);
    assert_replay(&list.delete_once("K", &body).await, &first);
    first.assert_deleted(1, 0, 1);
}

/// Those that wait together are one transaction; each has its own key and its own fate.
#[apply(database_test)]
async fn keys_that_wait_together_do_not_touch_each_other(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[person("+14155550101"), person("+14155550102"), person("+14155550103")])
        .await;
    let old = list.delete_once("old", &json!([{"id": ids[0]}])).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let mut waiting = Vec::new();
    for (earlier, (key, id)) in [
        (None, "x"),
        (Some("old"), ids[0].as_str()),
        (Some("old too"), &ids[1]),
        (None, &ids[1]),
        (Some("new"), &ids[2]),
    ]
    .into_iter()
    .enumerate()
    {
        let list = list.asked_by(list.caller.clone());
        let body = json!([{"id": id}]);
        waiting.push(tokio::spawn(async move {
            match key {
                Some(key) => list.delete_once(key, &body).await,
                None => list.delete(&body).await,
            }
        }));
        app.wait_for_callers(earlier + 1).await;
    }
    // One that is in use by another request is refused at once, without waiting.
    let reused = list.delete_once("new", &json!([{"id": ids[0]}])).await;
    reused.assert_error(409, "IDEMPOTENCY_KEY_IN_USE");
    lock.release().await;
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(answer.await.expect("no panic"));
    }
    assert_replay(&answers[1], &old);
    let totals: Vec<_> = answers
        .iter()
        .map(|answer| (answer.status.as_u16(), answer.json()["total_deleted"].as_u64()))
        .collect();
    assert_eq!(
        totals,
        [
            (200, Some(0)),
            (200, Some(1)),
            (200, Some(1)),
            (200, Some(0)),
            (200, Some(1)),
        ]
    );
    assert_eq!(list.count().await, 0);
    // 422 in the middle of a batch keeps nobody else from anything.
    list.delete_once("old", &json!([{"id": "y"}]))
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
}

#[apply(database_test)]
async fn a_client_that_is_gone_gets_its_answer_when_it_asks_again(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let mut lock = Blocker::hold(&app.database, &list.id).await;
    let gone = list.asked_by(list.caller.clone());
    let sent = body.clone();
    let gone = tokio::spawn(async move { gone.delete_once("K", &sent).await });
    // Its transaction has begun, and waits for the lock.
    match app.database.kind {
        Sqlite => app.wait_for_batches(0).await,
        Postgres => lock.wait_for_waiters(1).await,
    }
    gone.abort();
    let _ = gone.await;
    app.wait_for_callers(0).await;
    lock.release().await;
    let again = loop {
        let again = list.delete_once("K", &body).await;
        if again.status != 409 {
            break again;
        }
    };
    assert!(again.is_replay());
    again.assert_deleted(1, 0, 1);
}

/// A client that went before its turn and asks again with its key is not told that its own request has it, or has taken
/// the last place.
#[apply(database_test)]
async fn a_client_that_is_gone_before_its_turn_leaves_its_key_and_its_place(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.queue_length = 2).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = list.delete_ids(&["x"]);
    let others = async {
        app.wait_for_callers(1).await;
        let gone = list.deletion(Via::Delete).header("idempotency-key", "K");
        let gone = tokio::spawn(gone.json(&body).try_send());
        app.wait_for_callers(2).await;
        gone.abort();
        let _ = gone.await;
        app.wait_for_callers(1).await;
        let again = async {
            loop {
                let again = list.delete_once("K", &body).await;
                if again.status != 409 {
                    break again;
                }
            }
        };
        let release = async {
            app.wait_for_callers(2).await;
            lock.release().await;
        };
        tokio::join!(again, release).0
    };
    let (first, again) = tokio::join!(first, others);
    first.assert_deleted(0, 1, 0);
    assert!(!again.is_replay());
    again.assert_deleted(1, 0, 1);
}
