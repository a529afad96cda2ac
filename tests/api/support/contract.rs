//! Holds an answer against the OpenAPI document.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::Validator;
use record_lists::http::openapi::document_text;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    TestResponse,
    member_order::{assert_ordered, member_names},
    repository_file,
};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&document_text()).expect("a JSON document"));

/// The OpenAPI document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// What is published of the operations that are served, closed.
pub const PUBLISHED: &str = "tests/fixtures/published/record_lists.openapi.json";

/// Fails if the answer has a member that is not published. `path` may have a query.
#[track_caller]
pub fn check_published(method: &Method, path: &str, response: &TestResponse) {
    static PUBLISHED_DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let published = std::fs::read(repository_file(PUBLISHED)).expect("a file");
        serde_json::from_slice(&published).expect("a JSON document")
    });
    let path = path.split('?').next().unwrap_or_default();
    if path.starts_with("/docs")
        || path.starts_with("/console")
        || path.starts_with("/health")
        || path.starts_with("/oauth/")
        || response.body.is_empty()
    {
        return;
    }
    let status = response.status.as_str();
    let schema = if response.status.is_success() {
        // The twin of the bulk delete is not published, but its answer is.
        let (method, path) = match path.strip_suffix("/bulks/delete") {
            Some(records) => (&Method::DELETE, format!("{records}/bulks")),
            None => (method, path.to_owned()),
        };
        let Some(operation) = operation_in(&PUBLISHED_DOCUMENT, method, &path) else {
            return;
        };
        operation["responses"][status]["content"]["application/json"]["schema"].clone()
    } else {
        json!({"$ref": "#/components/schemas/Error"})
    };
    assert!(schema.is_object(), "{method} {path}: {status} is not published");
    assert_valid_in(&PUBLISHED_DOCUMENT, &schema, &response.json());
}

/// Fails unless the answer is one that the document promises. `path` may have a query.
#[track_caller]
pub fn check(method: &Method, path: &str, request: Option<&Value>, response: &TestResponse) {
    let path = path.split('?').next().unwrap_or_default();
    let request_id = response.header("x-request-id");
    assert!(!request_id.is_empty() && request_id.len() <= 64);
    let is_page = (matches!(path, "/" | "/start.css") || path.starts_with("/console")) && response.status.is_success();
    if is_page || path.starts_with("/docs") || path.starts_with("/health") || path == "/openapi.json" {
        return;
    }
    assert_eq!(response.header("x-content-type-options"), "nosniff");
    if path.starts_with("/oauth/") && !matches!(response.status.as_u16(), 204 | 404 | 405) {
        return check_oauth(path, response);
    }
    assert_eq!(response.header("cache-control"), "no-store");
    if *method == Method::OPTIONS && response.status == 204 {
        assert!(response.header("allow").ends_with("OPTIONS") && response.body.is_empty());
        return;
    }
    if *method == Method::HEAD {
        return check_head(path, response);
    }
    if response.status == 204 {
        let documented = operation(method, path).map(|operation| &operation["responses"]["204"]);
        let documented = documented.expect("an operation");
        assert!(documented.is_object(), "{method} {path}: 204 is not documented");
        assert_eq!(documented["content"], Value::Null, "{method} {path}");
        assert!(response.body.is_empty() && !response.headers.contains_key("content-type"));
        return assert_documented_headers(documented, response, &format!("{method} {path} 204"));
    }
    let content_type = response.header("content-type");
    assert!(
        matches!(content_type, "application/json" | "application/hal+json"),
        "{content_type}"
    );
    let status = response.status.as_str();
    let Some(operation) = operation(method, path) else {
        assert!(
            matches!(status, "404" | "405"),
            "{method} {path} is not documented: {status}"
        );
        return assert_valid(&json!({"$ref": "#/components/schemas/Error"}), &response.json());
    };
    let documented = &operation["responses"][status];
    assert!(
        documented.is_object(),
        "{method} {path}: status {status} is not documented"
    );
    assert_documented_headers(documented, response, &format!("{method} {path} {status}"));
    let schema = &documented["content"]["application/json"]["schema"];
    assert_valid(schema, &response.json());
    assert_ordered(schema, &response.json());
    assert_no_null(&response.json());
    // Null stands for an absent member, and a record may fail by itself, in requests that are served.
    let is_served = response.status.is_success() && response.json()["total_created"].is_null();
    if let Some(request) = request.filter(|body| is_served && !holds_null(body)) {
        let content = &operation["requestBody"]["content"]["application/json"];
        assert_valid(&content["schema"], request);
    }
}

