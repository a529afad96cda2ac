//! The nightly opt-out job.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::Value;

use super::{
    job::{Job, Language},
    proxy::{Fault, Proxy, Seen},
    serve,
};
use crate::support::{Blocker, ServerProcess, TestDatabase, TestList, apply, database_test, has_additions, person};

const TOKENS: &str = "POST /oauth/token";
const LISTS: &str = "GET /record-lists";
const DELETIONS: &str = "/records/bulks";

/// Numbers of people who opted out, beside those of the guide.
fn opted_out(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("+1415555{:04}", 200 + number))
        .collect()
}

/// Lines of the file for these numbers.
fn lines(numbers: &[String]) -> String {
    numbers.iter().map(|number| format!("{number},2026-11-29\n")).collect()
}

fn people(numbers: &[String]) -> Vec<Value> {
    numbers.iter().map(|number| person(number)).collect()
}

async fn list(server: &ServerProcess) -> TestList {
    TestList::create(server.as_manager(), "NOTHING").await
}

async fn rows(database: &TestDatabase, table: &str) -> i64 {
    let mut session = Blocker::connect(database).await;
    session.number(&format!("SELECT count(*) FROM {table}")).await
}

/// The keys of each request, however often it was sent.
fn keys(seen: &[Seen]) -> HashMap<(&str, &[u8]), HashSet<&str>> {
    let mut keys: HashMap<_, HashSet<&str>> = HashMap::new();
    for request in seen {
        let key = request.key.as_deref().expect("a key");
        keys.entry((&*request.line, &*request.body)).or_default().insert(key);
    }
    keys
}

