//! Many callers of one list: each record is reported deleted once, and nothing waits without end.

use std::time::Duration;

use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};
use serde_json::{Value, json};

use crate::support::{
    Blocker, Database::Postgres, TestApp, TestDatabase, TestList, apply, assert_counts, database_test, external_person,
    has_additions, person,
};

#[apply(database_test)]
async fn two_hundred_overlapping_deletions_report_each_record_once(app: TestApp) {
    let list = app.list().await;
    let records: Vec<Value> = (0..300)
        .map(|n| external_person(&format!("+1415555{n:04}"), "crm", &n.to_string()))
        .collect();
    let ids = list.add(&records).await;
    // Each request names ten records; its neighbours name most of them too, by another kind of identifier.
    let bodies = (0..200_usize).map(|request| {
        let items: Vec<Value> = (request..request + 10)
            .map(|n| match request % 3 {
                0 => json!({"id": ids[n]}),
                1 => json!({"phone_number": format!("+1415555{n:04}")}),
                _ => json!({"external_provider": "crm", "external_id": n.to_string()}),
            })
            .collect();
        Value::from(items)
    });
    let answers = join_all(bodies.map(|body| {
        let list = &list;
        async move { list.delete(&body).await.assert_status(200).json() }
    }))
    .await;
    let total = |name: &str| {
        answers
            .iter()
            .map(|answer| answer[name].as_u64().expect("a total"))
            .sum::<u64>()
    };
    if has_additions() {
        assert_eq!(total("total_records_deleted"), 209);
    }
    assert_eq!(total("total_deleted"), 209);
    assert_eq!(total("total_deleted") + total("total_errors"), 2_000);
    assert_eq!(list.ids().await, ids[209..]);
    let mut session = Blocker::connect(&app.database).await;
    let audited = session.number("SELECT count(*) FROM operation").await;
    assert_eq!(audited, 200);
    let records = session.number("SELECT count(*) FROM record").await;
    assert_eq!(records, 91);
    let audited = session
        .number("SELECT CAST(sum(total_records_deleted) AS bigint) FROM operation")
        .await;
    assert_eq!(audited, 209);
    assert_counts(&mut session).await;
}

#[apply(database_test)]
async fn deletions_of_all_kinds_that_wait_together_see_each_other(app: TestApp) {
    let list = app.list().await;
    let mut two_numbers = external_person("+14155550101", "crm", "a");
    two_numbers["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "HOME"},
        {"phone_number": "+14155550102", "phone_type": "OFFICE"},
    ]);
    let ids = list.add(&[two_numbers, person("+14155550102")]).await;
    // The first waits for the lock, and the others for the first: they become one batch.
    let lock = Blocker::hold(&app.database, &list.id).await;
    let bodies = [
        json!([{"id": "8858c834-481d-4a02-8176-cffc02c50350"}]),
        json!([{"phone_number": "+14155550101"}]),
        json!([{"external_provider": "crm", "external_id": "a"}]),
        json!([{"phone_number": "+14155550102"}]),
        json!([{"id": ids[0]}, {"id": ids[1]}]),
    ];
    let mut waiting = Vec::new();
    for (earlier, body) in bodies.into_iter().enumerate() {
        let list = list.asked_by(list.caller.clone());
        waiting.push(tokio::spawn(async move { list.delete(&body).await }));
        // Each is there before the next is sent.
        app.wait_for_callers(earlier + 1).await;
    }
    lock.release().await;
    let expected = [[0, 1, 0], [1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 2, 0]];
    for (answer, [deleted, errors, records]) in waiting.into_iter().zip(expected) {
        let answer = answer.await.expect("no panic");
        answer.assert_deleted(deleted, errors, records);
    }
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn more_than_may_wait_is_answered_503_and_nothing_of_it_is_done(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.queue_length = 3).await;
    let list = app.list().await;
    let records: Vec<Value> = (0..12).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&records).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let mut answers: FuturesUnordered<_> = ids.iter().map(async |id| list.delete_ids(&[id]).await).collect();
    // Those that are refused are told at once, while the others wait.
    for _ in 0..9 {
        let answer = answers.next().await.expect("an answer");
        let answer = answer.assert_error(503, "OVERLOADED");
        assert_eq!(answer.header("retry-after"), "1");
    }
    lock.release().await;
    while let Some(answer) = answers.next().await {
        answer.assert_deleted(1, 0, 1);
    }
    assert_eq!(list.count().await, 9);
    // Another list is not touched by the crowd, and the crowded one serves again.
    list.delete_ids(&[&ids[11]]).await.assert_status(200);
}

