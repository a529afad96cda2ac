//! The present, as the databases keep it.

use chrono::{DateTime, SubsecRound, Utc};

/// The present, as exact as both databases keep it.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