/// 51 lists are two pages, and 152 numbers are two batches.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn every_opt_out_is_deleted_in_spite_of_faults(
    database: TestDatabase,
    #[values(Language::Python, Language::TypeScript)] language: Language,
) {
    let server = serve(&database, &[]).await;
    let Some(job) = Job::prepare(language, &database) else {
        return;
    };
    let numbers = opted_out(150);
    let kept: Vec<String> = (1..=5).map(|number| format!("+1416555000{number}")).collect();
    let first = list(&server).await;
    first.add(&people(&numbers)).await;
    // One number, two records.
    first.add(&people(&numbers[..1])).await;
    let kept_ids = first.add(&people(&kept)).await;
    for _ in 0..49 {
        list(&server).await;
    }
    let last = list(&server).await;
    last.add(&people(&numbers[140..])).await;
    last.add(&[person("+14155550132"), person("+441632960961")]).await;
    job.write_numbers(&lines(&numbers));

    let error = Fault::error;
    let pass = || Fault::Pass;
    let plan = vec![
        (TOKENS, 1, error(503, "OVERLOADED", Some(1))),
        // The token is old at once.
        (TOKENS, 1, Fault::Replace("\"expires_in\":600", "\"expires_in\":6e1")),
        (LISTS, 1, error(429, "RATE_LIMITED", Some(1))),
        (LISTS, 1, pass()),
        (LISTS, 1, Fault::Halve),
        (DELETIONS, 1, error(503, "OVERLOADED", Some(2))),
        (DELETIONS, 1, Fault::Lose),
        (DELETIONS, 1, pass()),
        (DELETIONS, 1, error(409, "IDEMPOTENCY_KEY_IN_USE", None)),
        (DELETIONS, 1, pass()),
        (DELETIONS, 1, error(429, "RATE_LIMITED", Some(1))),
        (DELETIONS, 1, Fault::Halve),
        (DELETIONS, 1, pass()),
        (DELETIONS, 1, error(401, "TOKEN_INVALID", None)),
    ];
    let proxy = Proxy::start(server.address, plan).await;
    let ended = job.run(proxy.address, "").await;
    ended.assert_done("152 numbers, 51 lists, 162 times found and deleted, 0 numbers not done, 0 lines not read");

    assert_eq!(first.ids().await, kept_ids);
    assert_eq!(rows(&database, "record").await, 5);
    // Every batch of every list was carried out once, with a key of its own.
    let seen = proxy.seen(DELETIONS);
    assert_eq!(seen.len(), 102 + 6);
    let keys = keys(&seen);
    let distinct: HashSet<&str> = keys.values().flatten().copied().collect();
    assert_eq!((keys.len(), distinct.len()), (102, 102));
    assert_eq!(rows(&database, "idempotency_key").await, 102);
    // Without the header it would be one second.
    let waited = seen[1].at - seen[0].at;
    assert!(waited >= Duration::from_secs(2), "{waited:?}");
    // A fault, a token that is old at once, the next, and one after the 401.
    assert_eq!(proxy.seen(TOKENS).len(), 4);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_done_is_said(
    database: TestDatabase,
    #[values(Language::Python, Language::TypeScript)] language: Language,
) {
    let server = serve(&database, &[]).await;
    let Some(job) = Job::prepare(language, &database) else {
        return;
    };
    let numbers = opted_out(110);
    let list = list(&server).await;
    let ids = list.add(&people(&numbers)).await;
    let unread = ["+14155550101", "+14155550102", "+14155550103"].map(str::to_owned);
    let unread_ids = list.add(&people(&unread)).await;
    // Behind the header and two numbers. Line 4 is no number, and the next three cannot be read.
    let bad = format!(
        "4155550101,\n{},\"stray\n{}\n,\n\n{},,\n",
        unread[0], unread[1], unread[2]
    );
    job.write_numbers(&format!("{bad}{}", lines(&numbers)));
    let refused = Fault::error(403, "INSUFFICIENT_SCOPE", None);
    let plan = vec![(DELETIONS, 1, Fault::Pass), (DELETIONS, 1, refused)];
    let proxy = Proxy::start(server.address, plan).await;
    let ended = job.run(proxy.address, "").await;
    let invalid = if has_additions() {
        "IDENTIFIER_INVALID"
    } else {
        "FAILED"
    };
    ended.assert_not_done(&[
        &format!("line 4: {invalid}"),
        "line 5: no phone number can be read",
        "line 6: no phone number can be read",
        "line 9: no phone number can be read",
        "403 INSUFFICIENT_SCOPE",
        &list.id,
    ]);
    // 2 of the guide, the one that is none, and 97 are the first batch.
    let summary = "113 numbers, 1 lists, 97 times found and deleted, 14 numbers not done, 3 lines not read";
    assert!(ended.told.contains(summary), "{ended:?}");
    assert_eq!(list.ids().await, [&ids[97..], &unread_ids].concat());

    // The next run carries out what is left.
    job.write_numbers(&lines(&numbers));
    let ended = job.run(proxy.address, "").await;
    ended.assert_done("112 numbers, 1 lists, 13 times found and deleted, 0 numbers not done, 0 lines not read");
    assert_eq!(list.ids().await, unread_ids);

    // One line is enough.
    for (line, complaint) in [
        ("4155550101,", invalid),
        ("+14155550101", "no phone number can be read"),
    ] {
        job.write_numbers(&format!("{line}\n"));
        let ended = job.run(proxy.address, "").await;
        ended.assert_not_done(&[&format!("line 4: {complaint}")]);
    }
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_gives_up_in_time(
    database: TestDatabase,
    #[values(Language::Python, Language::TypeScript)] language: Language,
) {
    let server = serve(&database, &[]).await;
    let Some(job) = Job::prepare(language, &database) else {
        return;
    };
    let list = list(&server).await;
    let numbers = opted_out(150);
    let ids = list.add(&people(&numbers)).await;
    job.write_numbers(&lines(&numbers));
    let plan = vec![(DELETIONS, usize::MAX, Fault::error(503, "OVERLOADED", Some(1)))];
    let proxy = Proxy::start(server.address, plan).await;
    let ended = job.run(proxy.address, "--give-up-after 3").await;
    ended.assert_not_done(&[
        "503 OVERLOADED",
        "100 numbers were not done",
        "52 numbers were not done",
    ]);
    assert_eq!(list.ids().await, ids);

    // Nobody listens any more.
    let address = proxy.address;
    drop(proxy);
    drop(server);
    let ended = job.run(address, "--give-up-after 2").await;
    ended.assert_not_done(&["no response", "no time is left"]);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_or_file_ends_a_job(
    database: TestDatabase,
    #[values(Language::Python, Language::TypeScript)] language: Language,
) {
    let server = serve(&database, &[]).await;
    let Some(job) = Job::prepare(language, &database) else {
        return;
    };
    job.write_numbers("");
    // Nobody would learn that the client is one of another account.
    let ended = job.run(server.address, "").await;
    ended.assert_not_done(&["the account has no record lists"]);
    list(&server).await;
    job.run(server.address, "")
        .await
        .assert_done("2 numbers, 1 lists, 0 times found and deleted, 0 numbers not done, 0 lines not read");
    job.write_file("number\n+14155550132\n");
    let ended = job.run(server.address, "").await;
    ended.assert_not_done(&["the header must have one column phone_number"]);
    job.write_numbers("");
    job.write_client(r#"{"client_id": "nobody", "client_secret": "nothing"}"#);
    let ended = job.run(server.address, "").await;
    ended.assert_not_done(&["401 invalid_client"]);
    assert_eq!(ended.told, "");
}
