//! A list with records, and what tests ask of it.

use serde_json::{Value, json};

use super::{Caller, FIRST_NAME, LAST_NAME, TestRequest, TestResponse, entries, ids, marks::note_record_ids, target};

/// The two ways to the bulk delete.
#[derive(Clone, Copy, Debug)]
pub enum Via {
    Delete,
    Post,
}

pub struct TestList {
    pub caller: Caller,
    pub id: String,
}

/// A record with this number.
pub fn person(phone_number: &str) -> Value {
    json!({
        "first_name": FIRST_NAME,
        "last_name": LAST_NAME,
        "phone_numbers": [{"phone_number": phone_number, "phone_type": "MOBILE"}],
    })
}

/// A record with this number and this external id.
pub fn external_person(phone_number: &str, provider: &str, id: &str) -> Value {
    let mut record = person(phone_number);
    record["external_provider"] = provider.into();
    record["external_id"] = id.into();
    record
}

impl TestList {
    pub async fn create(caller: Caller, identified_by: &str) -> Self {
        let body = json!({"name": "a list", "unique_identifier_type": identified_by});
        let answer = caller.post("/record-lists").json(&body).send().await.assert_status(201);
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        Self { caller, id }
    }

    /// The same list, asked by someone else.
    pub fn asked_by(&self, caller: Caller) -> Self {
        Self {
            caller,
            id: self.id.clone(),
        }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/record-lists/{}{rest}", self.id)
    }

    /// Adds records that all go in; their ids.
    pub async fn add(&self, records: &[Value]) -> Vec<String> {
        let mut ids = Vec::new();
        for some in records.chunks(100) {
            let answer = self.try_add(some).await.assert_status(201).json();
            assert_eq!(answer["total_errors"], 0, "{answer}");
            let records = answer["_embedded"]["records"].as_array().expect("records").clone();
            ids.extend(
                records
                    .iter()
                    .map(|record| record["id"].as_str().expect("an id").to_owned()),
            );
        }
        note_record_ids(&ids);
        ids
    }

    pub async fn try_add(&self, records: &[Value]) -> TestResponse {
        let body = json!({"records": records});
        self.caller.post(&self.path("/records/bulks")).json(&body).send().await
    }

    /// A bulk delete that is not sent yet.
    pub fn deletion(&self, via: Via) -> TestRequest {
        self.deletion_with(via, "")
    }

    /// A bulk delete with a query.
    pub fn deletion_with(&self, via: Via, query: &str) -> TestRequest {
        let path = |rest: &str| self.path(&format!("/records/bulks{rest}{query}"));
        match via {
            Via::Delete => self.caller.delete(&path("")),
            Via::Post => self.caller.post(&path("/delete")),
        }
    }

    /// Deletes with options.
    pub async fn delete_by(&self, query: &str, identifiers: &Value) -> TestResponse {
        let deletion = self.deletion_with(Via::Delete, query);
        deletion.json(identifiers).send().await
    }

    /// Deletes once for this key.
    pub async fn delete_once(&self, key: &str, identifiers: &Value) -> TestResponse {
        let deletion = self.deletion(Via::Delete).header("idempotency-key", key);
        deletion.json(identifiers).send().await
    }

    pub async fn delete(&self, identifiers: &Value) -> TestResponse {
        self.deletion(Via::Delete).json(identifiers).send().await
    }

    pub async fn delete_ids(&self, ids: &[&str]) -> TestResponse {
        let ids: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        self.delete(&ids.into()).await
    }

    pub async fn delete_phones(&self, numbers: &[&str]) -> TestResponse {
        let numbers: Vec<Value> = numbers.iter().map(|n| json!({"phone_number": n})).collect();
        self.delete(&numbers.into()).await
    }

    pub async fn delete_external(&self, references: &[(&str, &str)]) -> TestResponse {
        let references: Vec<Value> = references
            .iter()
            .map(|(provider, id)| json!({"external_provider": provider, "external_id": id}))
            .collect();
        self.delete(&references.into()).await
    }

    /// All records, by following the links; the count of the list must agree.
    pub async fn records(&self) -> Vec<Value> {
        let mut records = Vec::new();
        let mut path = self.path("/records?per_page=200");
        loop {
            let page = self.caller.page(&path).await;
            records.extend(entries(&page).clone());
            let Some(next) = target(&page, "next") else {
                break;
            };
            path = next;
        }
        assert_eq!(self.count().await, records.len() as u64);
        records
    }

    /// The ids of all records.
    pub async fn ids(&self) -> Vec<String> {
        let records = self.records().await;
        records
            .iter()
            .map(|record| record["id"].as_str().expect("an id").to_owned())
            .collect()
    }

    /// The ids of all entries of the list's audit trail, by following the links; the total must agree.
    pub async fn trail(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut path = self.path("/deletions?per_page=200");
        loop {
            let page = self.caller.page(&path).await;
            found.extend(ids(&page));
            let Some(next) = target(&page, "next") else {
                assert_eq!(page["total"], found.len());
                return found;
            };
            path = next;
        }
    }

    /// The list's own count of its records.
    pub async fn count(&self) -> u64 {
        let list = self.caller.get(&self.path("")).send().await.assert_status(200).json();
        list["records_count"].as_u64().expect("a count")
    }
}
