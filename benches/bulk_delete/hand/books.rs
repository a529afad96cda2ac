//! What is kept of each request beside the records: the counts of the list, and the audit trail of deletions.

use uuid::Uuid;

use super::record::Record;

/// A deletion, as the audit trail names it.
pub(super) struct Deletion {
    pub(super) id: String,
    pub(super) client: String,
    pub(super) kind: Kind,
    pub(super) request: String,
}

/// How the records of a deletion are identified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bulk,
    /// By the path of one record. If it does not exist, there is no deletion.
    Record,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Bulk => "BULK",
            Self::Record => "RECORD",
        }
    }
}

impl Deletion {
    pub(super) fn new(client: String, kind: Kind) -> Self {
        Self {
            id: Uuid::now_v7().to_string(),
            client,
            kind,
            request: Uuid::now_v7().to_string(),
        }
    }

    /// Whether nothing is written, as there was nothing to delete.
    pub(super) fn is_refused(&self, deleted: &[bool]) -> bool {
        self.kind == Kind::Record && !deleted.contains(&true)
    }
}

/// What a request adds to the books of its list.
pub(super) struct Entry<'a> {
    /// The number of records that the list has more.
    pub(super) records: i64,
    pub(super) deletion: Option<&'a Deletion>,
    /// How many of the identifiers of the deletion were of a record, and how many were not.
    pub(super) deleted: i64,
    pub(super) errors: i64,
}

impl<'a> Entry<'a> {
    pub(super) fn of_creation(records: &[Record]) -> Self {
        Self {
            records: records.len() as i64,
            deletion: None,
            deleted: 0,
            errors: 0,
        }
    }

    /// The entry of a deletion, from whether each identifier was of a record.
    pub(super) fn of_deletion(deletion: &'a Deletion, deleted: &[bool]) -> Self {
        let count = deleted.iter().filter(|deleted| **deleted).count() as i64;
        Self {
            records: -count,
            deletion: Some(deletion),
            deleted: count,
            errors: deleted.len() as i64 - count,
        }
    }
}
