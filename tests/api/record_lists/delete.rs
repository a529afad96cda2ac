//! Deleting a list (docs/contract.md section 4.1): gone at once for everyone, its rows step by step.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    idempotency::assert_replay,
    support::{
        Blocker, Caller, Database::Postgres, ServerProcess, TestApp, TestDatabase, TestList, TestRequest, TestResponse,
        Via, apply, database_test, entries, fill, person,
    },
};

/// Records that go in one step.
const STEP: i64 = 200;

/// Records of a list: of several steps, the last of which is smaller.
const RECORDS: i64 = 2_500;

/// Enough records that a kill comes before the last of them has gone.
const MANY: i64 = 20_000;

/// A deletion of the list itself that is not sent yet.
fn deletion(list: &TestList) -> TestRequest {
    list.caller.delete(&list.path(""))
}

/// Deletes the list itself, once for this key.
async fn delete_once(list: &TestList, key: &str) -> TestResponse {
    let deletion = deletion(list).header("idempotency-key", key);
    deletion.send().await
}

/// The entries of the trail, the newest first.
async fn trail(caller: &Caller, path: &str) -> Vec<Value> {
    entries(&caller.page(path).await).clone()
}

/// How many rows there are of the list itself, unless it is purged, of its records and of their numbers.
async fn rows(session: &mut Blocker, list: &TestList) -> [i64; 3] {
    let id = match session {
        Blocker::Sqlite(_) => format!("x'{}'", list.id.replace('-', "")),
        Blocker::Postgres(_) => format!("'{}'", list.id),
    };
    let mut counts = [0; 3];
    for (count, place) in counts.iter_mut().zip([
        "record_list WHERE purged_at IS NULL AND id",
        "record WHERE record_list_id",
        "record_phone WHERE record_list_id",
    ]) {
        let rows = format!("SELECT count(*) FROM {place} = {id}");
        *count = session.number(&rows).await;
    }
    counts
}

/// Waits until at most so many records of the list are left; the list is purged with the last of them.
async fn wait_for_rows(session: &mut Blocker, list: &TestList, most: i64) -> [i64; 3] {
    for _ in 0..12_000 {
        let left = rows(session, list).await;
        let [lists, records, _] = left;
        if records <= most && (records > 0 || lists == 0) {
            return left;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the rows of a deleted list stay");
}

/// Waits until nothing of the list is left.
async fn wait_until_gone(session: &mut Blocker, list: &TestList) {
    assert_eq!(wait_for_rows(session, list, 0).await, [0; 3]);
}

#[apply(database_test)]
async fn a_deleted_list_is_gone_for_every_operation(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let answer = deletion(&list).send().await.assert_status(204);
    assert!(answer.body.is_empty());
    assert!(Uuid::parse_str(answer.header("operation-id")).is_ok());
    assert!(!answer.header("x-request-id").is_empty());
    let record = format!("/records/{}", ids[0]);
    let body = json!([{"id": ids[0]}]);
    for request in [
        list.caller.get(&list.path("")),
        list.caller.get(&list.path("/records")),
        list.caller.get(&list.path(&record)),
        list.deletion(Via::Delete).json(&body),
        list.deletion(Via::Post).json(&body),
        list.deletion_with(Via::Delete, "?dry_run=true").json(&body),
        deletion(&list),
    ] {
        let answer = request.send().await;
        answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    }
    let addition = list.try_add(&[person("+14155550102")]).await;
    addition.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let all = list.caller.get("/record-lists").send().await;
    assert_eq!(all.assert_status(200).json()["total"], 0);
}

#[apply(database_test)]
async fn a_body_is_not_read(app: TestApp) {
    for (content_type, body) in [
        ("application/json", "[]"),
        ("application/json", "{"),
        ("text/csv", "a;b"),
    ] {
        let list = app.list().await;
        let deletion = deletion(&list).header("content-type", content_type);
        let answer = deletion.body(body).send().await.assert_status(204);
        assert!(answer.body.is_empty());
    }
}

#[apply(database_test)]
async fn its_place_and_its_name_are_free_at_once(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.max_lists_per_account = 1;
    })
    .await;
    let list = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    fill(&mut session, &list.id, RECORDS).await;
    let body = json!({"name": "a list"});
    let new = async || list.caller.post("/record-lists").json(&body).send().await;
    new().await.assert_error(422, "LIMIT_EXCEEDED");
    deletion(&list).send().await.assert_status(204);
    let again = new().await.assert_status(201).json();
    assert_ne!(again["id"], list.id);
    new().await.assert_error(422, "LIMIT_EXCEEDED");
    let named = list.caller.get("/record-lists?name=a%20list").send().await;
    let named = named.assert_status(200).json();
    assert_eq!(named["total"], 1);
    assert_eq!(named["_embedded"]["record_lists"][0]["id"], again["id"]);
}

