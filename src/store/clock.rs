//! The current time, in the precision of the databases.

use chrono::{DateTime, SubsecRound, Utc};

/// The current time, truncated to microseconds: the precision of both databases.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
