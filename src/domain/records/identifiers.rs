//! What the records of a deletion are identified by.

use entity::hide_values;

use super::phone_number::PhoneNumber;
use crate::domain::{ids::RecordId, text::Line};

/// The name of a connected system.
pub type ExternalProvider = Line<64>;

/// An id in a connected system.
pub type ExternalId = Line<255>;

/// The id of a person in a connected system. Both parts are compared byte by byte; nothing is trimmed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExternalReference {
    /// The system.
    pub provider: ExternalProvider,
    /// The id in that system.
    pub id: ExternalId,
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
