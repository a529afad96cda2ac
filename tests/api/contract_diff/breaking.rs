//! What breaks a client between two OpenAPI documents.

use serde_json::Value;

use super::schema::{Comparison, Direction, resolve};

/// A change that can break a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The id of the operation.
    pub operation: String,
    /// Where and what.
    pub what: String,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const JSON: &str = "application/json";

/// All changes from one document to the next that can break a client.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let comparison = Comparison { before, after };
    let mut changes = Vec::new();
    for (path, methods) in before["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let old = &methods[method];
            if old.is_null() {
                continue;
            }
            let operation = old["operationId"]
                .as_str()
                .unwrap_or("an operation")
                .to_owned();
            let new = &after["paths"][path.as_str()][method];
            let faults = if new.is_null() {
                vec![format!("{method} {path} is gone")]
            } else {
                compare(&comparison, old, new)
            };
            let change = |what| Change {
                operation: operation.clone(),
                what,
            };
            changes.extend(faults.into_iter().map(change));
        }
    }
    changes
}

fn compare(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if before["operationId"] != after["operationId"] {
        faults.push("another operation id".to_owned());
    }
    let schemes = |document: &Value| document["components"]["securitySchemes"].clone();
    let (was, is) = (schemes(comparison.before), schemes(comparison.after));
    let is_other_scheme = ["type", "scheme", "in", "name"]
        .iter()
        .any(|member| was["bearer"][member] != is["bearer"][member]);
    if before["security"] != after["security"] || is_other_scheme {
        faults.push("another way to authenticate".to_owned());
    }
    faults.extend(compare_parameters(comparison, before, after));
    faults.extend(compare_bodies(comparison, before, after));
    faults.extend(compare_answers(comparison, before, after));
    faults
}

fn compare_parameters(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let list = |document, operation: &Value| -> Vec<Value> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|parameter| resolve(document, parameter).clone())
            .collect()
    };
    let old = list(comparison.before, before);
    let new = list(comparison.after, after);
    let is_same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
    for parameter in &old {
        let place = format!(
            "parameter {}",
            parameter["name"].as_str().unwrap_or_default()
        );
        match new.iter().find(|other| is_same(parameter, other)) {
            None => faults.push(format!("{place}: is gone")),
            Some(other) => {
                let (was, is) = (&parameter["schema"], &other["schema"]);
                faults.extend(comparison.faults(was, is, Direction::Sent, &place));
            }
        }
    }
    for parameter in new.iter().filter(|parameter| parameter["required"] == true) {
        let was = old.iter().find(|other| is_same(parameter, other));
        if was.is_none_or(|was| was["required"] != true) {
            faults.push(format!(
                "parameter {}: must be sent now",
                parameter["name"].as_str().unwrap_or_default()
            ));
        }
    }
    faults
}

