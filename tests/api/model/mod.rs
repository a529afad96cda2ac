//! Random lists and random batches of deletions with random options and keys, held against a model of docs/contract.md section 5
//! that is kept in memory and written without a look at the code: same answers, same rows left, same audit trail.

mod cases;
mod section_5;
mod writes;

use std::collections::{HashMap, HashSet};

use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};
use rstest::rstest;

use self::cases::Kind;
pub use self::{
    cases::{Case, Request, cases},
    section_5::{Model, Told},
};
use crate::support::{
    Blocker,
    Database::{self, Postgres, Sqlite},
    TestApp, TestList, TestResponse, Via, assert_counts, has_additions,
};

/// How many random lists each database is asked about; `RECORD_LISTS_TEST_MODEL_CASES` sets another number.
const CASES: u32 = 100;

/// What an answer of the service says.
pub fn told(answer: &TestResponse) -> Told {
    let body = answer.json();
    match answer.status.as_u16() {
        409 => return Told::KeyInUse,
        422 => return Told::KeyReused,
        _ => assert_eq!(answer.status, 200, "{body}"),
    }
    let number = |name: &str| body[name].as_u64().expect("a number");
    if !has_additions() {
        let (deleted, errors) = (number("total_deleted"), number("total_errors"));
        assert_eq!(answer.failed().len() as u64, errors);
        return Told::published(deleted, errors);
    }
    let codes = ["RECORD_NOT_FOUND", "IDENTIFIER_INVALID", "AMBIGUOUS", "ROLLED_BACK"];
    let failed: Vec<_> = answer
        .failures()
        .into_iter()
        .map(|(index, code)| {
            let code = codes.into_iter().find(|known| *known == code);
            (index, code.expect("a known code"))
        })
        .collect();
    assert_eq!(body["has_errors"], !failed.is_empty());
    Told::Done {
        deleted: number("total_deleted"),
        errors: number("total_errors"),
        missing: body["total_missing"].as_u64(),
        records: number("total_records_deleted"),
        dry_run: body["dry_run"] == true,
        failed,
    }
}

/// Sends a batch so that all of it waits together, in order. A deletion in front of it waits for the lock, and the
/// batch waits for that deletion.
async fn send(app: &TestApp, list: &TestList, batch: &[Request], ids: &[String]) -> Vec<TestResponse> {
    let lock = Blocker::hold(&app.database, &list.id).await;
    let in_front = list.asked_by(list.caller.clone());
    let in_front = tokio::spawn(async move { in_front.delete_ids(&["x"]).await });
    let mut waiting_callers = 1;
    app.wait_for_callers(waiting_callers).await;
    let mut keys = Vec::new();
    let mut answers = Vec::new();
    for request in batch {
        let via = if request.by_post { Via::Post } else { Via::Delete };
        let mut sent = list.deletion_with(via, &request.query());
        if let Some(key) = request.idempotency_key {
            sent = sent.header("idempotency-key", &key.to_string());
        }
        let answer = tokio::spawn(sent.json(&request.body(ids)).send());
        let is_refused = request.idempotency_key.is_some_and(|key| keys.contains(&key));
        if request.dry_run || is_refused {
            // Answered while the others wait.
            let answer = answer.await.expect("no panic");
            answers.push(tokio::spawn(async move { answer }));
        } else {
            keys.extend(request.idempotency_key);
            waiting_callers += 1;
            app.wait_for_callers(waiting_callers).await;
            answers.push(answer);
        }
    }
    lock.release().await;
    in_front.await.expect("no panic").assert_deleted(0, 1, 0);
    let mut arrived = Vec::new();
    for answer in answers {
        arrived.push(answer.await.expect("no panic"));
    }
    arrived
}

