//! Reads an object member by member and reports every fault with its place.

use std::borrow::Cow;

use super::{FromJson, Json};
use crate::{domain::text, http::response::error::FieldError};

/// The maximum number of faults that a response lists: more would not help, and responses stay short.
const MAX_FAULTS: usize = 1_000;

/// The faults found so far.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, name: impl Into<String>, description: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(FieldError {
                name: name.into(),
                description: description.into(),
            });
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is already one at this place.
    fn has(&self, place: &str) -> bool {
        self.0.iter().any(|fault| fault.name == place)
    }

    /// The faults in the order in which they were found.
    pub fn into_fields(mut self) -> Vec<FieldError> {
        if self.0.len() == MAX_FAULTS {
            self.add_last("there are more faults than are listed");
        }
        self.0
    }

    fn add_last(&mut self, description: &str) {
        self.0.push(FieldError {
            name: BODY.to_owned(),
            description: description.to_owned(),
        });
    }
}

/// The name of the body itself (docs/contract.md section 1.15).
const BODY: &str = "$";

/// The place of a member: `first_name`, `[3].first_name`, `records[3].first_name`.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// How a place is named in a fault; the empty path is the body itself.
pub fn place_or_body(path: &str) -> &str {
    if path.is_empty() { BODY } else { path }
}

/// The members of one object that have not been taken yet.
pub struct Members<'a> {
    path: String,
    members: Vec<(Cow<'a, str>, Json<'a>)>,
}

impl<'a> Members<'a> {
    /// The members of the object at `path`; the empty path is the body itself. `None`, with a fault, if it is not an
    /// object.
    pub fn of(json: Json<'a>, path: &str, faults: &mut Faults) -> Option<Self> {
        let Json::Object(members) = json else {
            faults.add(place_or_body(path), "must be an object");
            return None;
        };
        Some(Self {
            path: path.to_owned(),
            members,
        })
    }

    /// The place of this object.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The place of a member of this object.
    pub fn place(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// Whether a member is present and not null.
    pub fn has(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(member, value)| member == name && *value != Json::Null)
    }

    /// Reports the missing one of two members if only the other is present.
    pub fn require_both(&self, one: &str, other: &str, faults: &mut Faults) {
        for (present, absent) in [(one, other), (other, one)] {
            if self.has(present) && !self.has(absent) {
                faults.add(self.place(absent), format!("is required with {present}"));
            }
        }
    }

    /// Takes a member that must be present. `None` only with a fault.
    pub fn required<T: FromJson>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        match self.take(name, faults) {
            Taken::Value(json) => T::from_json(json, &self.place(name), faults),
            Taken::Absent => {
                let place = self.place(name);
                // A rule may already have reported the member.
                if !faults.has(&place) {
                    faults.add(place, "is required");
                }
                None
            }
            Taken::Repeated => None,
        }
    }

    /// Takes a member that may be absent. The outer `None` only with a fault.
    pub fn optional<T: FromJson>(&mut self, name: &str, faults: &mut Faults) -> Option<Option<T>> {
        match self.take(name, faults) {
            Taken::Value(json) => T::from_json(json, &self.place(name), faults).map(Some),
            Taken::Absent => Some(None),
            Taken::Repeated => None,
        }
    }

    /// Ends the object: members that were not taken are unknown, which is a fault.
    pub fn finish(self, faults: &mut Faults) {
        for (name, _) in &self.members {
            faults.add(self.place(&text::visible(name)), "is not a known field");
        }
    }

    /// Takes a member; one that is null counts as absent.
    fn take(&mut self, name: &str, faults: &mut Faults) -> Taken<'a> {
        let mut found = None;
        let mut count = 0;
        self.members.retain_mut(|(member, value)| {
            let is_it = member == name;
            if is_it {
                count += 1;
                found = Some(std::mem::replace(value, Json::Null));
            }
            !is_it
        });
        if count > 1 {
            faults.add(self.place(name), "must appear only once");
            return Taken::Repeated;
        }
        match found {
            None | Some(Json::Null) => Taken::Absent,
            Some(json) => Taken::Value(json),
        }
    }
}

/// The outcome of taking a member.
enum Taken<'a> {
    Value(Json<'a>),
    Absent,
    Repeated,
}