fn compare_bodies(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<String> {
    let old = resolve(comparison.before, &before["requestBody"]);
    let new = resolve(comparison.after, &after["requestBody"]);
    let mut faults = Vec::new();
    if new["required"] == true && old["required"] != true {
        faults.push("a body must be sent now".to_owned());
    }
    let (was, is) = (
        &old["content"][JSON]["schema"],
        &new["content"][JSON]["schema"],
    );
    if !was.is_null() && is.is_null() {
        faults.push("JSON is not read any more".to_owned());
    } else if !was.is_null() {
        faults.extend(comparison.faults(was, is, Direction::Sent, "body"));
    }
    faults
}

fn compare_answers(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (status, old) in before["responses"].as_object().into_iter().flatten() {
        let old = resolve(comparison.before, old);
        let new = resolve(comparison.after, &after["responses"][status.as_str()]);
        let is_success = status.starts_with('2');
        if new.is_null() {
            if is_success {
                faults.push(format!("answer {status} is gone"));
            }
            continue;
        }
        for (name, was) in old["headers"].as_object().into_iter().flatten() {
            let was = resolve(comparison.before, was);
            let is = resolve(comparison.after, &new["headers"][name.as_str()]);
            let place = format!("answer {status}, header {name}");
            if is.is_null() {
                faults.push(format!("{place}: is gone"));
            } else {
                let (was, is) = (&was["schema"], &is["schema"]);
                faults.extend(comparison.faults(was, is, Direction::Received, &place));
            }
        }
        let (was, is) = (
            &old["content"][JSON]["schema"],
            &new["content"][JSON]["schema"],
        );
        if !was.is_null() && is.is_null() {
            faults.push(format!("answer {status}: no JSON any more"));
        } else if !was.is_null() {
            let place = format!("answer {status}");
            faults.extend(comparison.faults(was, is, Direction::Received, &place));
        }
    }
    faults
}

mod tests {
    use serde_json::json;

    use super::*;
    use crate::support::document;

    /// The document with one place changed; `None` takes it out.
    fn changed(pointer: &str, value: Option<Value>) -> Value {
        let mut document = document().clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document
            .pointer_mut(parent)
            .expect("a place in the document");
        let name = name.replace("~1", "/");
        match (parent, value) {
            (Value::Object(members), Some(value)) => {
                members.insert(name, value);
            }
            (Value::Object(members), None) => {
                members.remove(&name).expect("a member");
            }
            (Value::Array(items), Some(value)) => items.push(value),
            (other, _) => panic!("{other} has no members"),
        }
        document
    }

    const BULKS: &str = "/paths/~1record-lists~1{record_list_id}~1records~1bulks";

    #[test]
    fn nothing_breaks_where_nothing_changed() {
        assert_eq!(changes(document(), document()), []);
    }

    #[test]
    fn what_breaks_clients_is_found_and_its_opposite_is_not() {
        let answer = "/components/schemas/BulkDeleteResponse";
        let identifier = "/components/schemas/PhoneNumberIdentifier/properties/phone_number";
        for (pointer, value) in [
            (format!("{BULKS}/delete"), None),
            (format!("{BULKS}/delete/operationId"), Some("other".into())),
            (format!("{BULKS}/delete/responses/200"), None),
            (format!("{answer}/properties/total_deleted"), None),
            (
                format!("{answer}/properties/total_deleted/type"),
                Some("string".into()),
            ),
            (format!("{identifier}/maxLength"), Some(10.into())),
            (format!("{identifier}/minLength"), Some(5.into())),
            (format!("{identifier}/type"), Some("integer".into())),
            (
                "/components/schemas/PhoneNumberIdentifiers/maxItems".to_owned(),
                Some(50.into()),
            ),
            (
                "/components/schemas/NewRecord/required/0".to_owned(),
                Some("timezone".into()),
            ),
            (
                "/components/schemas/PhoneType/enum".to_owned(),
                Some(json!(["HOME"])),
            ),
            (
                "/components/schemas/BulkDeleteRequest/oneOf".to_owned(),
                Some(json!([{"$ref": "#/components/schemas/PhoneNumberIdentifiers"}])),
            ),
            (format!("{BULKS}/delete/parameters"), Some(json!([]))),
            (
                format!("{BULKS}/delete/parameters/0"),
                Some(json!({"name": "new", "in": "query", "required": true})),
            ),
            (
                format!("{BULKS}/delete/responses/200/headers"),
                Some(json!({})),
            ),
            (
                format!("{BULKS}/delete/responses/200/headers/Operation-Id/schema"),
                Some(json!({"type": "integer"})),
            ),
            (
                format!("{BULKS}/delete/responses/200/content"),
                Some(json!({})),
            ),
            (
                format!("{BULKS}/delete/requestBody/content"),
                Some(json!({})),
            ),
            (format!("{BULKS}/delete/security"), Some(json!([]))),
            (format!("{answer}/required"), Some(json!([]))),
            (format!("{identifier}/pattern"), Some("^x$".into())),
            (
                "/components/securitySchemes/bearer/scheme".to_owned(),
                Some("basic".into()),
            ),
        ] {
            let other = changed(&pointer, value);
            assert_ne!(changes(document(), &other), [], "{pointer}");
        }
        for (pointer, value) in [
            (format!("{BULKS}/delete/summary"), Some("other".into())),
            (format!("{BULKS}/delete/responses/418"), Some(json!({}))),
            (
                format!("{answer}/properties/new"),
                Some(json!({"type": "string"})),
            ),
            (format!("{identifier}/maxLength"), Some(30.into())),
            (
                "/components/schemas/PhoneNumberIdentifiers/maxItems".to_owned(),
                Some(500.into()),
            ),
            (
                "/components/schemas/BulkDeleteRequest/oneOf/3".to_owned(),
                Some(json!({"type": "object"})),
            ),
            (
                format!("{BULKS}/delete/parameters/0"),
                Some(json!({"name": "new", "in": "query"})),
            ),
        ] {
            let other = changed(&pointer, value);
            assert_eq!(changes(document(), &other), [], "{pointer}");
        }
    }
}