/// Fails unless the answer has a form of OAuth 2.0 (RFC 6749 sections 5.1 and 5.2, RFC 7517 section 5).
#[track_caller]
fn check_oauth(path: &str, response: &TestResponse) {
    assert_eq!(response.header("content-type"), "application/json");
    if path == "/oauth/certs" {
        return;
    }
    assert_eq!(response.header("cache-control"), "no-store");
    let body = response.json();
    let expected: &[&str] = match response.status.is_success() {
        true => &["access_token", "expires_in", "scope", "token_type"],
        false => &["error", "error_description"],
    };
    assert_eq!(member_names(&body), expected, "{body}");
}

/// The answer to HEAD is that to GET without its body.
#[track_caller]
fn check_head(path: &str, response: &TestResponse) {
    assert!(response.body.is_empty(), "HEAD {path} has a body");
    assert_eq!(response.header("content-type"), "application/json");
    if let Some(operation) = operation(&Method::GET, path) {
        let status = response.status.as_str();
        let documented = &operation["responses"][status];
        assert!(documented.is_object(), "HEAD {path}: {status} is not documented of GET");
        assert_documented_headers(documented, response, &format!("HEAD {path} {status}"));
    }
}

#[track_caller]
fn assert_documented_headers(documented: &Value, response: &TestResponse, what: &str) {
    // Those are there where there is something to say.
    let optional = [
        "Operation-Id",
        "Idempotency-Replayed",
        "Accept-Encoding",
        "Dry-Run",
        "Preference-Applied",
        "RateLimit",
        "RateLimit-Policy",
    ];
    let headers = documented["headers"].as_object().into_iter();
    let documented: Vec<&str> = headers.flat_map(Map::keys).map(String::as_str).collect();
    for name in &documented {
        // Of the conflicts, waiting helps with one.
        let is_of_another_code = *name == "Retry-After"
            && response.status == StatusCode::CONFLICT
            && response.json()["code"] != "IDEMPOTENCY_KEY_IN_USE";
        let is_there = optional.contains(name) || is_of_another_code || response.headers.contains_key(*name);
        assert!(is_there, "{what}: no {name}");
    }
    // What every answer may have, whatever it says.
    let general = [
        "cache-control",
        "x-content-type-options",
        "connection",
        "content-length",
        "content-type",
        "date",
        "transfer-encoding",
        "vary",
        "access-control-allow-origin",
        "access-control-expose-headers",
    ];
    for name in response.headers.keys().map(|name| name.as_str()) {
        let is_documented = documented.iter().any(|known| known.eq_ignore_ascii_case(name));
        assert!(
            is_documented || general.contains(&name),
            "{what}: {name} is not documented"
        );
    }
}

/// The documented operation, if there is one.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    operation_in(&DOCUMENT, method, path)
}

fn operation_in(document: &'static Value, method: &Method, path: &str) -> Option<&'static Value> {
    let paths = document["paths"].as_object()?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = format!("/{}", path.trim_start_matches('/'));
    let (_, item) = paths
        .iter()
        .filter(|(template, _)| matches_template(template, &path))
        .min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.as_str().to_lowercase())
}

fn matches_template(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) => {
                let is_parameter = part.starts_with('{') && !segment.is_empty();
                if !is_parameter && part != segment {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[track_caller]
pub fn assert_valid(schema: &Value, value: &Value) {
    assert_valid_in(&DOCUMENT, schema, value);
}

#[track_caller]
fn assert_valid_in(document: &'static Value, schema: &Value, value: &Value) {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut schema = schema.clone();
    let key = format!("{} {schema}", document["info"]["title"]);
    let known = VALIDATORS.lock().expect("no panic").get(&key).cloned();
    let validator = known.unwrap_or_else(|| {
        schema["components"] = document["components"].clone();
        let validator = Arc::new(jsonschema::draft202012::new(&schema).expect("a schema"));
        let mut validators = VALIDATORS.lock().expect("no panic");
        validators.insert(key, Arc::clone(&validator));
        validator
    });
    assert_accepted(&validator, value);
}

#[track_caller]
fn assert_accepted(validator: &Validator, value: &Value) {
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "not as documented: {faults:#?}\n{value:#}");
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        // Free-form data belongs to the caller.
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| value.is_null() || (name != "extra_data" && holds_null(value))),
        _ => false,
    }
}

#[track_caller]
fn assert_no_null(value: &Value) {
    assert!(!holds_null(value), "an answer holds null: {value}");
}
