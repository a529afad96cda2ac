//! What the service does without a request.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::OutcomeLabel;

/// A job that deletes in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Expired saved responses.
    SavedResponses,
    /// The records of deleted lists.
    DeletedLists,
    /// Expired entries of the audit trail.
    AuditTrail,
}

impl Job {
    fn word(self) -> &'static str {
        match self {
            Self::SavedResponses => "saved_responses",
            Self::DeletedLists => "deleted_lists",
            Self::AuditTrail => "audit_trail",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    task: &'static str,
    outcome: &'static str,
}

/// Counts the work of jobs. Clones share the numbers.
#[derive(Clone, Debug, Default)]
pub struct BackgroundMetrics {
    steps: Family<StepLabels, Counter>,
    key_reads: Family<OutcomeLabel, Counter>,
}

impl BackgroundMetrics {
    /// A step of a job has ended.
    pub fn note_step(&self, job: Job, is_done: bool) {
        let labels = StepLabels {
            task: job.word(),
            outcome: outcome(is_done),
        };
        self.steps.get_or_create(&labels).inc();
    }

    /// The keys of a provider were read, or could not be.
    pub fn note_key_read(&self, is_done: bool) {
        let label = OutcomeLabel {
            outcome: outcome(is_done),
        };
        self.key_reads.get_or_create(&label).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        // From the start, so that the first one is an increase.
        for is_done in [true, false] {
            let outcome = outcome(is_done);
            drop(self.key_reads.get_or_create(&OutcomeLabel { outcome }));
            for job in [Job::SavedResponses, Job::DeletedLists, Job::AuditTrail] {
                let labels = StepLabels {
                    task: job.word(),
                    outcome,
                };
                drop(self.steps.get_or_create(&labels));
            }
        }
        registry.register(
            "record_lists_background_steps",
            "Steps of the jobs that delete in the background",
            self.steps.clone(),
        );
        registry.register(
            "record_lists_key_reads",
            "Attempts to read the keys of an identity provider",
            self.key_reads.clone(),
        );
    }
}

fn outcome(is_done: bool) -> &'static str {
    if is_done { "done" } else { "failed" }
}
