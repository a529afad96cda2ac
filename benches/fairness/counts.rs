//! Responses, counted by their status.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    io,
};

/// How many responses had which status.
#[derive(Default)]
pub(crate) struct Counts {
    by_status: BTreeMap<u16, u64>,
    /// Requests whose connection ended without a response.
    unanswered: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, status: &io::Result<u16>) {
        match status {
            Ok(status) => *self.by_status.entry(*status).or_default() += 1,
            Err(_) => self.unanswered += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (status, count) in &other.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
        self.unanswered += other.unanswered;
    }

    pub(crate) fn of(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or_default()
    }

    pub(crate) fn responses(&self) -> u64 {
        self.by_status.values().sum()
    }

    pub(crate) fn total(&self) -> u64 {
        self.responses() + self.unanswered
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unanswered = (self.unanswered > 0).then(|| format!("none: {}", self.unanswered));
        let counts = self
            .by_status
            .iter()
            .map(|(status, count)| format!("{status}: {count}"));
        f.write_str(&counts.chain(unanswered).collect::<Vec<_>>().join(", "))
    }
}
