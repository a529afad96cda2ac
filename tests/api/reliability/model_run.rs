//! Mixed load with random faults, held against the model of section 5 that is kept in memory.
//!
//! Callers with lists of their own compare each answer with the model; where an answer is lost, the list must be as the
//! model is before or after the request. Others share a list, and the checker judges what they were told.

use std::time::{Duration, Instant};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    crowd::{Crowd, HUNG},
    faults::Victims,
};
use crate::{
    model::{Case, Model, Request, cases, told},
    support::{Caller, TestList, TestRequest, TestResponse, Via, apply, database_test},
};

/// How long the run takes, in seconds; `RECORD_LISTS_TEST_MODEL_RUN` sets another number.
const RUN: u64 = 15;

/// How long one round takes at most: a new list for the crowd, then faults, then a look at what is left.
const ROUND: Duration = Duration::from_secs(20);

/// Callers with lists of their own, and callers that share one.
const CALLERS: usize = 4;

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_does_whatever_happens(mut victims: Victims) {
    let seconds = std::env::var("RECORD_LISTS_TEST_MODEL_RUN");
    let seconds = seconds.ok().and_then(|seconds| seconds.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(RUN));
    while Instant::now() < end {
        let callers = victims.callers();
        let crowd = Crowd::gather(callers[0].clone(), 3_000).await;
        let end_of_round = end.min(Instant::now() + ROUND);
        let working = crowd.work(&callers, CALLERS);
        let alone: Vec<_> = (0..CALLERS)
            .map(|_| tokio::spawn(work_alone(callers.clone(), end_of_round)))
            .collect();
        while Instant::now() < end_of_round {
            victims.suffer().await;
            sleep(Duration::from_millis(fastrand::u64(..400))).await;
        }
        victims.ready().await;
        for caller in alone {
            caller.await.expect("no panic");
        }
        let history = working.stop().await;
        crowd.check(&history, callers[0].clone()).await;
    }
}

/// Works through random cases, one request after the other.
async fn work_alone(callers: Vec<Caller>, end: Instant) {
    let mut runner = TestRunner::default();
    let (mut cases_done, mut doubts) = (0, 0);
    while Instant::now() < end {
        let case = cases().new_tree(&mut runner).expect("a case").current();
        doubts += work_through(&case, &callers).await;
        cases_done += 1;
    }
    eprintln!("{cases_done} cases, {doubts} answers lost");
}

/// Works through one case; how many answers were lost.
async fn work_through(case: &Case, callers: &[Caller]) -> usize {
    let any = || callers[fastrand::usize(..callers.len())].clone();
    let body = json!({"name": "a list", "unique_identifier_type": "NOTHING"});
    let key = uuid::Uuid::now_v7().to_string();
    let made = until_answered(|| {
        let request = any().post("/record-lists").json(&body);
        request.header("idempotency-key", &key)
    })
    .await
    .assert_status(201);
    let list = TestList {
        caller: any(),
        id: made.json()["id"].as_str().expect("an id").to_owned(),
    };
    let ids = if case.people.is_empty() {
        Vec::new()
    } else {
        fill(&list, &case.records(), any).await
    };
    let mut model = Model::of(&case.people);
    let mut doubts = 0;
    for request in case.batches.iter().flatten() {
        doubts += ask(&list, request, &ids, &mut model, any).await;
    }
    let left = settled(&list, &any).await;
    assert!(is_left(&left, &model, &ids), "{left:?} are left of {case:?}");
    doubts
}

/// Adds records once, however often it takes.
async fn fill(list: &TestList, records: &[Value], any: impl Fn() -> Caller) -> Vec<String> {
    let key = uuid::Uuid::now_v7().to_string();
    let body = json!({"records": records});
    let path = list.path("/records/bulks");
    let made = until_answered(|| {
        let request = any().post(&path).json(&body);
        request.header("idempotency-key", &key)
    })
    .await
    .assert_status(201)
    .json();
    let records = made["_embedded"]["records"].as_array().expect("records");
    let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
    records.iter().map(id).collect()
}

/// Asks until there is an answer that fits the model; how many answers were lost.
async fn ask(list: &TestList, request: &Request, ids: &[String], model: &mut Model, any: impl Fn() -> Caller) -> usize {
    let before = model.clone();
    let (expected, _) = model.answer(std::slice::from_ref(request)).remove(0);
    let via = if request.by_post { Via::Post } else { Via::Delete };
    // Keys count for an account: those of other lists are other keys.
    let key = request.idempotency_key.map(|key| format!("{}-{key}", list.id));
    let mut doubts = 0;
    loop {
        let list = list.asked_by(any());
        let mut sent = list.deletion_with(via, &request.query()).json(&request.body(ids));
        if let Some(key) = &key {
            sent = sent.header("idempotency-key", key);
        }
        match attempt(sent).await {
            Attempt::Answered(answer) => {
                // The first request with the key is still under way, and was not heard of.
                if doubts > 0 && answer.json()["code"] == "IDEMPOTENCY_KEY_IN_USE" {
                    continue;
                }
                assert_eq!(told(&answer), expected.answered(), "{request:?}");
                return doubts;
            }
            Attempt::NothingDone => {}
            Attempt::Unknown => {
                doubts += 1;
                if key.is_none() && !request.dry_run {
                    let left = settled(&list, &any).await;
                    if is_left(&left, model, ids) {
                        return doubts;
                    }
                    let is_untouched = is_left(&left, &before, ids);
                    assert!(is_untouched, "half of {request:?} was done");
                }
            }
        }
    }
}

/// Whether these records are left, in this order, and no others.
fn is_left(left: &[String], model: &Model, ids: &[String]) -> bool {
    let places = model.people.keys();
    places.map(|place| &ids[usize::from(*place)]).eq(left)
}

/// The ids of the records, once nothing is under way any more.
async fn settled(list: &TestList, any: &impl Fn() -> Caller) -> Vec<String> {
    // It takes the list's lock: whoever had it before is done.
    until_answered(|| {
        let nobody = json!([{"id": "x"}]);
        list.asked_by(any()).deletion(Via::Delete).json(&nobody)
    })
    .await
    .assert_deleted(0, 1, 0);
    let path = list.path("/records?per_page=200");
    let page = until_answered(|| any().get(&path)).await.assert_status(200).json();
    let records = page["_embedded"]["records"].as_array().expect("records");
    let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
    records.iter().map(id).collect()
}

enum Attempt {
    Answered(TestResponse),
    NothingDone,
    Unknown,
}

async fn attempt(request: TestRequest) -> Attempt {
    let answer = timeout(HUNG, request.try_send()).await;
    match answer.expect("a server that hangs cuts or answers") {
        Ok(answer) if answer.status == 503 => {
            sleep(Duration::from_millis(20)).await;
            match answer.json()["code"].as_str() {
                Some("OUTCOME_UNKNOWN") => Attempt::Unknown,
                _ => Attempt::NothingDone,
            }
        }
        Ok(answer) => Attempt::Answered(answer),
        Err(error) => {
            sleep(Duration::from_millis(20)).await;
            if error.is_connect() {
                Attempt::NothingDone
            } else {
                Attempt::Unknown
            }
        }
    }
}

/// Asks again and again; for what may be asked twice.
async fn until_answered(request: impl Fn() -> TestRequest) -> TestResponse {
    loop {
        if let Attempt::Answered(answer) = attempt(request()).await
            && answer.status != 409
        {
            return answer;
        }
    }
}
