//! Many callers that delete records of one list, each record by any of its names, while something goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::history::{History, Told};
use crate::support::{Caller, TestList, TestResponse, Via, external_person, has_additions};

/// How long anything may take before it counts as hung: far more than every deadline of the service together.
pub const HUNG: Duration = Duration::from_secs(60);

/// How many records of the list a request names at most.
const MAX_NAMED: usize = 6;

/// A list, its records as they were, and how each of them is named.
pub struct Crowd {
    pub list: TestList,
    before: Arc<Vec<Value>>,
    accepts_500: bool,
}

/// Callers at work.
pub struct Working {
    callers: JoinSet<History>,
    stops: Arc<AtomicBool>,
    /// How many answers each of them had.
    answered: watch::Receiver<Vec<usize>>,
    before: Arc<Vec<Value>>,
}

impl Crowd {
    /// A new list with so many records, each with a number and an external id of its own.
    pub async fn gather(caller: Caller, records: usize) -> Self {
        let list = TestList::create(caller.patient(), "NOTHING").await;
        let people: Vec<Value> = (0..records)
            .map(|place| external_person(&number(place), "crm", &external_id(place)))
            .collect();
        let ids = list.add(&people).await;
        let before = list.records().await;
        let order: Vec<&str> = before.iter().filter_map(|record| record["id"].as_str()).collect();
        assert_eq!(order, ids, "records come in the order in which they were made");
        Self {
            list,
            before: Arc::new(before),
            accepts_500: false,
        }
    }

    /// The same callers, where the service's own code fails: 500 is no news to them.
    pub fn among_panics(mut self) -> Self {
        self.accepts_500 = true;
        self
    }

    /// So many callers begin, spread over the servers, and go on until told to stop.
    pub fn work(&self, servers: &[Caller], callers: usize) -> Working {
        let stops = Arc::new(AtomicBool::new(false));
        let (answers, answered) = watch::channel(vec![0; callers]);
        let answers = Arc::new(answers);
        let turns = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for number in 0..callers {
            let worker = Worker {
                list: self.list.asked_by(servers[number % servers.len()].clone()),
                before: Arc::clone(&self.before),
                stops: Arc::clone(&stops),
                answers: Arc::clone(&answers),
                turns: Arc::clone(&turns),
                number,
                accepts_500: self.accepts_500,
            };
            tasks.spawn(worker.work());
        }
        Working {
            callers: tasks,
            stops,
            answered,
            before: Arc::clone(&self.before),
        }
    }

    /// What the callers were told and cannot be true, as the list is now. Its counts must agree with its rows.
    pub async fn faults(&self, history: &History, caller: Caller) -> Vec<String> {
        let list = self.list.asked_by(caller.patient());
        let after = list.records().await;
        list.trail().await;
        history.faults(&self.before, &after)
    }

