//! The current time, in the precision of the databases.

use chrono::{DateTime, SubsecRound, Utc};

use crate::clock;

/// The current time, truncated to microseconds: the precision of both databases.
pub(crate) fn now() -> DateTime<Utc> {
    clock::now().trunc_subsecs(6)
}
