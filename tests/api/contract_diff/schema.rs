//! Which schema asks for more, or promises less, than another, and where.

use std::{collections::BTreeSet, fmt::Display};

use serde_json::{Map, Value};

/// A difference that can break a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The member, parameter or header that it is about; `None` where it is about something larger.
    pub name: Option<String>,
    /// Where and what.
    pub what: String,
}

impl Fault {
    /// A fault of the operation as a whole.
    pub fn of_operation(what: impl Into<String>) -> Self {
        Self {
            name: None,
            what: what.into(),
        }
    }
}

/// A place in an operation.
pub struct Place {
    path: String,
    name: Option<String>,
}

impl Place {
    /// The body or an answer as a whole.
    pub fn whole(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            name: None,
        }
    }

    /// A parameter or a header: what it is, and its name.
    pub fn named(kind: &str, name: &str) -> Self {
        Self {
            path: format!("{kind} {name}"),
            name: Some(name.to_owned()),
        }
    }

    /// A member of the object that is here.
    pub fn member(&self, name: &str) -> Self {
        Self {
            path: format!("{}.{name}", self.path),
            name: Some(name.to_owned()),
        }
    }

    /// The items of the array that is here.
    pub fn items(&self) -> Self {
        Self {
            path: format!("{}[]", self.path),
            name: self.name.clone(),
        }
    }

    /// What is wrong here.
    pub fn fault(&self, what: impl Display) -> Fault {
        Fault {
            name: self.name.clone(),
            what: format!("{}: {what}", self.path),
        }
    }
}

/// Who must live with the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What was accepted must still be.
    Sent,
    /// What was promised must still come.
    Received,
}

impl Direction {
    /// The schema that must allow what the other one does, and that other one.
    fn sides<'v>(self, before: &'v Value, after: &'v Value) -> (&'v Value, &'v Value) {
        match self {
            Self::Sent => (after, before),
            Self::Received => (before, after),
        }
    }
}

/// How deep schemas are followed: they may contain themselves.
const DEPTH: usize = 12;

/// Two documents, for the references in their schemas.
pub struct Comparison<'d> {
    pub before: &'d Value,
    pub after: &'d Value,
}

/// Bounds that grow tighter when they fall, and those that do when they rise.
const UPPER: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const LOWER: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];

impl Comparison<'_> {
    /// What breaks a client between the two schemas.
    pub fn faults(&self, before: &Value, after: &Value, direction: Direction, place: &Place) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.compare(before, after, direction, place, DEPTH, &mut faults);
        faults
    }

    fn compare(
        &self,
        before: &Value,
        after: &Value,
        direction: Direction,
        place: &Place,
        depth: usize,
        faults: &mut Vec<Fault>,
    ) {
        if depth == 0 {
            return;
        }
        let before = resolve(self.before, before);
        let after = resolve(self.after, after);
        if before == after && before.get("$ref").is_none() && !holds_reference(before) {
            return;
        }
        let (wide, narrow) = direction.sides(before, after);
        compare_types(wide, narrow, place, faults);
        compare_bounds(wide, narrow, place, faults);
        compare_members(before, after, direction, place, faults);
        let (old, new) = (members(before, "properties"), members(after, "properties"));
        for (name, schema) in old {
            if let Some(other) = new.get(name) {
                let place = place.member(name);
                self.compare(schema, other, direction, &place, depth - 1, faults);
            }
        }
        if let (Some(old), Some(new)) = (before.get("items"), after.get("items")) {
            self.compare(old, new, direction, &place.items(), depth - 1, faults);
        }
        if before["default"] != after["default"] || before["const"] != after["const"] {
            faults.push(place.fault("another value when nothing is said"));
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            let alternatives = |schema: &Value| schema[choice].as_array().cloned().unwrap_or_default();
            let (wide, narrow) = (alternatives(wide), alternatives(narrow));
            // What one side can be, the other must be able to be; in which order they stand is nobody's concern.
            let fits = |narrow: &Value| {
                wide.iter().any(|wide| {
                    let (old, new) = match direction {
                        Direction::Sent => (narrow, wide),
                        Direction::Received => (wide, narrow),
                    };
                    let mut faults = Vec::new();
                    self.compare(old, new, direction, place, depth - 1, &mut faults);
                    faults.is_empty()
                })
            };
            if !narrow.iter().all(fits) || wide.is_empty() != narrow.is_empty() {
                faults.push(place.fault("other alternatives"));
            }
        }
    }
}

