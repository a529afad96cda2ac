//! Changes of records: by JSON Patch, and the items of a bulk update.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::record::Record;

/// A change of a record.
pub(super) struct Change {
    pub(super) id: String,
    priority: Option<i32>,
    extra_data: Option<ExtraData>,
}

enum ExtraData {
    Add(Map<String, Value>),
    Replace(Map<String, Value>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    Add,
    Replace,
}

/// An operation of a JSON Patch.
#[derive(Deserialize)]
pub(super) struct Operation {
    #[serde(rename = "op")]
    _op: Op,
    path: String,
    value: Value,
}

/// An item of a bulk update.
#[derive(Deserialize)]
pub(super) struct Item {
    op: Op,
    path: String,
    value: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    priority: Option<i32>,
    extra_data: Option<Map<String, Value>>,
}

impl Change {
    /// The change of a record by a patch; `None` if it is not valid. A record has these members, so that adding one
    /// replaces it.
    pub(super) fn by_patch(id: String, patch: Vec<Operation>) -> Option<Self> {
        let mut change = Self {
            id,
            priority: None,
            extra_data: None,
        };
        for operation in patch {
            match (operation.path.as_str(), operation.value) {
                ("/priority", value) => change.priority = Some(value.as_i64()?.try_into().ok()?),
                ("/extra_data", Value::Object(data)) => change.extra_data = Some(ExtraData::Replace(data)),
                _ => return None,
            }
        }
        change.is_valid().then_some(change)
    }

    /// The change that an item asks for; `None` if it is not valid.
    pub(super) fn of_item(item: Item) -> Option<Self> {
        let path = item.path.strip_prefix('/').unwrap_or(&item.path);
        let change = Self {
            id: path.strip_prefix("records/")?.to_owned(),
            priority: item.value.priority,
            extra_data: item.value.extra_data.map(match item.op {
                Op::Add => ExtraData::Add,
                Op::Replace => ExtraData::Replace,
            }),
        };
        change.is_valid().then_some(change)
    }

    fn is_valid(&self) -> bool {
        self.priority.is_none_or(|priority| (1..=10).contains(&priority))
    }

    fn apply(&self, record: &mut Record, now: DateTime<Utc>) {
        if let Some(priority) = self.priority {
            record.priority = priority;
        }
        match &self.extra_data {
            None => {}
            Some(ExtraData::Add(data)) => record.extra_data.extend(data.clone()),
            Some(ExtraData::Replace(data)) => record.extra_data.clone_from(data),
        }
        record.updated_at = now;
    }
}

/// Carries out the changes, one after the other. Returns what each makes of its record; `None` if there is none.
pub(super) fn change_all(records: &mut HashMap<String, Record>, changes: &[Change]) -> Vec<Option<Record>> {
    let now = Utc::now();
    let change = |change: &Change| {
        let record = records.get_mut(&change.id)?;
        change.apply(record, now);
        Some(record.clone())
    };
    changes.iter().map(change).collect()
}
