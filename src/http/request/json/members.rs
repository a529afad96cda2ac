//! Reads an object member by member and reports every fault with its place.

use std::borrow::Cow;

use super::{FromJson, Json, value::Object};
use crate::{
    domain::text,
    http::{
        request::faults::{FaultKind, Faults, Place, REPEATED, fault, missing_half},
        response::error::MAX_FIELDS,
    },
};

/// Something other than an object.
pub(super) const NOT_AN_OBJECT: &str = "must be an object";

/// The members of one object that have not been taken yet.
pub struct Members<'a, 'p> {
    place: &'p Place<'p>,
    /// The known members, with how often each is there.
    known: Vec<(&'p str, Json<'a>, usize)>,
    /// The first unknown members, and the number of further ones.
    unknown: Vec<Cow<'a, str>>,
    further_unknown: usize,
    /// The names of the members that are missing or repeated, which is said once.
    reported: Vec<String>,
}

impl<'a, 'p> Members<'a, 'p> {
    /// The members of the object at a place, read once: those with known names, and which others there are. `None`, with
    /// a fault, if it is not an object.
    pub fn of(json: Json<'a>, place: &'p Place<'p>, names: &'p [&'p str], faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Object(object) => Some(Self::read(object, place, names)),
            Json::Null => {
                faults.report(place, FaultKind::Missing, NOT_AN_OBJECT);
                None
            }
            _ => fault(place, NOT_AN_OBJECT, faults),
        }
    }

    fn read(object: Object<'a>, place: &'p Place<'p>, names: &'p [&'p str]) -> Self {
        let mut read = Self {
            place,
            known: Vec::with_capacity(names.len()),
            unknown: Vec::new(),
            further_unknown: 0,
            reported: Vec::new(),
        };
        for member in object.unread_members() {
            let known = names.iter().find(|name| **name == member.name);
            match known {
                Some(name) => match read.known.iter_mut().find(|(known, ..)| known == name) {
                    Some((_, value, count)) => {
                        *count += 1;
                        // Whether any is present matters, and it is a fault that there are several.
                        if *value == Json::Null {
                            *value = member.value();
                        }
                    }
                    None => read.known.push((*name, member.value(), 1)),
                },
                None if read.unknown.len() < MAX_FIELDS => read.unknown.push(member.name),
                None => read.further_unknown += 1,
            }
        }
        read
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
        self.known
            .iter()
            .any(|(known, value, _)| *known == name && *value != Json::Null)
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

    /// Passes over a member that is read elsewhere, unless it is repeated.
    pub fn skip(&mut self, name: &str, faults: &mut Faults) {
        self.take(name, faults);
    }

    /// Ends the object: members that were not taken are unknown, which is a fault.
    pub fn finish(self, faults: &mut Faults) {
        const UNKNOWN: &str = "is not a known field";
        let left = self.known.iter().map(|(name, ..)| *name);
        for name in left.chain(self.unknown.iter().map(|name| &**name)) {
            faults.add(self.place(&text::visible(name)), UNKNOWN);
        }
        // They are not listed, so their names do not matter.
        for _ in 0..self.further_unknown {
            faults.add(self.place(""), UNKNOWN);
        }
    }

    /// Takes a member; one that is null counts as absent.
    fn take(&mut self, name: &str, faults: &mut Faults) -> Taken<'a> {
        let Some(place) = self.known.iter().position(|(known, ..)| *known == name) else {
            return Taken::Absent;
        };
        match self.known.remove(place) {
            (_, _, 2..) => {
                self.report_once(name, FaultKind::Invalid, REPEATED, faults);
                Taken::Repeated
            }
            (_, Json::Null, _) => Taken::Absent,
            (_, value, _) => Taken::Value(value),
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

    /// What was read of a member of an object with so many unknown members before it, and the faults.
    fn read(unknown: usize, more: &str) -> (Option<i64>, usize, Vec<String>) {
        let before: String = (0..unknown).map(|n| format!("\"{n}\":[{n}],")).collect();
        let body = format!("{{{before}\"a\":null,{more}\"z\":2}}");
        let mut faults = Faults::default();
        let json = Json::parse(body.as_bytes()).unwrap();
        let mut members = Members::of(json, &Place::Body, &["a", "z"], &mut faults).unwrap();
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
        for unknown in [0, 1, MAX_FIELDS - 1, MAX_FIELDS, MAX_FIELDS + 1, 1_000] {
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