    /// Fails unless all that the callers were told can be true.
    pub async fn check(&self, history: &History, caller: Caller) {
        let faults = self.faults(history, caller).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

impl Working {
    /// Waits until so many more requests had an answer from the service.
    pub async fn answers(&mut self, count: usize) {
        let wanted = self.answered.borrow().iter().sum::<usize>() + count;
        self.wait_for(|answered| answered.iter().sum::<usize>() >= wanted).await;
    }

    /// Waits until every caller had so many more answers: nobody hangs while others go on.
    pub async fn answers_each(&mut self, count: usize) {
        let before = self.answered.borrow().clone();
        self.wait_for(|answered| {
            let gained = answered.iter().zip(&before).map(|(now, before)| now - before);
            gained.min() >= Some(count)
        })
        .await;
    }

    async fn wait_for(&mut self, is_enough: impl FnMut(&Vec<usize>) -> bool) {
        let enough = timeout(HUNG, self.answered.wait_for(is_enough)).await;
        enough.expect("answers in time").expect("callers at work");
    }

    /// Tells the callers to stop, and waits for what they still wait for.
    pub async fn stop(mut self) -> History {
        self.stops.store(true, Ordering::Release);
        let mut all = History::default();
        while let Some(history) = self.callers.join_next().await {
            all.merge(history.expect("no panic"));
        }
        let (done, refused, unknown) = all.ends();
        eprintln!(
            "{} of {} records reported deleted; {done} requests done, {refused} refused, {unknown} unknown",
            all.reported(),
            self.before.len()
        );
        all
    }
}

struct Worker {
    list: TestList,
    before: Arc<Vec<Value>>,
    stops: Arc<AtomicBool>,
    answers: Arc<watch::Sender<Vec<usize>>>,
    turns: Arc<AtomicUsize>,
    number: usize,
    accepts_500: bool,
}

impl Worker {
    async fn work(self) -> History {
        let mut history = History::default();
        while !self.stops.load(Ordering::Acquire) {
            let named = self.choose();
            let asked = Instant::now();
            let told = self.ask(&named).await;
            history.note(named, told, asked);
        }
        history
    }

    /// Some records round a place that moves through the list, in any order: neighbours are asked for by several
    /// callers at once, and there is something left until the end.
    fn choose(&self) -> Vec<usize> {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let middle = turn % self.before.len();
        let count = fastrand::usize(1..=MAX_NAMED);
        let mut places: Vec<usize> = (0..3 * MAX_NAMED)
            .map(|step| (middle + step) % self.before.len())
            .collect();
        fastrand::shuffle(&mut places);
        places.truncate(count);
        places
    }

    async fn ask(&self, named: &[usize]) -> Told {
        let kind = fastrand::u8(0..3);
        let items: Vec<Value> = named
            .iter()
            .map(|place| match kind {
                0 => json!({"id": self.before[*place]["id"]}),
                1 => json!({"phone_number": number(*place)}),
                _ => json!({"external_provider": "crm", "external_id": external_id(*place)}),
            })
            .collect();
        let via = if fastrand::bool() { Via::Delete } else { Via::Post };
        let request = self.list.deletion(via).json(&json!(items));
        let answer = timeout(HUNG, request.try_send()).await;
        match answer.expect("a server that hangs cuts or answers") {
            Ok(answer) => {
                let told = match told(&answer, &items) {
                    // Whatever failed failed before it was done, or after: the answer does not say.
                    Told::Failed if self.accepts_500 => Told::Unknown,
                    told => told,
                };
                self.answers.send_modify(|answers| answers[self.number] += 1);
                told
            }
            // Nobody was there to take it.
            Err(error) if error.is_connect() => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Told::Refused
            }
            Err(_) => Told::Unknown,
        }
    }
}

fn told(answer: &TestResponse, items: &[Value]) -> Told {
    if answer.status == StatusCode::OK {
        let body = answer.json();
        let failed = answer.failed();
        let is_failed = |item: &Value| failed.iter().any(|failed| failed["id"] == *sent_as(item));
        let deleted: Vec<bool> = items.iter().map(|item| !is_failed(item)).collect();
        let count = deleted.iter().filter(|deleted| **deleted).count() as u64;
        assert_eq!(failed.len() as u64, items.len() as u64 - count);
        assert_eq!(body["total_errors"], failed.len());
        assert_eq!(body["total_deleted"], count);
        if has_additions() {
            let codes = answer.failures().into_iter().map(|(_, code)| code);
            assert!(codes.into_iter().all(|code| code == "RECORD_NOT_FOUND"));
        }
        return Told::Done {
            deleted,
            records_deleted: body["total_records_deleted"].as_u64().unwrap_or(count),
        };
    }
    let code = answer.json()["code"].as_str().map(str::to_owned);
    match (answer.status.as_u16(), code.as_deref()) {
        (503, Some("OUTCOME_UNKNOWN")) => Told::Unknown,
        (503, _) => {
            assert!(answer.headers.contains_key("retry-after"));
            Told::Refused
        }
        (500, _) => Told::Failed,
        (status, code) => panic!("{status} {code:?} is no answer to a fault"),
    }
}

/// How the answer names what was sent.
fn sent_as(item: &Value) -> &Value {
    let names = ["id", "phone_number", "external_id"];
    let mut sent = names.iter().filter_map(|name| item.get(name));
    sent.next().expect("an identifier")
}

fn number(place: usize) -> String {
    format!("+1415555{place:04}")
}

fn external_id(place: usize) -> String {
    format!("person-{place}")
}
