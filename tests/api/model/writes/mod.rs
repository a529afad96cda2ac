//! Random sequences of all writes on random lists, held against a model of docs/contract.md that is kept in memory and
//! written without a look at the code: same answers, same records, same audit trail.

mod cases;
mod list;
mod operations;
mod patch;
mod record;
mod requests;
mod results;
mod shown;

use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use rstest::rstest;
use serde_json::{Value, json};

use self::{
    cases::{Case, Step, cases},
    list::Model,
    record::numbers,
    shown::{Places, times},
};
use super::{CASES, config, literal};
use crate::support::{
    Blocker,
    Database::{self, Postgres, Sqlite},
    TestApp, TestList, TestRequest, TestResponse, age, assert_counts,
};

/// Sends requests so that those that wait do so together, in order. A deletion in front of them waits for the lock, and
/// they wait for that deletion. What is wrong in itself is answered meanwhile.
async fn send_together(app: &TestApp, list: &TestList, requests: Vec<TestRequest>) -> Vec<TestResponse> {
    let lock = Blocker::hold(&app.database, &list.id).await;
    let in_front = list.asked_by(list.caller.clone());
    let in_front = tokio::spawn(async move { in_front.delete_ids(&["x"]).await });
    let mut waiting_callers = 1;
    app.wait_for_callers(waiting_callers).await;
    let mut answers = Vec::new();
    for request in requests {
        let mut answer = tokio::spawn(request.send());
        tokio::select! {
            () = app.wait_for_callers(waiting_callers + 1) => {
                waiting_callers += 1;
                answers.push(answer);
            }
            refused = &mut answer => {
                let refused = refused.expect("no panic");
                answers.push(tokio::spawn(async move { refused }));
            }
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

/// One list of the service, and what the model makes of it.
struct Comparison<'a> {
    app: &'a TestApp,
    list: TestList,
    places: Places,
    model: Model,
    is_aged: bool,
    /// How many requests had a key.
    keys: usize,
}

impl Comparison<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        if step.ages {
            age(self.app).await;
            self.model.age();
            self.is_aged = true;
        }
        if step.wait_together {
            // The deletion in front of them is carried out too.
            self.model.audit.push(json!(["ID", 0, 1, 0]));
            let known = self.model.made;
            let newest = self.newest();
            let requests = step.writes.iter().map(|write| write.request(&self.list, &newest));
            let answers = send_together(self.app, &self.list, requests.collect()).await;
            for (write, answer) in step.writes.iter().zip(&answers) {
                let expected = self.model.answer(write, known);
                prop_assert_eq!(self.places.answer(write, answer), expected, "{:?}", write);
            }
            return self.compare_records(step).await;
        }
        for write in &step.writes {
            let newest = self.newest();
            let expected = self.model.answer(write, newest.len());
            let mut request = write.request(&self.list, &newest);
            let key = self.keys.to_string();
            if step.are_repeated {
                self.keys += 1;
                request = request.header("idempotency-key", &key);
            }
            let answer = request.send().await;
            prop_assert_eq!(self.places.answer(write, &answer), expected, "{:?}", write);
            if step.are_repeated {
                let again = write.request(&self.list, &newest).header("idempotency-key", &key);
                let again = again.send().await;
                prop_assert_eq!(&again.body, &answer.body, "{:?}", write);
                prop_assert_eq!(again.is_replay(), answer.status.is_success(), "{:?}", write);
            }
        }
        self.compare_records(step).await
    }

    /// The ids of all records that were ever made, from the newest on.
    fn newest(&self) -> Vec<String> {
        self.places.ids.iter().rev().cloned().collect()
    }

    async fn compare_records(&mut self, step: &Step) -> Result<(), TestCaseError> {
        // The count of the list is compared with them.
        let records = self.list.records().await;
        let shown: Vec<Value> = records.iter().map(|record| self.places.record(record)).collect();
        prop_assert_eq!(shown, self.model.shown(), "after {:?}", step);
        let list = self.list.caller.page(&self.list.path("")).await;
        prop_assert_eq!(&list["name"], self.model.name);
        prop_assert_eq!(&list["status"], "ACCEPTED");
        if self.is_aged {
            let expected: Vec<_> = self.model.records.values().map(|r| (r.is_new, r.is_touched)).collect();
            let found: Vec<_> = records.iter().map(times).collect();
            prop_assert_eq!(found, expected, "the times after {:?}", step);
            prop_assert_eq!(times(&list), (false, self.model.is_renamed), "after {:?}", step);
        }
        Ok(())
    }

    /// Compares what is not looked at after each step.
    async fn compare_rest(&self) -> Result<(), TestCaseError> {
        let further = self.model.records.values().map(|record| {
            let mut numbers = numbers(&record.members);
            numbers.sort_unstable();
            numbers.dedup();
            numbers.len() - 1
        });
        let mut session = Blocker::connect(&self.app.database).await;
        let rows = session
            .number(&format!(
                "SELECT count(*) FROM record_phone WHERE record_list_id = {}",
                literal(self.app, &self.list.id)
            ))
            .await;
        prop_assert_eq!(rows, further.sum::<usize>() as i64, "further numbers");
        let path = self.list.path("/deletions?per_page=200");
        let listed = self.list.caller.page(&path).await;
        let entries = listed["_embedded"]["deletions"].as_array().expect("deletions");
        let entries: Vec<Value> = entries
            .iter()
            .rev()
            .map(|entry| {
                let members = [
                    "identifier_kind",
                    "total_deleted",
                    "total_errors",
                    "total_records_deleted",
                ];
                members.map(|name| entry[name].clone()).to_vec().into()
            })
            .collect();
        prop_assert_eq!(&listed["total"], entries.len());
        prop_assert_eq!(&entries, &self.model.audit, "the audit trail");
        Ok(())
    }
}

async fn run(app: &TestApp, case: Case) -> Result<(), TestCaseError> {
    // A case that failed may have left requests behind.
    app.wait_for_callers(0).await;
    let list = app.list_identified_by(case.identified_by).await;
    let mut comparison = Comparison {
        app,
        places: Places::of(&list),
        model: Model::of(&case),
        list,
        is_aged: false,
        keys: 0,
    };
    for step in &case.steps {
        comparison.step(step).await?;
    }
    comparison.compare_rest().await
}

#[rstest]
fn the_service_writes_as_the_model_does(#[values(Sqlite, Postgres)] database: Database) {
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
