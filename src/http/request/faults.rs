//! What is wrong with a request: every fault with its place.

use std::fmt::{self, Display};

use entity::Word;

use crate::http::{response::error::FieldError, schema::one_of};

/// A member, parameter or header that may be there once is there more often.
pub const REPEATED: &str = "must appear only once";

/// Something else than `true` or `false`.
pub const NOT_A_BOOLEAN: &str = "must be true or false";

/// The maximum number of faults that a response lists: more would not help, and responses stay short.
const MAX_FAULTS: usize = 1_000;

/// A place in a body, written as `[3].phone_number`, or `$` for the body itself (docs/contract.md section 1.15). It is
/// put into words only if there is a fault.
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

/// The faults found so far.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, place: impl Display, description: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(FieldError {
                name: place.to_string(),
                description: description.into(),
            });
        }
    }

    /// Adds a fault, unless there is already one at this place: a rule may have said why.
    pub fn add_first(&mut self, place: impl Display, description: impl Into<String>) {
        let place = place.to_string();
        if self.0.iter().all(|fault| fault.name != place) {
            self.add(place, description);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order in which they were found.
    pub fn into_fields(mut self) -> Vec<FieldError> {
        if self.0.len() == MAX_FAULTS {
            self.0.push(FieldError {
                name: Place::Body.to_string(),
                description: "there are more faults than are listed".to_owned(),
            });
        }
        self.0
    }
}

/// Reports a fault.
pub fn fault<T>(place: impl Display, description: &str, faults: &mut Faults) -> Option<T> {
    faults.add(place, description);
    None
}

/// The value, or `None` after its fault was reported.
pub fn or_fault<T>(checked: Result<T, impl std::error::Error>, place: impl Display, faults: &mut Faults) -> Option<T> {
    checked.map_err(|error| faults.add(place, error.to_string())).ok()
}

/// The value of a word, or `None` after its fault was reported.
pub fn word_or_fault<W: Word>(text: &str, place: impl Display, faults: &mut Faults) -> Option<W> {
    W::from_word(text).or_else(|| fault(place, &one_of::<W>(), faults))
}

/// Reports which of two is missing beside the other.
pub fn require_both(names: [&str; 2], has: impl Fn(&str) -> bool, place: impl Fn(&str) -> String, faults: &mut Faults) {
    let [one, other] = names;
    for (present, absent) in [(one, other), (other, one)] {
        if has(present) && !has(absent) {
            faults.add(place(absent), format!("is required with {present}"));
        }
    }
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
        let mut faults = Faults::default();
        for index in 0..2 * MAX_FAULTS {
            faults.add(Place::Item(&Place::Body, index), REPEATED);
        }
        let fields = faults.into_fields();
        assert_eq!(fields.len(), MAX_FAULTS + 1);
        assert_eq!(fields[MAX_FAULTS].name, "$");
    }
}
