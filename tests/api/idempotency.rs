//! Writes that are repeated with an `Idempotency-Key` (api.md section 5), on one process and on three.

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Blocker, Claims,
    Database::{self, Postgres, Sqlite},
    Fleet,
    Servers::{self, OneOnPostgres, OneOnSqlite, ThreeOnPostgres},
    TestApp, TestResponse, Via, external_person, person,
};

/// Checks that an answer is the first one, byte for byte, and says so.
#[track_caller]
fn assert_replay(answer: &TestResponse, first: &TestResponse) {
    assert!(!first.is_replay());
    assert!(answer.is_replay());
    assert_eq!(answer.status, first.status);
    assert_eq!(answer.body, first.body);
    for name in ["operation-id", "location", "content-type"] {
        assert_eq!(answer.headers.get(name), first.headers.get(name), "{name}");
    }
}

fn salesforce(id: &str) -> Value {
    json!([{"external_provider": "salesforce", "external_id": id}])
}

#[rstest]
#[tokio::test]
async fn a_repeated_deletion_gets_the_first_answer(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] servers: Servers,
) {
    let Some(fleet) = Fleet::start(servers).await else {
        return;
    };
    let list = fleet.list().await;
    let people = [
        external_person("+14155550101", "salesforce", "A"),
        external_person("+14155550102", "salesforce", "B"),
    ];
    let ids = list.add(&people).await;
    let first = fleet
        .next(&list)
        .delete_once("K", &salesforce("A"))
        .await
        .assert_deleted(1, 0, 1);
    // Another with the same number comes: the answer tells of the first all the same.
    list.add(&people[..1]).await;

    // The members in another order, with blanks, by the other way, in quotes.
    let swapped = r#" [ {"external_id": "\u0041" , "external_provider":"salesforce"} ] "#;
    for (via, key) in [(Via::Delete, "K"), (Via::Post, "\"K\"")] {
        let again = fleet
            .next(&list)
            .deletion(via)
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(swapped)
            .send()
            .await;
        assert_replay(&again, &first);
    }
    // An option that says what holds anyway is no other request.
    let spelt_out = fleet
        .next(&list)
        .deletion_with(Via::Delete, "?all_or_none=false&missing=error")
        .header("idempotency-key", "K")
        .json(&salesforce("A"))
        .send()
        .await;
    assert_replay(&spelt_out, &first);

    for (query, body) in [
        ("", salesforce("B")),
        ("?all_or_none=true", salesforce("A")),
    ] {
        fleet
            .next(&list)
            .deletion_with(Via::Delete, query)
            .header("idempotency-key", "K")
            .json(&body)
            .send()
            .await
            .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(list.count().await, 2);

    // Another list, and another account, have keys of their own.
    let other = fleet.list().await;
    other.add(&people[..1]).await;
    let elsewhere = fleet.next(&other).delete_once("K", &salesforce("A")).await;
    assert!(!elsewhere.is_replay());
    elsewhere.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await[0], ids[1]);
}

#[rstest]
#[tokio::test]
async fn a_dry_run_neither_reads_nor_takes_a_key(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] servers: Servers,
) {
    let Some(fleet) = Fleet::start(servers).await else {
        return;
    };
    let list = fleet.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let dry_run = async || {
        fleet
            .next(&list)
            .deletion_with(Via::Delete, "?dry_run=true")
            .header("idempotency-key", "M")
            .json(&body)
            .send()
            .await
    };
    assert!(!dry_run().await.assert_deleted(1, 0, 1).is_replay());
    let real = fleet.next(&list).delete_once("M", &body).await;
    assert!(!real.is_replay());
    let real = real.assert_deleted(1, 0, 1);
    assert!(!dry_run().await.assert_deleted(0, 1, 0).is_replay());
    assert_replay(&fleet.next(&list).delete_once("M", &body).await, &real);
}

