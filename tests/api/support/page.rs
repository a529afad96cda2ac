//! What is on a page.

use serde_json::Value;

use super::wire_form::has_additions;

/// The entries, whatever they are.
pub fn entries(page: &Value) -> &Vec<Value> {
    let embedded = page["_embedded"].as_object().expect("a page");
    assert_eq!(embedded.len(), 1, "{page}");
    let entries = embedded.values().next().and_then(Value::as_array);
    entries.expect("entries")
}

pub fn ids(page: &Value) -> Vec<String> {
    let ids = entries(page)
        .iter()
        .map(|entry| entry["id"].as_str().expect("an id").to_owned());
    ids.collect()
}

/// Checks the total of a page of records, which the published form has not.
#[track_caller]
pub fn assert_total(page: &Value, total: usize) {
    let expected = has_additions().then(|| Value::from(total));
    assert_eq!(page.get("total"), expected.as_ref(), "{page}");
}

/// The path and query of a link, of a page or of anything else.
pub fn target(from: &Value, name: &str) -> Option<String> {
    let href = from["_links"][name]["href"].as_str()?;
    let (_, from_host) = href.split_once("://").expect("a URL");
    Some(from_host[from_host.find('/').expect("a path")..].to_owned())
}

/// A record of the answer to a bulk create or update, as it is read alone.
pub fn without_result(record: &Value) -> Value {
    let mut record = record.clone();
    record.as_object_mut().expect("an object").remove("result");
    record
}
