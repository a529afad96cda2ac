//! Which of the two indexes of a lookup has the rows of a list.

use crate::domain::UniqueIdentifierType;

/// One of the two indexes that phone numbers, or external references, are found by. All rows of a list are in the same
/// one. A statement must name its condition, or the database cannot use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupIndex {
    /// The index of the lists whose records are identified by the key: no key occurs in a list twice.
    Unique,
    /// The index of all other lists.
    NotUnique,
}

/// The column that decides in which index of the phone numbers a row is.
const NUMBER_IS_UNIQUE: &str = "phone_number_is_unique";

/// The same for external references.
const EXTERNAL_IS_UNIQUE: &str = "external_is_unique";

impl LookupIndex {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Unique, Self::NotUnique];

    /// The index of the phone numbers, first and further ones, of a list that identifies its records like this.
    pub fn of_phone_numbers(identified_by: UniqueIdentifierType) -> Self {
        Self::new(identified_by == UniqueIdentifierType::PhoneNumber)
    }

    /// The same for external references.
    pub fn of_external_references(identified_by: UniqueIdentifierType) -> Self {
        Self::new(identified_by == UniqueIdentifierType::External)
    }

    fn new(is_unique: bool) -> Self {
        if is_unique { Self::Unique } else { Self::NotUnique }
    }

    /// Whether it is the unique one.
    pub(crate) fn is_unique(self) -> bool {
        self == Self::Unique
    }

    /// Its condition in SQL, for phone numbers.
    pub(crate) fn number_condition(self) -> String {
        self.condition_on(NUMBER_IS_UNIQUE)
    }

    /// The same for external references.
    pub(crate) fn external_condition(self) -> String {
        self.condition_on(EXTERNAL_IS_UNIQUE)
    }

    fn condition_on(self, column: &str) -> String {
        if self.is_unique() {
            column.to_owned()
        } else {
            format!("NOT {column}")
        }
    }
}

/// The texts of a statement for the two indexes.
pub struct ByIndex {
    unique: String,
    not_unique: String,
}

impl ByIndex {
    /// Makes both texts.
    pub(crate) fn new(text: impl Fn(LookupIndex) -> String) -> Self {
        Self {
            unique: text(LookupIndex::Unique),
            not_unique: text(LookupIndex::NotUnique),
        }
    }

    /// The text for one of them.
    pub fn text(&self, index: LookupIndex) -> &str {
        if index.is_unique() {
            &self.unique
        } else {
            &self.not_unique
        }
    }
}