#[rstest]
#[tokio::test]
async fn of_many_at_once_with_one_key_one_is_carried_out(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] servers: Servers,
) {
    let Some(fleet) = Fleet::start(servers).await else {
        return;
    };
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

#[rstest]
#[tokio::test]
async fn a_key_whose_command_still_waits_is_409(#[values(Sqlite, Postgres)] database: Database) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
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
#[rstest]
#[tokio::test]
async fn keys_that_wait_together_do_not_touch_each_other(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let ids = list
        .add(&[
            person("+14155550101"),
            person("+14155550102"),
            person("+14155550103"),
        ])
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
        .map(|answer| {
            (
                answer.status.as_u16(),
                answer.json()["total_deleted"].as_u64(),
            )
        })
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

#[rstest]
#[tokio::test]
async fn only_what_was_carried_out_is_kept(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] servers: Servers,
) {
    let Some(fleet) = Fleet::start(servers).await else {
        return;
    };
    let list = fleet.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    list.asked_by(fleet.with_token("bad"))
        .delete_once("K", &body)
        .await
        .assert_error(401, "TOKEN_INVALID");
    let no_scope = Claims::of("acme").with("scope", "other").token();
    list.asked_by(fleet.with_token(&no_scope))
        .delete_once("K", &body)
        .await
        .assert_error(403, "INSUFFICIENT_SCOPE");
    let too_many: Vec<_> = (0..101).map(|_| json!({"id": "x"})).collect();
    fleet
        .next(&list)
        .delete_once("K", &too_many.into())
        .await
        .assert_error(400, "VALIDATION_FAILED");
    fleet
        .next(&list)
        .deletion_with(Via::Delete, "?dry_run=1")
        .header("idempotency-key", "K")
        .json(&body)
        .send()
        .await
        .assert_error(400, "QUERY_INVALID");
    // The list is not there yet.
    let mut session = Blocker::connect(fleet.database()).await;
    session
        .execute("UPDATE record_list SET account_id = 'nobody'")
        .await;
    // Nobody remembers whose it was.
    let stranger = list.asked_by(fleet.with_token(&Claims::of("other").token()));
    stranger
        .delete_once("K", &body)
        .await
        .assert_error(404, "RECORD_LIST_NOT_FOUND");
    session
        .execute("UPDATE record_list SET account_id = 'acme'")
        .await;
    // The transaction fails before its commit.
    session
        .execute("ALTER TABLE operation RENAME TO elsewhere")
        .await;
    fleet
        .next(&list)
        .delete_once("K", &body)
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    session
        .execute("ALTER TABLE elsewhere RENAME TO operation")
        .await;
    let good = fleet.next(&list).delete_once("K", &body).await;
    assert!(!good.is_replay());
    good.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test]
async fn a_refusal_for_want_of_room_is_not_kept(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, |settings| settings.queue_length = Some(1));
    let Some(app) = app.await else { return };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = list.delete_ids(&["x"]);
    let second = async {
        app.wait_for_callers(1).await;
        let second = list.delete_once("K", &json!([{"id": ids[0]}])).await;
        second.assert_error(503, "OVERLOADED");
        lock.release().await;
    };
    tokio::join!(first, second);
    let good = list.delete_once("K", &json!([{"id": ids[0]}])).await;
    assert!(!good.is_replay());
    good.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test]
async fn a_client_that_is_gone_gets_its_answer_when_it_asks_again(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let lock = Blocker::hold(&app.database, &list.id).await;
    let gone = list.asked_by(list.caller.clone());
    let sent = body.clone();
    let gone = tokio::spawn(async move { gone.delete_once("K", &sent).await });
    // Its transaction has begun, and waits for the lock.
    app.wait_for_callers(1).await;
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

#[rstest]
#[tokio::test]
async fn records_and_lists_are_made_once_for_a_key(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] servers: Servers,
) {
    let Some(fleet) = Fleet::start(servers).await else {
        return;
    };
    let make = async |key: &str, body: &Value| {
        fleet
            .as_manager()
            .post("/record-lists")
            .header("idempotency-key", key)
            .json(body)
            .send()
            .await
    };
    let body = json!({"name": "a", "unique_identifier_type": "PHONE_NUMBER"});
    let first = make("K", &body).await.assert_status(201);
    let swapped = json!({"unique_identifier_type": "PHONE_NUMBER", "name": "a"});
    assert_replay(&make("K", &swapped).await, &first);
    make("K", &json!({"name": "b"}))
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    make("K", &json!({"name": ""}))
        .await
        .assert_error(400, "VALIDATION_FAILED");
    let stranger = fleet.with_token(&Claims::of("other").token());
    let theirs = stranger
        .post("/record-lists")
        .header("idempotency-key", "K")
        .json(&body)
        .send()
        .await
        .assert_status(201);
    assert!(!theirs.is_replay());

    let id = first.json()["id"].as_str().expect("an id").to_owned();
    let add = async |records: &[Value]| {
        fleet
            .as_manager()
            .post(&format!("/record-lists/{id}/records/bulks"))
            .header("idempotency-key", "K")
            .json(&json!({"records": records}))
            .send()
            .await
    };
    let faulty = json!({"first_name": "Ada"});
    let people = [person("+14155550101"), faulty, person("+14155550101")];
    let created = add(&people).await.assert_status(201);
    assert_eq!(created.json()["total_created"], 1);
    assert_replay(&add(&people).await, &created);
    add(&people[..1])
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let list = fleet.as_manager().get(&format!("/record-lists/{id}"));
    assert_eq!(list.send().await.json()["records_count"], 1);
    // A deletion with the key of a creation of the same list is another request.
    fleet
        .as_manager()
        .delete(&format!("/record-lists/{id}/records/bulks"))
        .header("idempotency-key", "K")
        .json(&json!([{"id": "x"}]))
        .send()
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
}

#[rstest]
#[tokio::test]
async fn a_limit_that_was_met_is_not_kept(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, |settings| settings.max_records_per_list = Some(1));
    let Some(app) = app.await else { return };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let add = async || {
        list.caller
            .post(&list.path("/records/bulks"))
            .header("idempotency-key", "K")
            .json(&json!({"records": [person("+14155550102")]}))
            .send()
            .await
    };
    add().await.assert_error(422, "LIMIT_EXCEEDED");
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let added = add().await.assert_status(201);
    assert!(!added.is_replay());
    assert!(add().await.is_replay());
}

