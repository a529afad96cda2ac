//! Records in memory, and what a request may say of one (docs/contract.md sections 2, 4.3, 4.5 and A.9.2).

use serde_json::{Map, Value, json};

use super::operations::TYPES;

/// A member that was sent; null counts as absent.
pub fn sent<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    record.get(name).filter(|value| !value.is_null())
}

/// A number as it is stored.
pub fn normal(number: &Value) -> Option<String> {
    let number = number.as_str()?.replace([' ', '(', ')', '-'], "");
    number.starts_with('+').then_some(number)
}

/// Numbers with their types as they are stored.
pub fn stored_numbers(numbers: &Value) -> Value {
    let mut stored = numbers.clone();
    for number in stored.as_array_mut().into_iter().flatten() {
        number["phone_number"] = normal(&number["phone_number"]).into();
    }
    stored
}

/// The numbers of a record, from the first on.
pub fn numbers(record: &Value) -> Vec<&str> {
    let numbers = record["phone_numbers"].as_array().into_iter().flatten();
    numbers.filter_map(|number| number["phone_number"].as_str()).collect()
}

/// Both halves of the external reference, as far as they are there.
pub fn reference(record: &Value) -> (Option<&str>, Option<&str>) {
    let half = |name| sent(record, name).and_then(Value::as_str);
    (half("external_provider"), half("external_id"))
}

pub fn is_priority(value: &Value) -> bool {
    value
        .as_f64()
        .is_some_and(|priority| (1.0..=10.0).contains(&priority) && priority.fract() == 0.0)
}

/// Whether a value is a number of the record with its type.
pub fn is_typed_number(value: &Value) -> bool {
    let phone_type = value["phone_type"].as_str();
    normal(&value["phone_number"]).is_some() && phone_type.is_some_and(|phone_type| TYPES.contains(&phone_type))
}

/// Whether no type is there twice.
pub fn have_own_types(numbers: &Value) -> bool {
    let numbers = numbers.as_array().expect("numbers");
    let mut types: Vec<_> = numbers.iter().map(|number| number["phone_type"].as_str()).collect();
    types.sort_unstable();
    types.dedup();
    types.len() == numbers.len()
}

/// The codes of all that is wrong with a record in itself. A new one must have what a record takes, and its reference
/// is whole.
pub fn faults(record: &Value, is_new: bool) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let (several, one) = (sent(record, "phone_numbers"), sent(record, "phone_number"));
    let is_wrong = several.is_some_and(|numbers| {
        let all = numbers.as_array().expect("numbers");
        !all.iter().all(is_typed_number) || !have_own_types(numbers)
    });
    if is_wrong || one.is_some_and(|number| normal(number).is_none()) {
        codes.push("PHONE_NUMBER_INVALID");
    }
    if is_new && several.is_none() && one.is_none() {
        codes.push("PHONE_NUMBER_MISSING");
    }
    for (name, missing) in [("first_name", "FIRST_NAME_MISSING"), ("last_name", "LAST_NAME_MISSING")] {
        match sent(record, name) {
            Some(value) if value != "" => {}
            None if !is_new => {}
            _ => codes.push(missing),
        }
    }
    if sent(record, "priority").is_some_and(|priority| !is_priority(priority)) {
        codes.push("PRIORITY_INVALID");
    }
    if is_new && is_half(record) {
        codes.push("EXTERNAL_REF_MISSING");
    }
    codes
}

pub fn is_half(record: &Value) -> bool {
    let (provider, id) = reference(record);
    provider.is_some() != id.is_some()
}

/// A new record of this, which has no faults.
pub fn new(record: &Value, default_priority: u8) -> Value {
    let mut made = json!({"priority": default_priority, "extra_data": {}});
    if sent(record, "phone_numbers").is_none() {
        made["phone_numbers"] = json!([{"phone_number": null, "phone_type": "MOBILE"}]);
    }
    set(&mut made, record, false);
    made
}

/// Sets the members that were sent. Free data is merged or replaced.
pub fn set(record: &mut Value, change: &Value, merges: bool) {
    for name in ["first_name", "last_name", "external_provider", "external_id"] {
        if let Some(value) = sent(change, name) {
            record[name] = value.clone();
        }
    }
    if let Some(priority) = sent(change, "priority") {
        record["priority"] = whole_number(priority);
    }
    if let Some(numbers) = sent(change, "phone_numbers") {
        record["phone_numbers"] = stored_numbers(numbers);
    } else if let Some(number) = sent(change, "phone_number") {
        set_first_number(record, &normal(number).into());
    }
    if let Some(data) = sent(change, "extra_data") {
        if merges {
            let members: Map<_, _> = data.as_object().expect("an object").clone();
            record["extra_data"].as_object_mut().expect("an object").extend(members);
        } else {
            record["extra_data"] = data.clone();
        }
    }
}

/// A whole number as it is stored, however it was written.
pub fn whole_number(number: &Value) -> Value {
    (number.as_f64().expect("a number") as u8).into()
}

/// Sets the first number: one that the record has is moved, another takes the place of the first.
pub fn set_first_number(record: &mut Value, number: &Value) {
    let all = record["phone_numbers"].as_array_mut().expect("numbers");
    let is_same = |own: &Value| normal(number).is_some() && normal(&own["phone_number"]) == normal(number);
    if let Some(place) = all.iter().position(is_same) {
        all[..=place].rotate_right(1);
    }
    all[0]["phone_number"] = number.clone();
}
