//! Reads an object member by member and reports every fault with its place.

use std::borrow::Cow;

use super::{FromJson, Json, value::NamedValues};
use crate::{
    domain::text,
    http::request::faults::{FaultKind, Faults, Place, REPEATED, fault, missing_half},
};

/// Something other than an object.
pub(super) const NOT_AN_OBJECT: &str = "must be an object";

/// How many members of an object are kept. No object that is accepted has more; those after them are read from the text
/// again, each time one is asked for.
const MAX_KEPT: usize = 64;

/// The members of one object that have not been taken yet.
pub struct Members<'a, 'p> {
    place: &'p Place<'p>,
    members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// The members after those that are kept, and the names that were taken of them.
    further: NamedValues<'a>,
    taken: Vec<String>,
    /// The names of the members that are missing or repeated, which is said once.
    reported: Vec<String>,
}

impl<'a, 'p> Members<'a, 'p> {
    /// The members of the object at a place. `None`, with a fault, if it is not an object.
    pub fn of(json: Json<'a>, place: &'p Place<'p>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Object(object) => {
                let mut further = object.members();
                Some(Self {
                    place,
                    members: further.by_ref().take(MAX_KEPT).collect(),
                    further,
                    taken: Vec::new(),
                    reported: Vec::new(),
                })
            }
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
        let is_it = |member: &str, value: &Json<'_>| member == name && *value != Json::Null;
        self.members.iter().any(|(member, value)| is_it(member, value))
            || self.further().any(|(member, value)| is_it(&member, &value))
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
        let kept = self.members.iter().map(|(name, _)| Cow::Borrowed(&**name));
        for name in kept.chain(self.further().map(|(name, _)| name)) {
            faults.add(self.place(&text::visible(&name)), "is not a known field");
        }
    }

    /// The members that are not kept and not taken.
    fn further(&self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        let is_taken = |name: &str| self.taken.iter().any(|taken| taken == name);
        self.further.clone().filter(move |(name, _)| !is_taken(name))
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
        for (_, value) in self.further().filter(|(member, _)| member == name) {
            count += 1;
            found = Some(value);
        }
        if self.further.clone().next().is_some() {
            self.taken.push(name.to_owned());
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::response::error::MAX_FIELDS;

    /// What was read of a member of an object with so many unknown members before it, and the faults.
    fn read(unknown: usize, more: &str) -> (Option<i64>, usize, Vec<String>) {
        let before: String = (0..unknown).map(|n| format!("\"{n}\":[{n}],")).collect();
        let body = format!("{{{before}\"a\":null,{more}\"z\":2}}");
        let mut faults = Faults::default();
        let mut members = Members::of(Json::parse(body.as_bytes()).unwrap(), &Place::Body, &mut faults).unwrap();
        assert!(!members.has("a") && members.has("z"));
        let z = members.required("z", &mut faults);
        members.optional::<i64>("a", &mut faults);
        members.finish(&mut faults);
        let (listed, unlisted) = faults.into_parts();
        let listed = listed
            .into_iter()
            .map(|fault| format!("{}: {}", fault.name, fault.description));
        (z, unlisted, listed.collect())
    }

    #[test]
    fn an_object_may_have_any_number_of_members() {
        for unknown in [0, 1, MAX_KEPT - 2, MAX_KEPT - 1, MAX_KEPT, MAX_KEPT + 1, 1_000] {
            let (z, unlisted, listed) = read(unknown, "");
            assert_eq!(
                (z, unlisted),
                (Some(2), unknown.saturating_sub(MAX_FIELDS)),
                "{unknown}"
            );
            let expected = (0..unknown.min(MAX_FIELDS)).map(|n| format!("{n}: is not a known field"));
            assert_eq!(listed, expected.collect::<Vec<_>>());
            let (z, _, listed) = read(unknown, "\"z\":1,");
            assert_eq!((z, listed[0].as_str()), (None, "z: must appear only once"), "{unknown}");
            assert_eq!(listed.len(), (unknown + 1).min(MAX_FIELDS), "{unknown}");
        }
    }
}