/// The types that the schema allows; empty for any.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether the one schema allows every type and value of the other. The format must be the same either way: generated
/// clients make types from it.
fn compare_types(wide: &Value, narrow: &Value, place: &Place, faults: &mut Vec<Fault>) {
    let (wide_types, narrow_types) = (types(wide), types(narrow));
    let fits = wide_types.is_empty()
        || (!narrow_types.is_empty()
            && narrow_types
                .iter()
                .all(|kind| wide_types.contains(kind) || (*kind == "integer" && wide_types.contains(&"number"))));
    if !fits {
        faults.push(place.fault("another type"));
    }
    if wide["format"] != narrow["format"] {
        faults.push(place.fault("another format"));
    }
    if let Some(allowed) = wide["enum"].as_array() {
        let fits = narrow["enum"]
            .as_array()
            .is_some_and(|some| some.iter().all(|value| allowed.contains(value)));
        if !fits {
            faults.push(place.fault("other values"));
        }
    }
}

/// Whether the bounds of the one schema leave room for those of the other.
fn compare_bounds(wide: &Value, narrow: &Value, place: &Place, faults: &mut Vec<Fault>) {
    // Answers may keep tighter bounds than before, requests may not have to.
    let is_within = |name: &str, is_upper: bool| match (wide[name].as_f64(), narrow[name].as_f64()) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) if is_upper => narrow <= wide,
        (Some(wide), Some(narrow)) => narrow >= wide,
    };
    for name in UPPER
        .iter()
        .filter(|name| !is_within(name, true))
        .chain(LOWER.iter().filter(|name| !is_within(name, false)))
    {
        faults.push(place.fault(format!("another {name}")));
    }
    if !wide["pattern"].is_null() && wide["pattern"] != narrow["pattern"] {
        faults.push(place.fault("another pattern"));
    }
}

fn compare_members(before: &Value, after: &Value, direction: Direction, place: &Place, faults: &mut Vec<Fault>) {
    match direction {
        Direction::Sent => compare_sent_members(before, after, place, faults),
        Direction::Received => compare_received_members(before, after, place, faults),
    }
}

/// Whether an object that was accepted still is.
fn compare_sent_members(before: &Value, after: &Value, place: &Place, faults: &mut Vec<Fault>) {
    let (old, new) = (members(before, "properties"), members(after, "properties"));
    let old_required = required(before);
    for name in required(after).iter().filter(|name| !old_required.contains(name)) {
        faults.push(place.member(name).fault("must be sent now"));
    }
    if !is_closed(after) {
        return;
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        faults.push(place.member(name).fault("is refused now"));
    }
    if !is_closed(before) {
        faults.push(place.fault("members that it does not name are refused now"));
    }
}

/// Whether the members that were promised still come.
fn compare_received_members(before: &Value, after: &Value, place: &Place, faults: &mut Vec<Fault>) {
    let (old, new) = (members(before, "properties"), members(after, "properties"));
    let new_required = required(after);
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        faults.push(place.member(name).fault("does not come any more"));
    }
    for name in required(before)
        .iter()
        .filter(|name| new.contains_key(**name) && !new_required.contains(name))
    {
        faults.push(place.member(name).fault("may be absent now"));
    }
}

fn is_closed(schema: &Value) -> bool {
    schema["additionalProperties"] == false
}

/// The members of the object with this name; none where it is absent.
pub fn members<'v>(schema: &'v Value, name: &str) -> &'v Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    schema[name].as_object().unwrap_or(&NONE)
}

fn required(schema: &Value) -> Vec<&str> {
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn holds_reference(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.contains_key("$ref") || members.values().any(holds_reference),
        Value::Array(items) => items.iter().any(holds_reference),
        _ => false,
    }
}

/// What the schema, parameter or answer is, if it is a reference.
pub fn resolve<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// All references in the value, and in what they refer to.
pub fn references<'v>(document: &'v Value, value: &'v Value) -> BTreeSet<&'v str> {
    let mut found = BTreeSet::new();
    collect_references(document, value, &mut found);
    found
}

fn collect_references<'v>(document: &'v Value, value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            // A schema may contain itself, so each reference is followed once.
            if reference.is_some_and(|reference| found.insert(reference)) {
                collect_references(document, resolve(document, value), found);
            }
            for member in members.values() {
                collect_references(document, member, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_references(document, item, found);
            }
        }
        _ => {}
    }
}