#[apply(database_test)]
async fn a_request_whose_turn_does_not_come_is_answered_503(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.queue_timeout = Duration::from_secs(2);
    })
    .await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = async { list.delete_ids(&[&ids[0]]).await };
    let second = async {
        app.wait_for_callers(1).await;
        let second = list.delete_ids(&[&ids[1]]).await;
        lock.release().await;
        second
    };
    let (first, second) = tokio::join!(first, second);
    // The first had its turn and waited for the lock, the second never had one.
    first.assert_deleted(1, 0, 1);
    second.assert_error(503, "OVERLOADED");
    assert_eq!(list.ids().await, ids[1..]);
}

#[apply(database_test)]
async fn a_waiting_deletion_sees_what_the_other_writer_committed(#[values(Postgres)] app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let mut lock = Blocker::hold(&app.database, &list.id).await;
    lock.execute("UPDATE record SET phone_number = '+14155550199' WHERE phone_number = '+14155550101'")
        .await;
    let mut watcher = Blocker::connect(&app.database).await;
    let deletion = list.delete_phones(&["+14155550101"]);
    let release = async {
        watcher.wait_for_waiters(1).await;
        lock.release().await;
    };
    let (answer, ()) = tokio::join!(deletion, release);
    answer.assert_deleted(0, 1, 0);
    assert_eq!(list.count().await, 2);
    list.delete_phones(&["+14155550199"]).await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_client_that_is_gone_before_its_turn_deletes_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = list.asked_by(list.caller.clone());
    let unknown = ["8858c834-481d-4a02-8176-cffc02c50350"];
    let first = tokio::spawn(async move { first.delete_ids(&unknown).await });
    app.wait_for_callers(1).await;
    let gone = list.asked_by(app.with_token(&crate::support::Claims::of("acme").token()));
    let id = ids[0].clone();
    let gone = tokio::spawn(async move { gone.delete_ids(&[&id]).await });
    app.wait_for_callers(2).await;
    gone.abort();
    let _ = gone.await;
    app.wait_for_callers(1).await;
    lock.release().await;
    first.await.expect("no panic").assert_deleted(0, 1, 0);
    assert_eq!(list.ids().await, ids);
}

/// Numbers that are as often the first one of a record as a further one: half of the requests have it the one way, half
/// the other.
pub fn contested_numbers(request: usize) -> Vec<Value> {
    let people = (0..5_usize).map(|n| {
        let contested = format!("+1415555{n:04}");
        let own = format!("+1415666{request:04}{n}");
        let numbers = if (request + n).is_multiple_of(2) {
            [contested, own]
        } else {
            [own, contested]
        };
        let mut person = person("");
        person["phone_numbers"] = json!([
            {"phone_number": numbers[0], "phone_type": "MOBILE"},
            {"phone_number": numbers[1], "phone_type": "HOME"},
        ]);
        person
    });
    people.collect()
}

/// Each contested number belongs to one record, and that is found by it.
pub async fn assert_one_owner_each(list: &TestList) {
    let records = list.records().await;
    assert_eq!(records.len(), 5);
    let numbers = |record: &Value| -> Vec<String> {
        let numbers = record["phone_numbers"].as_array().expect("numbers").iter();
        let texts = numbers.map(|line| line["phone_number"].as_str().expect("a number").to_owned());
        texts.collect()
    };
    for n in 0..5 {
        let number = format!("+1415555{n:04}");
        let owners = records.iter().filter(|record| numbers(record).contains(&number));
        assert_eq!(owners.count(), 1, "{number}");
        list.delete_phones(&[&number]).await.assert_deleted(1, 0, 1);
    }
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn a_number_is_the_first_of_one_record_or_a_further_one_of_another_but_not_both(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    for _ in 0..3 {
        let answers = join_all((0..40).map(|request| {
            let list = &list;
            async move { list.try_add(&contested_numbers(request)).await.json() }
        }))
        .await;
        let total = |name: &str| answers.iter().filter_map(|answer| answer[name].as_u64()).sum::<u64>();
        assert_eq!((total("total_created"), total("total_errors")), (5, 195));
        assert_one_owner_each(&list).await;
    }
}
