//! What writes have done to records, once they are committed.

use entity::Word;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::OutcomeLabel;
use crate::domain::OperationKind;

/// What a write has done to records, in numbers. A write that does nothing to records has only zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Records that were created.
    pub created: usize,
    /// Records that were changed, or had the values before.
    pub updated: usize,
    /// Identifiers whose records were deleted.
    pub deleted: usize,
    /// Identifiers or records that failed.
    pub failed: usize,
    /// How the records were identified that it deleted, and how many these are.
    pub records_deleted: Option<(OperationKind, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// Counts what writes do. Clones share the numbers.
#[derive(Clone, Debug, Default)]
pub struct WriteMetrics {
    records_deleted: Family<KindLabel, Counter>,
    items: Family<OutcomeLabel, Counter>,
}

impl WriteMetrics {
    /// A write was committed.
    pub fn note_commit(&self, effect: &Effect) {
        if let Some((kind, records)) = effect.records_deleted {
            let deleted = self.records_deleted.get_or_create(&KindLabel { kind: kind.word() });
            deleted.inc_by(records as u64);
        }
        for (outcome, items) in [
            ("created", effect.created),
            ("updated", effect.updated),
            ("deleted", effect.deleted),
            ("failed", effect.failed),
        ] {
            self.items.get_or_create(&OutcomeLabel { outcome }).inc_by(items as u64);
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        // From the start, so that the first one is an increase.
        self.note_commit(&Effect::default());
        for kind in OperationKind::ALL {
            drop(self.records_deleted.get_or_create(&KindLabel { kind: kind.word() }));
        }
        registry.register(
            "record_lists_records_deleted",
            "Records that were deleted, by how they were identified",
            self.records_deleted.clone(),
        );
        registry.register(
            "record_lists_items",
            "Records and identifiers in writes, by what became of them",
            self.items.clone(),
        );
    }
}
