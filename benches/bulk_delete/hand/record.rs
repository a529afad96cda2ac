//! Records, and what requests make of them.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use sqlx::types::Json;
use uuid::Uuid;

/// A record to create.
#[derive(Deserialize)]
pub(super) struct NewRecord {
    first_name: String,
    last_name: String,
    pub(super) phone_numbers: Vec<Number>,
    timezone: Option<String>,
    priority: Option<i32>,
    #[serde(default)]
    extra_data: Map<String, Value>,
    external_provider: Option<String>,
    external_id: Option<String>,
    external_url: Option<String>,
    #[serde(default)]
    sync_external_id: bool,
}

#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Number {
    pub(super) phone_number: String,
    pub(super) phone_type: String,
}

/// A record.
#[derive(Clone, Serialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) phone_numbers: Vec<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timezone: Option<String>,
    pub(super) priority: i32,
    pub(super) extra_data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_url: Option<String>,
    pub(super) sync_external_id: bool,
    #[serde(serialize_with = "in_seconds")]
    pub(super) created_at: DateTime<Utc>,
    #[serde(serialize_with = "in_seconds")]
    pub(super) updated_at: DateTime<Utc>,
}

fn in_seconds<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

impl NewRecord {
    /// The record with a new id.
    pub(super) fn into_record(self, default_priority: i32, now: DateTime<Utc>) -> Record {
        Record {
            id: Uuid::now_v7().to_string(),
            first_name: self.first_name,
            last_name: self.last_name,
            phone_numbers: self.phone_numbers,
            timezone: self.timezone,
            priority: self.priority.unwrap_or(default_priority),
            extra_data: self.extra_data,
            external_provider: self.external_provider,
            external_id: self.external_id,
            external_url: self.external_url,
            sync_external_id: self.sync_external_id,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A record as it is read, with one of its numbers.
pub(super) type Row = (
    String,
    String,
    String,
    Option<String>,
    i32,
    Json<Map<String, Value>>,
    Option<String>,
    Option<String>,
    Option<String>,
    bool,
    DateTime<Utc>,
    DateTime<Utc>,
    String,
    String,
);

/// The columns of a row, of the tables `r` and `p`.
pub(super) const COLUMNS: &str = "r.id, r.first_name, r.last_name, r.timezone, r.priority, r.extra_data, \
     r.external_provider, r.external_id, r.external_url, r.sync_external_id, r.created_at, r.updated_at, \
     p.phone_number, p.phone_type";

/// The records of rows in which the numbers of each are in order.
pub(super) fn records_of(rows: Vec<Row>) -> HashMap<String, Record> {
    let mut records: HashMap<String, Record> = HashMap::new();
    for row in rows {
        let record = records.entry(row.0.clone()).or_insert_with(|| Record {
            id: row.0,
            first_name: row.1,
            last_name: row.2,
            phone_numbers: Vec::new(),
            timezone: row.3,
            priority: row.4,
            extra_data: row.5.0,
            external_provider: row.6,
            external_id: row.7,
            external_url: row.8,
            sync_external_id: row.9,
            created_at: row.10,
            updated_at: row.11,
        });
        record.phone_numbers.push(Number {
            phone_number: row.12,
            phone_type: row.13,
        });
    }
    records
}
