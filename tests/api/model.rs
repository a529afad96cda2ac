//! Random lists and random batches of deletions with random options and keys, held against a model of api.md section 5
//! that is kept in memory and written without a look at the code: same answers, same rows left, same audit trail.

use std::collections::{BTreeMap, HashMap};

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Blocker,
    Database::{self, Postgres, Sqlite},
    TestApp, TestList, TestResponse, Via,
};

/// How many random lists each database is asked about; `RECORD_LISTS_TEST_MODEL_CASES` sets another number.
const CASES: u32 = 100;

/// A record: phone numbers and an external id, as small numbers.
type Person = (Vec<u8>, Option<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Id,
    Phone,
    External,
}

/// One request.
#[derive(Clone, Debug)]
struct Request {
    kind: Kind,
    /// Places in the list for ids, else numbers; some name nothing.
    keys: Vec<u8>,
    dry_run: bool,
    all_or_none: bool,
    ignores_missing: bool,
    matches_sole: bool,
    idempotency_key: Option<u8>,
    by_post: bool,
}

/// Requests that wait together, in order.
type Batch = Vec<Request>;

#[derive(Clone, Debug)]
struct Case {
    people: Vec<Person>,
    batches: Vec<Batch>,
}

fn cases() -> impl Strategy<Value = Case> {
    let person = (
        prop::collection::btree_set(0..6_u8, 1..3).prop_map(|set| set.into_iter().collect()),
        prop::option::of(0..5_u8),
    );
    let kind = prop_oneof![Just(Kind::Id), Just(Kind::Phone), Just(Kind::External)];
    let named = (kind, prop::collection::vec(0..8_u8, 1..5));
    let options = (
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
    );
    let sent = (
        any::<prop::sample::Index>(),
        options,
        prop::option::weighted(0.5, 0..2_u8),
        any::<bool>(),
    );
    let batch = prop::collection::vec(sent, 1..5);
    (
        prop::collection::vec(person, 0..7),
        // Few, so that requests are repeated, with the same key and with another, with the same options and with others.
        prop::collection::vec(named, 1..4),
        prop::collection::vec(batch, 1..4),
    )
        .prop_map(|(people, named, batches)| {
            let request = |(which, options, idempotency_key, by_post): Sent| {
                let (kind, keys) = which.get(&named).clone();
                let (dry_run, all_or_none, ignores_missing, matches_sole) = options;
                Request {
                    kind,
                    keys,
                    dry_run,
                    all_or_none,
                    ignores_missing,
                    matches_sole,
                    idempotency_key,
                    by_post,
                }
            };
            let batches = batches
                .into_iter()
                .map(|batch| batch.into_iter().map(request).collect());
            let batches = batches.collect();
            Case { people, batches }
        })
}

/// Which of the named identifiers a request has, its options, its key, and its way.
type Sent = (
    prop::sample::Index,
    (bool, bool, bool, bool),
    Option<u8>,
    bool,
);

/// What an answer says, without what differs from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Done {
        deleted: u64,
        errors: u64,
        missing: Option<u64>,
        records: u64,
        dry_run: bool,
        failed: Vec<(u64, &'static str)>,
    },
    KeyInUse,
    KeyReused,
}

/// The list as section 5 describes it.
#[derive(Default)]
struct Model {
    people: BTreeMap<u8, Person>,
    /// What was asked for, and what was told.
    saved: HashMap<u8, (String, Told)>,
    /// Kind and totals of each deletion that was carried out.
    audit: Vec<(Kind, u64, u64, u64)>,
}

impl Model {
    /// Answers of requests that wait together, and whether each is a replay. A rehearsal looks at the list before any
    /// of them has its turn, and the second with a key is told so at once.
    fn answer(&mut self, batch: &[Request]) -> Vec<(Told, bool)> {
        let mut in_use = Vec::new();
        let mut told: Vec<Option<(Told, bool)>> = Vec::new();
        for request in batch {
            told.push(if request.dry_run {
                Some((self.decide(request).0, false))
            } else {
                match request.idempotency_key {
                    Some(key) if in_use.contains(&key) => Some((Told::KeyInUse, false)),
                    key => {
                        in_use.extend(key);
                        None
                    }
                }
            });
        }
        let answers = batch.iter().zip(told);
        answers
            .map(|(request, told)| told.unwrap_or_else(|| self.carry_out(request)))
            .collect()
    }

