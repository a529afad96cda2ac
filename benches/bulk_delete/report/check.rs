//! Checks: the lines in the table of limits.

use serde::Serialize;

/// The limit for a value.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// No limit: the value is only shown.
    Free,
}

/// A value and its limit.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) database: &'static str,
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) bound: Bound,
    /// What the value was computed from.
    pub(crate) note: String,
}

impl Check {
    pub(crate) fn summary(&self) -> String {
        let (limit, holds) = match self.bound {
            Bound::AtLeast(limit) => (format!(">= {limit}"), Some(self.value >= limit)),
            Bound::AtMost(limit) => (format!("<= {limit}"), Some(self.value <= limit)),
            Bound::Free => (String::new(), None),
        };
        let verdict = match holds {
            Some(true) => "ok",
            Some(false) => "MISSED",
            None => "",
        };
        format!(
            "{:<10} {:<46} {:>9.2} {limit:>8}  {verdict:<6}  {}",
            self.database, self.what, self.value, self.note
        )
    }
}