#[apply(database_test)]
async fn the_trail_tells_of_it(app: TestApp) {
    let list = app.list().await;
    let people = ["+14155550101", "+14155550102", "+14155550103"].map(person);
    list.add(&people).await;
    list.delete_phones(&["+14155550101"]).await.assert_deleted(1, 0, 1);
    let answer = deletion(&list).send().await.assert_status(204);
    for path in ["/deletions".to_owned(), list.path("/deletions")] {
        let mut entries = trail(&list.caller, &path).await;
        assert_eq!(entries.len(), 2);
        let newest = entries[0].as_object_mut().expect("an object");
        assert!(newest.remove("created_at").is_some());
        let expected = json!({
            "id": answer.header("operation-id"),
            "record_list_id": list.id,
            "client_id": "tests",
            "identifier_kind": "LIST",
            "total_deleted": 1,
            "total_errors": 0,
            "total_records_deleted": 2,
            "request_id": answer.header("x-request-id"),
        });
        assert_eq!(entries[0], expected, "{path}");
    }
    let stranger = app.as_stranger();
    let theirs = stranger.get(&list.path("/deletions")).send().await;
    theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn what_is_not_the_callers_is_not_deleted(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let stranger = app.as_stranger();
    let foreign = deletion(&list.asked_by(stranger.clone())).send().await;
    let foreign = foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let unknown = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";
    for path in [unknown, "/record-lists/x"] {
        let absent = stranger.delete(path).send().await;
        let absent = absent.assert_error(404, "RECORD_LIST_NOT_FOUND");
        assert_eq!(absent.body, foreign.body);
    }
    assert_eq!(list.ids().await, ids);
    let mut session = Blocker::connect(&app.database).await;
    assert_eq!(session.number("SELECT count(*) FROM operation").await, 0);
}

#[apply(database_test)]
async fn an_option_that_it_does_not_know_keeps_it_from_deleting(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    for name in ["dry_run", "all_or_none", "page", "x"] {
        let path = list.path(&format!("?{name}=true"));
        let answer = list.caller.delete(&path).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[name]);
    }
    assert_eq!(list.ids().await, ids);
    assert!(trail(&list.caller, "/deletions").await.is_empty());
}

#[apply(database_test)]
async fn of_many_at_once_one_deletes_it(app: TestApp) {
    let list = app.list().await;
    let answers = join_all((0..10).map(|_| deletion(&list).send())).await;
    let (deleted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 204);
    assert_eq!((deleted.len(), refused.len()), (1, 9));
    for answer in refused {
        answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    }
    assert_eq!(trail(&list.caller, "/deletions").await.len(), 1);
}

/// Every record that was created was deleted once: by one of the others, or with its list.
#[apply(database_test)]
async fn nothing_is_written_to_a_list_after_its_deletion(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&["+14155550101", "+14155550102", "+14155550103"].map(person))
        .await;
    let others = (0..12).map(|n| match n % 2 {
        0 => {
            let body = json!({"records": [person("+14155550109")]});
            list.caller.post(&list.path("/records/bulks")).json(&body)
        }
        _ => list.deletion(Via::Delete).json(&json!([{"id": ids[n % 3]}])),
    });
    let others = join_all(others.map(|other| other.send()));
    let (others, deletion) = tokio::join!(others, deletion(&list).send());
    deletion.assert_status(204);
    let mut created = 3;
    for answer in others {
        match answer.status.as_u16() {
            201 => created += 1,
            200 => {}
            _ => {
                answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
            }
        }
    }
    let mut session = Blocker::connect(&app.database).await;
    wait_until_gone(&mut session, &list).await;
    let entries = trail(&list.caller, &list.path("/deletions")).await;
    let deleted = entries.iter().map(|entry| &entry["total_records_deleted"]);
    let deleted: i64 = deleted.filter_map(Value::as_i64).sum();
    assert_eq!(deleted, created, "{entries:?}");
    let kinds = entries.iter().map(|entry| &entry["identifier_kind"]);
    assert_eq!(kinds.filter(|kind| **kind == "LIST").count(), 1);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_one_process_deleted_is_gone_for_another(#[values(Postgres)] database: TestDatabase) {
    let here = TestApp::on(database.clone(), |_| {}).await;
    let there = TestApp::on(database, |_| {}).await;
    let mut session = Blocker::connect(&here.database).await;
    for _ in 0..3 {
        let list = here.list().await;
        let at_other = list.asked_by(there.as_manager());
        // Both have an actor for it.
        list.add(&[person("+14155550101")]).await;
        at_other.add(&[person("+14155550102")]).await;
        let first = delete_once(&list, "K").await.assert_status(204);
        let read = at_other.caller.get(&list.path("/records")).send().await;
        read.assert_error(404, "RECORD_LIST_NOT_FOUND");
        let addition = at_other.try_add(&[person("+14155550103")]).await;
        addition.assert_error(404, "RECORD_LIST_NOT_FOUND");
        let deletion = at_other.delete_phones(&["+14155550101"]).await;
        deletion.assert_error(404, "RECORD_LIST_NOT_FOUND");
        assert_replay(&delete_once(&at_other, "K").await, &first);
        wait_until_gone(&mut session, &list).await;
    }
}

