//! Reads an object member by member and reports every fault with its place.

use std::borrow::Cow;

use super::{FromJson, Json};
use crate::{
    domain::text,
    http::request::faults::{FaultKind, Faults, Place, REPEATED, fault, missing_half},
};

/// Something other than an object.
pub(super) const NOT_AN_OBJECT: &str = "must be an object";

/// The members of one object that have not been taken yet.
pub struct Members<'a, 'p> {
    place: &'p Place<'p>,
    members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// The names of the members that are missing or repeated, which is said once.
    reported: Vec<String>,
}

impl<'a, 'p> Members<'a, 'p> {
    /// The members of the object at a place. `None`, with a fault, if it is not an object.
    pub fn of(json: Json<'a>, place: &'p Place<'p>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Object(object) => Some(Self {
                place,
                members: object.members,
                reported: Vec::new(),
            }),
            Json::Null => {
                faults.report(place, FaultKind::Missing, NOT_AN_OBJECT);
                None
            }
            _ => fault(place, NOT_AN_OBJECT, faults),
        }
    }

    /// The place of a member of this object.
    pub fn place<'n>(&self, name: &'n str) -> Place<'n>
    where
        'p: 'n,
    {
        Place::Member(self.place, name)
    }

    /// Whether a member is present and not null.
    pub fn has(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(member, value)| member == name && *value != Json::Null)
    }

    /// Reports that a member is missing.
    pub fn report_missing(&mut self, name: &str, description: impl Into<String>, faults: &mut Faults) {
        self.report_once(name, FaultKind::Missing, description, faults);
    }

    fn report_once(&mut self, name: &str, kind: FaultKind, description: impl Into<String>, faults: &mut Faults) {
        if !self.reported.iter().any(|reported| reported == name) {
            self.reported.push(name.to_owned());
            faults.report(self.place(name), kind, description);
        }
    }

    /// Reports the missing one of two members if only the other is present.
    pub fn require_both(&mut self, names: [&'static str; 2], faults: &mut Faults) {
        if let Some((name, description)) = missing_half(names, |name| self.has(name)) {
            self.report_missing(name, description, faults);
        }
    }

    /// Takes a member that must be present. `None` only with a fault.
    pub fn required<T: FromJson>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        match self.take(name, faults) {
            Taken::Value(json) => T::from_json(json, &self.place(name), faults),
            Taken::Absent => {
                // A rule may have said so already, and why.
                self.report_missing(name, "is required", faults);
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
            self.report_once(name, FaultKind::Invalid, REPEATED, faults);
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