async fn run(app: &TestApp, case: Case) -> Result<(), TestCaseError> {
    // A case that failed may have left requests behind.
    app.wait_for_callers(0).await;
    let list = app.list().await;
    let people = case.records();
    let ids = if people.is_empty() {
        Vec::new()
    } else {
        list.add(&people).await
    };
    let mut model = Model::of(&case.people);
    let mut first_answers: HashMap<u8, Vec<u8>> = HashMap::new();
    for batch in &case.batches {
        // The deletion in front of the batch is carried out too.
        model.audit.push((Kind::Id, 0, 1, 0));
        let expected = model.answer(batch);
        let answers = send(app, &list, batch, &ids).await;
        for ((answer, (expected, is_replay)), request) in answers.iter().zip(expected).zip(batch) {
            prop_assert_eq!(told(answer), expected.answered(), "{:?}", request);
            prop_assert_eq!(answer.is_replay(), is_replay, "{:?}", request);
            if let (Some(key), 200, false) = (request.idempotency_key, answer.status.as_u16(), request.dry_run) {
                let first = first_answers.entry(key).or_insert_with(|| answer.body.clone());
                prop_assert_eq!(&answer.body, &*first, "{:?}", request);
            }
        }
        let left: Vec<&String> = model.people.keys().map(|place| &ids[usize::from(*place)]).collect();
        let found = list.ids().await;
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), left, "after {:?}", batch);
    }
    let distinct = |phones: &[u8]| phones.iter().collect::<HashSet<_>>().len();
    let further: usize = model.people.values().map(|(phones, _)| distinct(phones) - 1).sum();
    let mut session = Blocker::connect(&app.database).await;
    let rows = session
        .number(&format!(
            "SELECT count(*) FROM record_phone WHERE record_list_id = {}",
            literal(app, &list.id)
        ))
        .await;
    prop_assert_eq!(rows, further as i64, "numbers of records that are gone");
    let listed = list
        .caller
        .get(&list.path("/deletions?per_page=200"))
        .send()
        .await
        .json();
    let total = listed["total"].as_u64().expect("a total");
    let listed: Vec<_> = listed["_embedded"]["deletions"]
        .as_array()
        .expect("deletions")
        .iter()
        .rev()
        .map(|entry| {
            let kind = match entry["identifier_kind"].as_str() {
                Some("ID") => Kind::Id,
                Some("PHONE_NUMBER") => Kind::Phone,
                _ => Kind::External,
            };
            let number = |name: &str| entry[name].as_u64().expect("a number");
            (
                kind,
                number("total_deleted"),
                number("total_errors"),
                number("total_records_deleted"),
            )
        })
        .collect();
    prop_assert_eq!(total, model.audit.len() as u64, "the total of the audit trail");
    prop_assert_eq!(listed, model.audit, "the audit trail");
    Ok(())
}

/// The id of a list in SQL.
fn literal(app: &TestApp, id: &str) -> String {
    if app.database.kind == Sqlite {
        format!("x'{}'", id.replace('-', ""))
    } else {
        format!("'{id}'")
    }
}

/// How random cases are made: this many, unless `RECORD_LISTS_TEST_MODEL_CASES` sets another number.
fn config(cases: u32) -> Config {
    let wanted = std::env::var("RECORD_LISTS_TEST_MODEL_CASES");
    let wanted = wanted.ok().and_then(|count| count.parse().ok());
    Config {
        cases: wanted.unwrap_or(cases),
        failure_persistence: None,
        // `PROPTEST_RNG_SEED` sets another number.
        rng_seed: match Config::default().rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            set => set,
        },
        max_shrink_iters: 400,
        max_shrink_time: 60_000,
        ..Config::default()
    }
}

#[rstest]
fn the_service_does_what_the_model_does(#[values(Sqlite, Postgres)] database: Database) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = runtime.block_on(TestApp::with(database, |settings| {
        settings.max_lists_per_account = u64::from(u32::MAX);
    }));
    let Some(app) = app else { return };
    let outcome = TestRunner::new(config(CASES)).run(&cases(), |case| runtime.block_on(run(&app, case)));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(async {
        let mut session = Blocker::connect(&app.database).await;
        assert_counts(&mut session).await;
    });
    drop(app);
}