    fn carry_out(&mut self, request: &Request) -> (Told, bool) {
        let asked = request.meaning();
        if let Some((before, told)) = request.idempotency_key.and_then(|key| self.saved.get(&key)) {
            return if *before == asked {
                (told.clone(), true)
            } else {
                (Told::KeyReused, false)
            };
        }
        let (told, removed) = self.decide(request);
        for place in removed {
            self.people.remove(&place);
        }
        if let Told::Done {
            deleted,
            errors,
            records,
            ..
        } = &told
        {
            self.audit.push((request.kind, *deleted, *errors, *records));
        }
        if let Some(key) = request.idempotency_key {
            self.saved.insert(key, (asked, told.clone()));
        }
        (told, false)
    }

    /// What the request does to the list as it is, and the places of the records that go.
    fn decide(&self, request: &Request) -> (Told, Vec<u8>) {
        let mut seen = Vec::new();
        let mut missing = 0;
        let mut failed: Vec<(u64, &'static str)> = Vec::new();
        let mut matched: Vec<(u64, Vec<u8>)> = Vec::new();
        for (index, key) in (0_u64..).zip(&request.keys) {
            if seen.contains(key) {
                continue;
            }
            seen.push(*key);
            let found: Vec<u8> = self
                .people
                .iter()
                .filter(|(place, (phones, external))| match request.kind {
                    Kind::Id => *place == key,
                    Kind::Phone => phones.contains(key),
                    Kind::External => external.as_ref() == Some(key),
                })
                .map(|(place, _)| *place)
                .collect();
            if found.is_empty() {
                if request.ignores_missing {
                    missing += 1;
                } else {
                    failed.push((index, "RECORD_NOT_FOUND"));
                }
            } else if found.len() > 1 && request.matches_sole {
                failed.push((index, "AMBIGUOUS"));
            } else {
                matched.push((index, found));
            }
        }
        if request.all_or_none && !failed.is_empty() {
            failed.extend(matched.drain(..).map(|(index, _)| (index, "ROLLED_BACK")));
            failed.sort_unstable();
        }
        let deleted = matched.len() as u64;
        let mut removed: Vec<u8> = matched.into_iter().flat_map(|(_, found)| found).collect();
        removed.sort_unstable();
        removed.dedup();
        let told = Told::Done {
            deleted,
            errors: failed.len() as u64,
            missing: request.ignores_missing.then_some(missing),
            records: removed.len() as u64,
            dry_run: request.dry_run,
            failed,
        };
        (told, removed)
    }
}

impl Request {
    /// What makes two requests the same: how it is sent does not count.
    fn meaning(&self) -> String {
        let options = (self.all_or_none, self.ignores_missing, self.matches_sole);
        format!("{:?} {:?} {options:?}", self.kind, self.keys)
    }

    fn query(&self) -> String {
        let mut query = Vec::new();
        for (is_on, parameter) in [
            (self.dry_run, "dry_run=true"),
            (self.all_or_none, "all_or_none=true"),
            (self.ignores_missing, "missing=ignore"),
            (self.matches_sole, "match=sole"),
        ] {
            if is_on {
                query.push(parameter);
            }
        }
        format!("?{}", query.join("&"))
    }

