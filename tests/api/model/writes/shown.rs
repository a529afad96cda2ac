//! Answers of the service without what differs from run to run, as the model gives them.

use serde_json::{Value, json};

use super::{super::told, cases::Write};
use crate::support::{LONG_AGO, TestList, TestResponse, entries, has_additions};

/// The ids of all records that a list ever had, by the order of creation.
pub struct Places {
    list: String,
    pub ids: Vec<String>,
}

impl Places {
    pub fn of(list: &TestList) -> Self {
        Self {
            list: list.id.clone(),
            ids: Vec::new(),
        }
    }

    fn place(&mut self, id: &str) -> usize {
        let known = self.ids.iter().position(|known| known == id);
        known.unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        })
    }

    /// A record with its place, without its id, times and links.
    pub fn record(&mut self, record: &Value) -> Value {
        let mut shown = record.clone();
        let members = shown.as_object_mut().expect("an object");
        for name in ["created_at", "updated_at", "_links", "result"] {
            members.remove(name);
        }
        assert_eq!(members.remove("record_list_id"), Some(self.list.clone().into()));
        let id = members.remove("id").expect("an id");
        shown["place"] = self.place(id.as_str().expect("an id")).into();
        shown
    }

    /// What an answer to a write says.
    pub fn answer(&mut self, write: &Write, answer: &TestResponse) -> Value {
        let mut shown = json!({
            "status": answer.status.as_u16(),
            "is_operation": answer.headers.contains_key("operation-id"),
        });
        if answer.status == 204 {
            return shown;
        }
        let body = answer.json();
        if !answer.status.is_success() {
            shown["code"] = body["code"].clone();
            return shown;
        }
        match write {
            Write::Create(_) | Write::Patch { .. } => shown["record"] = self.record(&body),
            Write::CreateMany { .. } | Write::ChangeMany { .. } => {
                shown["items"] = entries(&body).iter().map(|item| self.item(item)).collect();
                for total in ["total_created", "total_updated", "total_skipped", "total_errors"] {
                    if let Some(value) = body.get(total) {
                        shown[total] = value.clone();
                    }
                }
                assert_eq!(body["has_errors"], body["total_errors"] != 0);
            }
            Write::DeleteMany(_) => shown["told"] = format!("{:?}", told(answer)).into(),
            Write::Rename { .. } => shown["name"] = body["name"].clone(),
            Write::Delete(_) | Write::DeleteByNumber(_) | Write::DeleteByReference(..) => {}
        }
        shown
    }

    /// One of many records.
    fn item(&mut self, item: &Value) -> Value {
        let Some(errors) = item.get("errors") else {
            return json!({"result": item.get("result"), "record": self.record(item)});
        };
        assert_eq!(item.get("fields").is_some(), has_additions());
        json!({"errors": errors})
    }
}

/// Whether something was made and changed since everything was dated back.
pub fn times(of: &Value) -> (bool, bool) {
    (of["created_at"] != LONG_AGO, of["updated_at"] != LONG_AGO)
}
