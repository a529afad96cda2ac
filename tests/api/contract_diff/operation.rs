//! What breaks a client of one operation.

use serde_json::Value;

use super::schema::{Comparison, Direction, Fault, Place, members, references, resolve};

/// Where the document has the schemas that clients are generated from.
const SCHEMAS: &str = "#/components/schemas/";

/// What breaks a client between the two forms of the operation.
pub fn compare(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    if before["operationId"] != after["operationId"] {
        faults.push(Fault::of_operation("another operation id"));
    }
    if before["tags"][0] != after["tags"][0] {
        faults.push(Fault::of_operation(
            "another first tag, from which clients are generated",
        ));
    }
    let schemes = |document: &Value| document["components"]["securitySchemes"].clone();
    let (was, is) = (schemes(comparison.before), schemes(comparison.after));
    let is_other_scheme = ["type", "scheme", "in", "name"]
        .iter()
        .any(|member| was["bearer"][member] != is["bearer"][member]);
    let ways = |operation: &Value| operation["security"].as_array().cloned().unwrap_or_default();
    let (old_ways, new_ways) = (ways(before), ways(after));
    // A further way breaks nobody, unless there was none that is needed.
    let is_kept = old_ways.iter().all(|way| new_ways.contains(way)) && old_ways.is_empty() == new_ways.is_empty();
    if !is_kept || is_other_scheme {
        faults.push(Fault::of_operation("another way to authenticate"));
    }
    faults.extend(lost_schemas(comparison, before, after));
    faults.extend(compare_parameters(comparison, before, after));
    faults.extend(compare_bodies(comparison, before, after));
    faults.extend(compare_answers(comparison, before, after));
    faults
}

/// The schemas that the operation does not refer to any more: users of generated clients import them by their names.
fn lost_schemas(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<Fault> {
    let old = references(comparison.before, before);
    let new = references(comparison.after, after);
    let lost = old.difference(&new);
    lost.filter_map(|reference| reference.strip_prefix(SCHEMAS))
        .map(|name| Fault::of_operation(format!("schema {name}: is not referred to any more")))
        .collect()
}

fn compare_parameters(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let list = |document, operation: &Value| -> Vec<Value> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|parameter| resolve(document, parameter).clone()).collect()
    };
    let old = list(comparison.before, before);
    let new = list(comparison.after, after);
    let is_same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
    let place = |parameter: &Value| Place::named("parameter", parameter["name"].as_str().unwrap_or_default());
    for parameter in &old {
        let place = place(parameter);
        match new.iter().find(|other| is_same(parameter, other)) {
            None => faults.push(place.fault("is gone")),
            Some(other) => {
                let (was, is) = (&parameter["schema"], &other["schema"]);
                faults.extend(comparison.faults(was, is, Direction::Sent, &place));
            }
        }
    }
    for parameter in new.iter().filter(|parameter| parameter["required"] == true) {
        let was = old.iter().find(|other| is_same(parameter, other));
        if was.is_none_or(|was| was["required"] != true) {
            faults.push(place(parameter).fault("must be sent now"));
        }
    }
    faults
}

fn compare_bodies(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<Fault> {
    let old = resolve(comparison.before, &before["requestBody"]);
    let new = resolve(comparison.after, &after["requestBody"]);
    let mut faults = Vec::new();
    if new["required"] == true && old["required"] != true {
        faults.push(Fault::of_operation("a body must be sent now"));
    }
    let place = Place::whole("body");
    faults.extend(compare_contents(comparison, old, new, Direction::Sent, &place));
    faults
}

/// The media types of a body or an answer, and the schema of each.
fn compare_contents(
    comparison: &Comparison<'_>,
    before: &Value,
    after: &Value,
    direction: Direction,
    place: &Place,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (kind, was) in members(before, "content") {
        let is = &after["content"][kind.as_str()];
        let (old, new) = (&was["schema"], &is["schema"]);
        if is.is_null() || (new.is_null() && !old.is_null()) {
            faults.push(place.fault(format!("no {kind} any more")));
        } else if !old.is_null() {
            faults.extend(comparison.faults(old, new, direction, place));
        }
    }
    faults
}

/// The answer with this status as a whole.
fn answer(status: &str) -> Place {
    Place::whole(format!("answer {status}"))
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

fn compare_answers(comparison: &Comparison<'_>, before: &Value, after: &Value) -> Vec<Fault> {
    let (old, new) = (members(before, "responses"), members(after, "responses"));
    let mut faults = Vec::new();
    for (status, was) in old {
        match new.get(status) {
            Some(is) => faults.extend(compare_answer(comparison, was, is, status)),
            None if is_success(status) => faults.push(answer(status).fault("is gone")),
            None => {}
        }
    }
    for status in new.keys().filter(|status| !old.contains_key(*status)) {
        if is_success(status) {
            faults.push(answer(status).fault("is a success that clients do not know"));
        }
    }
    faults
}

fn compare_answer(comparison: &Comparison<'_>, before: &Value, after: &Value, status: &str) -> Vec<Fault> {
    let before = resolve(comparison.before, before);
    let after = resolve(comparison.after, after);
    let place = answer(status);
    let mut faults = compare_headers(comparison, before, after, status);
    faults.extend(compare_contents(comparison, before, after, Direction::Received, &place));
    let (old, new) = (members(before, "content"), members(after, "content"));
    for kind in new.keys().filter(|kind| !old.contains_key(*kind)) {
        if is_success(status) {
            faults.push(place.fault(format!("may be {kind} now")));
        }
    }
    faults
}

fn compare_headers(comparison: &Comparison<'_>, before: &Value, after: &Value, status: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, was) in members(before, "headers") {
        let was = resolve(comparison.before, was);
        let is = resolve(comparison.after, &after["headers"][name.as_str()]);
        let place = Place::named(&format!("answer {status}, header"), name);
        if is.is_null() {
            faults.push(place.fault("is gone"));
        } else {
            let (was, is) = (&was["schema"], &is["schema"]);
            faults.extend(comparison.faults(was, is, Direction::Received, &place));
        }
    }
    faults
}
