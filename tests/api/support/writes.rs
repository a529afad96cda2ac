//! Writes of one record at a time, and what shows that they were carried out.

use reqwest::Method;
use serde_json::Value;

use super::{Blocker, TestApp, TestList, TestRequest, TestResponse, entries, ids, marks::note_record_ids};

/// When everything was made, once [`age`] has been called.
pub const LONG_AGO: &str = "2021-01-01T00:00:00Z";

/// Dates all lists and records back, so that a change shows in `updated_at` within the same second.
pub async fn age(app: &TestApp) {
    let mut session = Blocker::connect(&app.database).await;
    for table in ["record_list", "record"] {
        let then = "'2021-01-01 00:00:00+00:00'";
        let update = format!("UPDATE {table} SET created_at = {then}, updated_at = {then}");
        session.execute(&update).await;
    }
}

impl TestList {
    /// The path of a record.
    pub fn at(&self, record: &str) -> String {
        self.path(&format!("/records/{record}"))
    }

    /// A creation of one record that is not sent yet.
    pub fn creation(&self, record: &Value) -> TestRequest {
        self.caller.post(&self.path("/records")).json(record)
    }

    /// Creates one record that goes in.
    pub async fn create_record(&self, record: &Value) -> Value {
        let record = self.creation(record).send().await.assert_status(201).json();
        note_record_ids(&[record["id"].as_str().expect("an id").to_owned()]);
        record
    }

    /// A patch of one record that is not sent yet.
    pub fn patching(&self, record: &str, operations: &Value) -> TestRequest {
        self.caller.request(Method::PATCH, &self.at(record)).json(operations)
    }

    /// Patches one record.
    pub async fn patch(&self, record: &str, operations: &Value) -> TestResponse {
        self.patching(record, operations).send().await
    }

    /// A change of many records that is not sent yet, with a query.
    pub fn updating(&self, query: &str, items: &Value) -> TestRequest {
        let path = self.path(&format!("/records/bulks{query}"));
        self.caller.request(Method::PATCH, &path).json(items)
    }

    /// One record as it is read.
    pub async fn record(&self, record: &str) -> Value {
        self.caller.page(&self.at(record)).await
    }

    /// The ids of the records that a filter finds.
    pub async fn found(&self, filter: &str) -> Vec<String> {
        ids(&self.caller.page(&self.path(&format!("/records?{filter}"))).await)
    }

    /// The entries of the list's deletions, the newest first.
    pub async fn deletions(&self) -> Vec<Value> {
        entries(&self.caller.page(&self.path("/deletions")).await).clone()
    }
}

impl TestResponse {
    /// Checks that a 204 is complete, and that it is the newest entry of the list's deletions.
    pub async fn assert_listed(self, list: &TestList, kind: &str, records: u64) -> Self {
        let answer = self.assert_status(204);
        let mut entry = list.deletions().await.swap_remove(0);
        let created_at = entry.as_object_mut().and_then(|entry| entry.remove("created_at"));
        assert!(created_at.is_some());
        let expected = serde_json::json!({
            "id": answer.header("operation-id"),
            "record_list_id": list.id,
            "client_id": "tests",
            "identifier_kind": kind,
            "total_deleted": 1,
            "total_errors": 0,
            "total_records_deleted": records,
            "request_id": answer.header("x-request-id"),
        });
        assert_eq!(entry, expected);
        answer
    }

    /// Checks that a deletion found nothing, and is no operation.
    #[track_caller]
    pub fn assert_found_nothing(self) -> Self {
        let answer = self.assert_error(404, "RECORD_NOT_FOUND");
        assert!(!answer.headers.contains_key("operation-id"));
        answer
    }

    /// Checks that this field is among those that are named as faulty.
    #[track_caller]
    pub fn assert_names(self, name: &str) -> Self {
        let body = self.json();
        let fields = body["fields"].as_array().into_iter().flatten();
        let is_named = fields.into_iter().any(|field| field["name"] == name);
        assert!(is_named, "{name} is not named: {body}");
        self
    }
}
