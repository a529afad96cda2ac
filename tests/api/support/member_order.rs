//! The names of members, and their order: examples teach by being read, so they look like real answers, and both follow the document.

use serde_json::Value;

use super::document;

/// The names of the members of an object, in the order of the alphabet.
#[track_caller]
pub fn member_names(object: &Value) -> Vec<&str> {
    let members = object.as_object().expect("an object");
    let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Fails unless the members of the value, and of all values in it, are in the order in which its schema lists them.
#[track_caller]
pub fn assert_ordered(schema: &Value, value: &Value) {
    if let Some(fault) = disorder(schema, value) {
        panic!("members in another order than documented: {fault}\n{value:#}");
    }
}

/// The first members that are not in order. Alternatives are not looked into.
fn disorder(schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return disorder(document().pointer(reference.strip_prefix('#')?)?, value);
    }
    if let Value::Array(items) = value {
        return items.iter().find_map(|item| disorder(&schema["items"], item));
    }
    let (properties, members) = (schema["properties"].as_object()?, value.as_object()?);
    let names = || properties.keys().filter(|name| members.contains_key(*name));
    let found = || members.keys().filter(|name| properties.contains_key(*name));
    if !names().eq(found()) {
        return Some(format!(
            "{:?} instead of {:?}",
            found().collect::<Vec<_>>(),
            names().collect::<Vec<_>>()
        ));
    }
    names().find_map(|name| disorder(&properties[name], &members[name]))
}

#[test]
fn members_in_another_order_are_found() {
    let schema = serde_json::json!({"properties": {"b": {"items": {"properties": {"d": {}, "c": {}}}}, "a": {}}});
    for (value, is_ordered) in [
        (r#"{"b": [], "x": 1, "a": 1}"#, true),
        (r#"{"a": 1, "b": []}"#, false),
        (r#"{"b": [{"d": 1, "c": 1}, {"c": 1, "d": 1}]}"#, false),
    ] {
        let value = serde_json::from_str(value).expect("JSON");
        assert_eq!(disorder(&schema, &value).is_none(), is_ordered, "{value}");
    }
}