    fn body(&self, ids: &[String]) -> Value {
        let item = |key: &u8| match self.kind {
            Kind::Id => match ids.get(usize::from(*key)) {
                Some(id) => json!({"id": id}),
                None => json!({"id": format!("8858c834-481d-4a02-8176-00000000000{key}")}),
            },
            Kind::Phone => json!({"phone_number": phone(*key)}),
            Kind::External => json!({"external_provider": "crm", "external_id": key.to_string()}),
        };
        self.keys.iter().map(item).collect()
    }
}

fn phone(number: u8) -> String {
    format!("+1415555010{number}")
}

/// What an answer of the service says.
fn told(answer: &TestResponse) -> Told {
    let body = answer.json();
    match answer.status.as_u16() {
        409 => return Told::KeyInUse,
        422 => return Told::KeyReused,
        _ => assert_eq!(answer.status, 200, "{body}"),
    }
    let number = |name: &str| body[name].as_u64().expect("a number");
    let codes = ["RECORD_NOT_FOUND", "AMBIGUOUS", "ROLLED_BACK"];
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
async fn send(
    app: &TestApp,
    list: &TestList,
    batch: &[Request],
    ids: &[String],
) -> Vec<TestResponse> {
    let lock = Blocker::hold(&app.database, &list.id).await;
    let in_front = list.asked_by(list.caller.clone());
    let in_front = tokio::spawn(async move { in_front.delete_ids(&["x"]).await });
    let mut waiting_callers = 1;
    app.wait_for_callers(waiting_callers).await;
    let mut keys = Vec::new();
    let mut answers = Vec::new();
    for request in batch {
        let via = if request.by_post {
            Via::Post
        } else {
            Via::Delete
        };
        let mut sent = list.deletion_with(via, &request.query());
        if let Some(key) = request.idempotency_key {
            sent = sent.header("idempotency-key", &key.to_string());
        }
        let answer = tokio::spawn(sent.json(&request.body(ids)).send());
        let is_refused = request
            .idempotency_key
            .is_some_and(|key| keys.contains(&key));
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
    let people = case.people.iter().map(|(phones, external)| {
        let types = ["HOME", "OFFICE", "MOBILE"];
        let numbers: Vec<Value> = phones
            .iter()
            .zip(types)
            .map(|(number, kind)| json!({"phone_number": phone(*number), "phone_type": kind}))
            .collect();
        let mut person = json!({"first_name": "A", "last_name": "B", "phone_numbers": numbers});
        if let Some(id) = external {
            person["external_provider"] = "crm".into();
            person["external_id"] = id.to_string().into();
        }
        person
    });
    let people: Vec<Value> = people.collect();
    let ids = if people.is_empty() {
        Vec::new()
    } else {
        list.add(&people).await
    };
    let mut model = Model {
        people: (0..).zip(case.people.clone()).collect(),
        ..Model::default()
    };
    let mut first_answers: HashMap<u8, Vec<u8>> = HashMap::new();
    for batch in &case.batches {
        // The deletion in front of the batch is carried out too.
        model.audit.push((Kind::Id, 0, 1, 0));
        let expected = model.answer(batch);
        let answers = send(app, &list, batch, &ids).await;
        for ((answer, (expected, is_replay)), request) in answers.iter().zip(expected).zip(batch) {
            prop_assert_eq!(told(answer), expected, "{:?}", request);
            prop_assert_eq!(answer.is_replay(), is_replay, "{:?}", request);
            if let (Some(key), 200, false) = (
                request.idempotency_key,
                answer.status.as_u16(),
                request.dry_run,
            ) {
                let first = first_answers
                    .entry(key)
                    .or_insert_with(|| answer.body.clone());
                prop_assert_eq!(&answer.body, &*first, "{:?}", request);
            }
        }
        let left: Vec<&String> = model
            .people
            .keys()
            .map(|place| &ids[usize::from(*place)])
            .collect();
        let found = list.ids().await;
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), left, "after {:?}", batch);
    }
    let numbers: usize = model.people.values().map(|(phones, _)| phones.len()).sum();
    let mut session = Blocker::connect(&app.database).await;
    let rows = session
        .number(&format!(
            "SELECT count(*) FROM record_phone WHERE record_list_id = {}",
            literal(app, &list.id)
        ))
        .await;
    prop_assert_eq!(rows, numbers as i64, "numbers of records that are gone");
    let listed = list
        .caller
        .get(&list.path("/deletions?per_page=200"))
        .send()
        .await
        .json();
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
    prop_assert_eq!(listed, model.audit, "the audit trail");
    Ok(())
}

/// The id of a list in SQL.
fn literal(app: &TestApp, id: &str) -> String {
    if app.database.url.starts_with("sqlite") {
        format!("x'{}'", id.replace('-', ""))
    } else {
        format!("'{id}'")
    }
}

#[rstest]
fn the_service_does_what_the_model_does(#[values(Sqlite, Postgres)] database: Database) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = runtime.block_on(TestApp::with(database, |settings| {
        settings.max_lists_per_account = Some(u64::from(u32::MAX));
    }));
    let Some(app) = app else { return };
    let cases_wanted = std::env::var("RECORD_LISTS_TEST_MODEL_CASES");
    let cases_wanted = cases_wanted.ok().and_then(|count| count.parse().ok());
    let config = Config {
        cases: cases_wanted.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&cases(), |case| runtime.block_on(run(&app, case)));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    drop(app);
}
