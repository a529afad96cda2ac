//! JSON Patch of a record in memory (docs/contract.md section 4.3).
//!
//! Where the contract is open, the patch is carried out as RFC 6902 says, on the values as they were sent, and it is
//! the result that must be a record: what a later operation mends is no fault, and an operation that does not fit is
//! told before a value that breaks a rule.

use serde_json::{Value, json};

use super::record::{
    have_own_types, is_half, is_priority, is_typed_number, numbers, sent, set_first_number, stored_numbers,
    whole_number,
};

/// Status and code.
pub type Fault = (u16, &'static str);

const INVALID: Fault = (400, "VALIDATION_FAILED");
const NOT_APPLICABLE: Fault = (422, "PATCH_NOT_APPLICABLE");
const TEST_FAILED: Fault = (409, "PATCH_TEST_FAILED");

/// The name of an operation, and its path with a slash.
fn meaning(operation: &Value) -> (&str, String) {
    let text = |name: &str| operation[name].as_str().expect("a text");
    (text("op"), format!("/{}", text("path").trim_start_matches('/')))
}

/// What is wrong with a patch whatever the record is: the removal of what a record must have.
pub fn check(operations: &[Value]) -> Result<(), Fault> {
    let is_wrong = |operation: &Value| {
        let (op, path) = meaning(operation);
        op == "remove" && ["/first_name", "/phone_numbers"].contains(&&*path)
    };
    if operations.iter().any(is_wrong) {
        return Err(INVALID);
    }
    Ok(())
}

/// The record that a patch makes of this one.
pub fn patched(record: &Value, updated_at: &str, operations: &[Value], needs_reference: bool) -> Result<Value, Fault> {
    let mut changed = record.clone();
    for operation in operations {
        carry_out(&mut changed, updated_at, operation)?;
    }
    let sets_priority = |operation: &Value| {
        let (op, path) = meaning(operation);
        ["add", "replace"].contains(&op) && path == "/priority"
    };
    let priority = sent(&changed, "priority");
    // What was there may be a hot lead's, which no request can set.
    let has_priority = !operations.iter().any(sets_priority) || priority.is_none_or(is_priority);
    let has_name = sent(&changed, "first_name").is_some_and(|name| name != "");
    let numbers = changed["phone_numbers"].as_array().expect("numbers");
    let has_numbers = !numbers.is_empty() && numbers.iter().all(is_typed_number);
    let has_reference = sent(&changed, "external_id").is_some();
    let has_reference = !is_half(&changed) && (has_reference || !needs_reference);
    if !(has_priority && has_name && has_numbers && has_own_types(&changed) && has_reference) {
        return Err(INVALID);
    }
    Ok(stored(&changed))
}

fn has_own_types(record: &Value) -> bool {
    have_own_types(&record["phone_numbers"])
}

/// The record as it is stored: without an optional member it is as one that was created alone.
fn stored(changed: &Value) -> Value {
    let mut stored = changed.clone();
    stored["phone_numbers"] = stored_numbers(&changed["phone_numbers"]);
    stored["priority"] = sent(changed, "priority").map_or(json!(11), whole_number);
    stored["extra_data"] = sent(changed, "extra_data").cloned().unwrap_or_else(|| json!({}));
    let members = stored.as_object_mut().expect("an object");
    members.retain(|_, value| !value.is_null());
    stored
}

fn carry_out(record: &mut Value, updated_at: &str, operation: &Value) -> Result<(), Fault> {
    let (op, path) = meaning(operation);
    let value = &operation["value"];
    let first = numbers(record).first().map(|first| Value::from(*first));
    if path == "/phone_number" && first.is_none() {
        return Err(INVALID);
    }
    // With the members that are not stored.
    let mut whole = record.clone();
    whole["updated_at"] = updated_at.into();
    whole["phone_number"] = first.into();
    let present = whole.pointer(&path);
    if op == "test" {
        let is_equal = is_equal(present.ok_or(NOT_APPLICABLE)?, value);
        return if is_equal { Ok(()) } else { Err(TEST_FAILED) };
    }
    if op != "add" && present.is_none() {
        return Err(NOT_APPLICABLE);
    }
    if path == "/phone_number" {
        set_first_number(record, value);
        return Ok(());
    }
    let (holder, name) = path.rsplit_once('/').expect("a path");
    let name = name.replace("~1", "/");
    match record.pointer_mut(holder) {
        Some(Value::Object(members)) if op == "remove" => drop(members.remove(&name)),
        Some(Value::Object(members)) => drop(members.insert(name, value.clone())),
        Some(Value::Array(items)) if op == "add" => {
            let place = if name == "-" {
                Some(items.len())
            } else {
                name.parse().ok()
            };
            let place = place.filter(|place| *place <= items.len()).ok_or(NOT_APPLICABLE)?;
            items.insert(place, value.clone());
        }
        Some(Value::Array(items)) => {
            let place: usize = name.parse().expect("a place that is there");
            if op == "remove" {
                items.remove(place);
            } else {
                items[place] = value.clone();
            }
        }
        _ => return Err(NOT_APPLICABLE),
    }
    Ok(())
}

/// Whether values are equal, numbers by what they stand for.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there = |(name, value): (&String, &Value)| other.get(name).is_some_and(|o| is_equal(value, o));
            one.len() == other.len() && one.iter().all(is_there)
        }
        _ => one == other,
    }
}
