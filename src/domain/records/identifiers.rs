//! Identifiers: how a deletion names the records to delete.

use entity::hide_values;

use super::phone_number::PhoneNumber;
use crate::domain::{ids::RecordId, text::Line};

/// The name of a connected system: 1 to 64 characters.
pub type ExternalProvider = Line<64>;

/// An id in a connected system: 1 to 255 characters.
pub type ExternalId = Line<255>;

/// A person's id in a connected system. Both parts are compared byte by byte, without trimming.
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
/// `None` is a well-formed identifier that cannot match anything, such as an id that is not a UUID. It keeps its
/// position, because each identifier has its own outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifiers {
    /// Record ids.
    Ids(Vec<Option<RecordId>>),
    /// Phone numbers.
    PhoneNumbers(Vec<Option<PhoneNumber>>),
    /// Pairs of external provider and external id.
    ExternalReferences(Vec<ExternalReference>),
}

/// The kind of the identifiers of one deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierKind {
    /// Record ids.
    Id,
    /// Phone numbers.
    PhoneNumber,
    /// Pairs of external provider and external id.
    External,
}

impl Identifiers {
    /// The kind that all of them have.
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