#[apply(database_test)]
async fn a_repeated_deletion_gets_the_first_answer(app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let first = delete_once(&list, "K").await.assert_status(204);
    assert!(first.headers.contains_key("operation-id"));
    assert_replay(&delete_once(&list, "K").await, &first);
    for answer in [
        delete_once(&list, "another").await,
        deletion(&list).send().await,
        delete_once(&list.asked_by(app.as_stranger()), "K").await,
    ] {
        assert!(!answer.is_replay());
        answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    }
    let mut session = Blocker::connect(&app.database).await;
    wait_until_gone(&mut session, &list).await;
    assert_replay(&delete_once(&list, "\"K\"").await, &first);
    assert_eq!(trail(&list.caller, "/deletions").await.len(), 1);
}

#[apply(database_test)]
async fn a_key_of_a_bulk_delete_does_not_delete_the_list(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": "x"}]);
    list.delete_once("K", &body).await.assert_deleted(0, 1, 0);
    let reused = delete_once(&list, "K").await;
    reused.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(list.ids().await, ids);
    assert_eq!(trail(&list.caller, "/deletions").await.len(), 1);
}

#[apply(database_test)]
async fn answers_of_bulk_deletes_outlive_the_list(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let first = list.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    deletion(&list).send().await.assert_status(204);
    assert_replay(&list.delete_once("K", &body).await, &first);
    let stranger = list.asked_by(app.as_stranger());
    let theirs = stranger.delete_once("K", &body).await;
    theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let mut session = Blocker::connect(&app.database).await;
    wait_until_gone(&mut session, &list).await;
    assert_replay(&list.delete_once("K", &body).await, &first);
}

#[apply(database_test)]
async fn its_rows_go_in_the_background_and_those_of_other_lists_stay(app: TestApp) {
    let list = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    fill(&mut session, &list.id, RECORDS).await;
    let other = app.list().await;
    let people = [("+14150000000", "+14170000000"), ("+14150000003", "+14170000003")].map(|(first, further)| {
        let mut person = person(first);
        person["phone_numbers"] = json!([
            {"phone_number": first, "phone_type": "MOBILE"},
            {"phone_number": further, "phone_type": "HOME"},
        ]);
        person
    });
    let ids = other.add(&people).await;
    let answer = deletion(&list).send().await.assert_status(204);
    assert_eq!(other.ids().await, ids);
    other.delete_phones(&["+14150000000"]).await.assert_deleted(1, 0, 1);
    // In whole steps, each a transaction: whoever looks in between finds no record without its number.
    let mut most = RECORDS;
    while most > 0 {
        let [_, records, _] = wait_for_rows(&mut session, &list, most - 1).await;
        assert!(records == 0 || (RECORDS - records) % STEP == 0, "{records}");
        most = records;
    }
    wait_until_gone(&mut session, &list).await;
    assert_eq!(rows(&mut session, &other).await, [1, 1, 1]);
    assert_eq!(other.ids().await, ids[1..]);
    let entries = trail(&list.caller, &list.path("/deletions")).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["id"], answer.header("operation-id"));
    assert_eq!(entries[0]["total_records_deleted"], RECORDS);
}

#[apply(database_test)]
async fn what_a_killed_process_left_of_a_list_goes_after_its_next_start(
    database: TestDatabase,
    #[values(false, true)] has_begun: bool,
) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let mut session = Blocker::connect(&database).await;
    // Again where the rows were gone before the kill, as they may be on a busy machine.
    for _ in 0..10 {
        let list = TestList::create(server.as_manager().patient(), "NOTHING").await;
        fill(&mut session, &list.id, MANY).await;
        let first = delete_once(&list, "K").await.assert_status(204);
        if has_begun {
            wait_for_rows(&mut session, &list, MANY - 1).await;
        }
        server.kill();
        let left = rows(&mut session, &list).await;
        server.start_again();
        server.ready().await;
        let read = list.caller.get(&list.path("")).send().await;
        read.assert_error(404, "RECORD_LIST_NOT_FOUND");
        assert_replay(&delete_once(&list, "K").await, &first);
        wait_until_gone(&mut session, &list).await;
        let [_, records, _] = left;
        if records > 0 && (records < MANY || !has_begun) {
            return;
        }
    }
    panic!("no kill came before the last row had gone");
}