#[rstest]
#[tokio::test]
async fn a_key_that_is_not_well_formed_is_400(#[values(Sqlite, Postgres)] database: Database) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    for key in ["", "\"\"", &"k".repeat(256), "tab\tin it", "ü"] {
        list.delete_once(key, &body)
            .await
            .assert_error(400, "HEADER_INVALID")
            .assert_fields(&["Idempotency-Key"]);
    }
    let twice = list
        .deletion(Via::Delete)
        .header("idempotency-key", "a")
        .header("idempotency-key", "a");
    twice
        .json(&body)
        .send()
        .await
        .assert_error(400, "HEADER_INVALID");
    // A query that is wrong is told first, a body after the headers; a read does not look at the key.
    let both = list
        .deletion_with(Via::Delete, "?x=1")
        .header("idempotency-key", "");
    both.json(&body)
        .send()
        .await
        .assert_error(400, "QUERY_INVALID");
    let read = list
        .caller
        .get(&list.path(""))
        .header("idempotency-key", "");
    read.send().await.assert_status(200);
    assert_eq!(list.ids().await, ids);
    for key in ["~", &"k".repeat(255), "a b \\ \" c"] {
        list.delete_once(key, &json!([{"id": "x"}]))
            .await
            .assert_deleted(0, 1, 0);
    }
}

#[rstest]
#[tokio::test]
async fn an_expired_key_is_a_new_one_and_its_answer_goes(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let ids = list
        .add(&[person("+14155550101"), person("+14155550102")])
        .await;
    let body = json!([{"id": ids[0]}]);
    list.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    let mut session = Blocker::connect(&app.database).await;
    let a_day_old = match database {
        Sqlite => "UPDATE idempotency_key SET expires_at = '2026-01-01 00:00:00+00:00'",
        Postgres => "UPDATE idempotency_key SET expires_at = expires_at - interval '25 hours'",
    };
    session.execute(a_day_old).await;
    // It may stand for another request now, and holds again.
    let other = json!([{"id": ids[1]}]);
    let new = list.delete_once("K", &other).await.assert_deleted(1, 0, 1);
    assert_replay(&list.delete_once("K", &other).await, &new);

    session.execute(a_day_old).await;
    list.delete_once("lasting", &body)
        .await
        .assert_deleted(0, 1, 0);
    let rows = "SELECT count(*) FROM idempotency_key";
    assert_eq!(session.number(rows).await, 2);
    // A server that starts looks for expired answers at once.
    let database = app.database.clone();
    drop(app);
    let app = TestApp::on(database, |_| {}).await;
    while session.number(rows).await > 1 {
        tokio::task::yield_now().await;
    }
    let list = list.asked_by(app.as_manager());
    assert!(list.delete_once("lasting", &body).await.is_replay());
}
