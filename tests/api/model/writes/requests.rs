//! The requests of the writes.

use reqwest::Method;
use serde_json::{Value, json};

use super::cases::{Item, Write};
use crate::support::{TestList, TestRequest, Via};

/// The id that a key means, of the records from the newest on.
fn id(newest: &[String], key: u8) -> String {
    let unknown = || match key {
        7 => "no uuid".to_owned(),
        key => format!("8858c834-481d-4a02-8176-00000000000{key}"),
    };
    newest.get(usize::from(key)).cloned().unwrap_or_else(unknown)
}

/// A text in a query or path.
fn escaped(text: &str) -> String {
    text.replace('+', "%2B").replace(' ', "%20")
}

fn with_option(path: &str, name: &str, option: Option<&str>) -> String {
    option.map_or_else(|| path.to_owned(), |option| format!("{path}?{name}={option}"))
}

impl Write {
    /// The request that asks for it, with the records of the list from the newest on.
    pub fn request(&self, list: &TestList, newest: &[String]) -> TestRequest {
        let at = |key: u8| escaped(&list.at(&id(newest, key)));
        let delete = |path: &str| list.caller.delete(&list.path(path));
        match self {
            Self::Create(record) => list.creation(record),
            Self::CreateMany { on_duplicate, records } => {
                let path = with_option("/records/bulks", "on_duplicate", *on_duplicate);
                list.caller.post(&list.path(&path)).json(&json!({"records": records}))
            }
            Self::Patch { key, operations } => {
                let request = list.caller.request(Method::PATCH, &at(*key));
                request.json(&operations.clone().into())
            }
            Self::ChangeMany { on_missing, items } => {
                let query = with_option("", "on_missing", *on_missing);
                let items: Value = items.iter().map(|item| item.body(newest)).collect();
                list.updating(&query, &items)
            }
            Self::Delete(key) => list.caller.delete(&at(*key)),
            Self::DeleteByNumber(number) => delete(&format!("/records?phone_number={}", escaped(number))),
            Self::DeleteByReference(provider, id) => delete(&format!(
                "/external-records?external_provider={provider}&external_id={id}"
            )),
            Self::DeleteMany(request) => {
                let deletion = list.deletion_with(Via::Delete, &request.query());
                deletion.json(&request.body(newest))
            }
            Self::Rename { name, form } => {
                let operation = json!({"op": "replace", "path": "/name", "value": name});
                let body = match form {
                    0 => json!({"name": name}),
                    1 => operation,
                    2 => json!([operation]),
                    // The last counts.
                    _ => json!([{"op": "add", "path": "name", "value": "passing"}, operation]),
                };
                list.caller.request(Method::PATCH, &list.path("")).json(&body)
            }
        }
    }
}

impl Item {
    fn body(&self, newest: &[String]) -> Value {
        let path = match self.key {
            Some(key) => format!("/records/{}", id(newest, key)),
            None => "/external-records".to_owned(),
        };
        json!({"op": self.op, "path": path, "value": self.value})
    }
}
