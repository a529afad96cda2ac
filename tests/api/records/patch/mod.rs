//! Changing one record by a JSON Patch (docs/contract.md section 4.3).

mod extra_data;
mod faults;
mod identifiers;
mod members;
mod operations;
mod requests;

use serde_json::{Value, json};

/// An operation that replaces what is there.
pub fn replace(path: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"op": "replace", "path": path, "value": value})
}

/// An operation that adds, or replaces.
pub fn add(path: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"op": "add", "path": path, "value": value})
}

/// An operation that removes.
pub fn remove(path: &str) -> Value {
    json!({"op": "remove", "path": path})
}

/// An operation that compares.
pub fn test(path: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"op": "test", "path": path, "value": value})
}
