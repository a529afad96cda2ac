//! What is wrong with a request: every fault with its place.

use std::fmt::{self, Display};

use entity::Word;

use crate::http::{
    response::error::{ApiError, ErrorCode, FieldError, MAX_FIELDS},
    schema::one_of,
};

/// A member, parameter or header that may be there once is there more often.
pub const REPEATED: &str = "must appear only once";

/// Something else than `true` or `false`.
pub const NOT_A_BOOLEAN: &str = "must be true or false";

/// A place in a body or query, written as `[3].phone_number`, `page`, or `$` for the body itself (docs/contract.md
/// section 1.15). It is put into words only if there is a fault.
#[derive(Clone, Copy, Debug)]
pub enum Place<'p> {
    /// The body.
    Body,
    /// A member of the object at a place.
    Member(&'p Place<'p>, &'p str),
    /// An item of the array at a place.
    Item(&'p Place<'p>, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("$"),
            Self::Member(Place::Body, name) => f.write_str(name),
            Self::Member(object, name) => write!(f, "{object}.{name}"),
            Self::Item(Place::Body, index) => write!(f, "[{index}]"),
            Self::Item(array, index) => write!(f, "{array}[{index}]"),
        }
    }
}

/// A parameter of a query, or a member of the body, with this name.
impl<'p> From<&'p str> for Place<'p> {
    fn from(name: &'p str) -> Self {
        Self::Member(&Place::Body, name)
    }
}

impl<'p, 'q: 'p> From<&'p Place<'q>> for Place<'p> {
    fn from(place: &'p Place<'q>) -> Self {
        *place
    }
}

/// What kind of rule a fault breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// There must be a value, and there is none: it is absent, null or empty.
    Missing,
    /// There is a value, and it breaks a rule.
    Invalid,
}

/// Is told of every fault, also of those that are not listed.
type Observer<'o> = &'o mut dyn FnMut(Place<'_>, FaultKind);

/// The faults found so far.
pub struct Faults<'o> {
    listed: Vec<FieldError>,
    limit: usize,
    unlisted: usize,
    observer: Option<Observer<'o>>,
}

/// No faults yet, with the limit of a whole request.
impl Default for Faults<'_> {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            limit: MAX_FIELDS,
            unlisted: 0,
            observer: None,
        }
    }
}

impl<'o> Faults<'o> {
    /// Faults of which at most `limit` are listed, while `observer` is told of all.
    pub fn observed(limit: usize, observer: Observer<'o>) -> Self {
        Self {
            limit,
            observer: Some(observer),
            ..Self::default()
        }
    }

    /// Adds a fault of a value.
    pub fn add<'p>(&mut self, place: impl Into<Place<'p>>, description: impl Into<String>) {
        self.report(place, FaultKind::Invalid, description);
    }

    /// Adds a fault.
    pub fn report<'p>(&mut self, place: impl Into<Place<'p>>, kind: FaultKind, description: impl Into<String>) {
        let place = place.into();
        if let Some(observer) = &mut self.observer {
            observer(place, kind);
        }
        if self.listed.len() < self.limit {
            self.listed.push(FieldError {
                name: place.to_string(),
                description: description.into(),
            });
        } else {
            self.unlisted += 1;
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The faults that are listed, in the order in which they were found, and the number of further ones.
    pub fn into_parts(self) -> (Vec<FieldError>, usize) {
        (self.listed, self.unlisted)
    }

    /// The error that lists the faults and says how many more there are.
    pub fn into_error(self, code: ErrorCode) -> ApiError {
        let (listed, unlisted) = self.into_parts();
        let error = ApiError::new(code).with_fields(listed);
        match unlisted_faults(unlisted) {
            Some(more) => error.describe(more),
            None => error,
        }
    }
}

/// Says how many faults are not listed; `None` if all of them are.
pub fn unlisted_faults(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("One more fault is not listed.".to_owned()),
        _ => Some(format!("{count} more faults are not listed.")),
    }
}

/// Reports a fault.
pub fn fault<'p, T>(place: impl Into<Place<'p>>, description: &str, faults: &mut Faults<'_>) -> Option<T> {
    faults.add(place, description);
    None
}

/// The value, or `None` after its fault was reported.
pub fn or_fault<'p, T>(
    checked: Result<T, impl std::error::Error>,
    place: impl Into<Place<'p>>,
    faults: &mut Faults<'_>,
) -> Option<T> {
    checked.map_err(|error| faults.add(place, error.to_string())).ok()
}

/// The value of a word, or `None` after its fault was reported.
pub fn word_or_fault<'p, W: Word>(text: &str, place: impl Into<Place<'p>>, faults: &mut Faults<'_>) -> Option<W> {
    W::from_word(text).or_else(|| fault(place, &one_of::<W>(), faults))
}

/// Which of two is missing beside the other, and the fault in words.
pub fn missing_half(names: [&'static str; 2], has: impl Fn(&str) -> bool) -> Option<(&'static str, String)> {
    let [one, other] = names;
    let halves = [(one, other), (other, one)];
    let half = halves
        .into_iter()
        .find(|(present, absent)| has(present) && !has(absent));
    half.map(|(present, absent)| (absent, format!("is required with {present}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_as_the_contract_does() {
        let records = Place::Member(&Place::Body, "records");
        let record = Place::Item(&records, 3);
        let number = Place::Member(&record, "phone_number");
        let told = [Place::Body, records, record, number, Place::Item(&Place::Body, 0)].map(|place| place.to_string());
        assert_eq!(told, ["$", "records", "records[3]", "records[3].phone_number", "[0]"]);
    }

    #[test]
    fn the_list_of_faults_is_bounded_and_says_so() {
        for (count, description) in [
            (MAX_FIELDS, None),
            (MAX_FIELDS + 1, Some("One more fault is not listed.")),
            (2 * MAX_FIELDS, Some("100 more faults are not listed.")),
        ] {
            let mut faults = Faults::default();
            for index in 0..count {
                faults.add(Place::Item(&Place::Body, index), REPEATED);
            }
            let body = faults.into_error(ErrorCode::ValidationFailed).body();
            assert_eq!(body.fields.map(|fields| fields.as_slice().len()), Some(MAX_FIELDS));
            assert_eq!(body.description.as_deref(), description);
        }
    }

    #[test]
    fn an_observer_is_told_of_every_fault() {
        let mut seen = Vec::new();
        let mut note = |place: Place<'_>, kind| seen.push((place.to_string(), kind));
        let mut faults = Faults::observed(1, &mut note);
        faults.add("a", REPEATED);
        faults.report(Place::from("b"), FaultKind::Missing, "is required");
        assert_eq!(faults.into_parts().1, 1);
        assert_eq!(
            seen,
            [
                ("a".to_owned(), FaultKind::Invalid),
                ("b".to_owned(), FaultKind::Missing)
            ]
        );
    }
}
