//! By what the records of a deletion are named.

use entity::hide_values;

use super::phone_number::PhoneNumber;
use crate::domain::ids::RecordId;

/// How a connected system names a person: both parts are compared byte by byte, nothing is trimmed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExternalReference {
    /// The system, 1..64 characters, for example `salesforce`.
    pub provider: String,
    /// The id in that system, 1..255 characters.
    pub id: String,
}

hide_values!(ExternalReference);

/// The identifiers of one deletion: distinct, in request order, all of one kind.
///
/// `None` stands for a well-formed identifier that can match nothing, such as an id that is no UUID: it keeps its
/// place, because each identifier has its own outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifiers {
    /// Record ids.
    Ids(Vec<Option<RecordId>>),
    /// Phone numbers.
    PhoneNumbers(Vec<Option<PhoneNumber>>),
    /// External providers with external ids.
    ExternalReferences(Vec<ExternalReference>),
}

/// The kind of the identifiers of one deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierKind {
    /// Record ids.
    Id,
    /// Phone numbers.
    PhoneNumber,
    /// External providers with external ids.
    External,
}

impl Identifiers {
    /// The one kind of all of them.
    pub fn kind(&self) -> IdentifierKind {
        match self {
            Self::Ids(_) => IdentifierKind::Id,
            Self::PhoneNumbers(_) => IdentifierKind::PhoneNumber,
            Self::ExternalReferences(_) => IdentifierKind::External,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::PhoneNumbers(numbers) => numbers.len(),
            Self::ExternalReferences(references) => references.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
