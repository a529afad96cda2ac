//! Writes of any kind that wait for a list share its next turn: in order, under one lock and with one commit.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    TestApp, TestDatabase, TestList, TestRequest, TestResponse, Via, apply, assert_counts, database_test, person,
};

/// What a caller asks of a list.
enum Write {
    Create(Value),
    Delete(Value),
    DeleteList,
    WithKey(&'static str, Box<Write>),
}

impl Write {
    fn once(self, key: &'static str) -> Self {
        Self::WithKey(key, Box::new(self))
    }

    async fn send(self, list: TestList) -> TestResponse {
        self.request(&list).send().await
    }

    fn request(self, list: &TestList) -> TestRequest {
        match self {
            Self::Create(record) => {
                let records = json!({"records": [record]});
                list.caller.post(&list.path("/records/bulks")).json(&records)
            }
            Self::Delete(identifiers) => list.deletion(Via::Delete).json(&identifiers),
            Self::DeleteList => list.caller.delete(&list.path("")),
            Self::WithKey(key, write) => write.request(list).header("idempotency-key", key),
        }
    }
}

/// Sends the writes while someone holds the list: the first has a turn to itself, and the others wait for the next.
/// Returns their answers, without the first.
async fn write_in_a_turn(app: &TestApp, list: &TestList, writes: Vec<Write>) -> Vec<TestResponse> {
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = Write::Delete(json!([{"id": "x"}]));
    let mut waiting: Vec<JoinHandle<TestResponse>> = Vec::new();
    for write in std::iter::once(first).chain(writes) {
        waiting.push(tokio::spawn(write.send(list.asked_by(list.caller.clone()))));
        app.wait_for_callers(waiting.len()).await;
    }
    lock.release().await;
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(answer.await.expect("no panic"));
    }
    answers.remove(0).assert_deleted(0, 1, 0);
    answers
}

/// How many items of a request were created or deleted, and how many failed.
fn totals(answer: &TestResponse) -> [Option<u64>; 2] {
    let body = answer.json();
    let total = |of: &str| body[of].as_u64();
    [total("total_created").or(total("total_deleted")), total("total_errors")]
}

/// Creates a record with this number.
fn create(number: &str) -> Write {
    Write::Create(person(number))
}

/// Deletes the records with this number.
fn delete(number: &str) -> Write {
    Write::Delete(json!([{"phone_number": number}]))
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn writes_that_wait_are_carried_out_in_order_with_one_commit(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let mut session = Blocker::connect(&app.database).await;
    let transactions = match app.database.kind {
        Sqlite => "SELECT user_version FROM pragma_user_version",
        Postgres => {
            "SELECT count(DISTINCT written) FROM (SELECT xmin::text AS written FROM operation \
             UNION ALL SELECT xmin::text FROM record) AS rows"
        }
    };
    let before = session.number(transactions).await;
    let number = "+14155550103";
    let writes = vec![
        create(number),
        create(number),
        delete(number),
        delete(number),
        create(number),
        Write::Delete(json!([{"id": ids[0]}])),
    ];
    let answers = write_in_a_turn(&app, &list, writes).await;
    let answers: Vec<_> = answers.iter().map(totals).collect();
    let expected = [[1, 0], [0, 1], [1, 0], [0, 1], [1, 0], [1, 0]];
    assert_eq!(answers, expected.map(|totals| totals.map(Some)));
    // That of the first, which has a turn to itself, and that of the others.
    assert_eq!(session.number(transactions).await - before, 2);
    assert_eq!(list.count().await, 2);
    assert_counts(&mut session).await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_refused_leaves_the_others_of_its_turn(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.max_records_per_list = 2).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let writes = vec![
        create("+14155550102"),
        create("+14155550103"),
        Write::Delete(json!([{"id": ids[0]}])),
        create("+14155550104"),
    ];
    let answers = write_in_a_turn(&app, &list, writes).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [201, 422, 200, 201]);
    let numbers: Vec<Value> = list.records().await.iter().map(first_number).collect();
    assert_eq!(numbers, ["+14155550102", "+14155550104"]);
    assert_counts(&mut Blocker::connect(&app.database).await).await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_takes_no_other_of_its_turn_with_it(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let mut session = Blocker::connect(&app.database).await;
    let plant = match app.database.kind {
        Sqlite => {
            "CREATE TRIGGER planted BEFORE INSERT ON record WHEN NEW.phone_number = '+14155550103' \
             BEGIN SELECT RAISE(ABORT, 'planted'); END"
        }
        Postgres => "ALTER TABLE record ADD CHECK (phone_number <> '+14155550103')",
    };
    session.execute(plant).await;
    let writes = vec![
        create("+14155550102"),
        create("+14155550103"),
        Write::Delete(json!([{"id": ids[0]}])),
    ];
    let answers = write_in_a_turn(&app, &list, writes).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [201, 500, 200]);
    let numbers: Vec<Value> = list.records().await.iter().map(first_number).collect();
    assert_eq!(numbers, ["+14155550102"]);
    assert_counts(&mut session).await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_behind_the_deletion_of_its_list_finds_no_list(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let writes = vec![
        create("+14155550102"),
        Write::DeleteList,
        create("+14155550103"),
        Write::Delete(json!([{"id": ids[0]}])),
    ];
    let answers = write_in_a_turn(&app, &list, writes).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [201, 204, 404, 404]);
    assert_counts(&mut Blocker::connect(&app.database).await).await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_turn_belong_to_their_own_writes(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let number = "+14155550101";
    // The key is taken before.
    create("+14155550109")
        .once("R")
        .send(list.asked_by(list.caller.clone()))
        .await;
    let writes = || {
        vec![
            create(number).once("A"),
            delete(number).once("B"),
            create("+14155550102").once("R"),
            create(number),
            delete(number).once("C"),
        ]
    };
    let first = write_in_a_turn(&app, &list, writes()).await;
    let statuses: Vec<u16> = first.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [201, 200, 422, 201, 200]);
    assert_eq!(totals(&first[4]), [Some(1), Some(0)]);
    let again = write_in_a_turn(&app, &list, writes()).await;
    for (place, replay) in [(0, true), (1, true), (2, false), (3, false), (4, true)] {
        assert_eq!(again[place].is_replay(), replay, "{place}");
        assert!(!replay || again[place].body == first[place].body, "{place}");
    }
    // The one without a key was carried out again.
    assert_eq!(list.count().await, 2);
    assert_counts(&mut Blocker::connect(&app.database).await).await;
}

fn first_number(record: &Value) -> Value {
    record["phone_numbers"][0]["phone_number"].clone()
}
