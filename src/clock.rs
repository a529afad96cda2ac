//! The clock of the machine. Tokens expire by it, and what happens is dated with it.
//!
//! A start with a clock that cannot be right is refused. If the clock is set wrong later, nothing here panics, as the
//! functions of the libraries would before 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;
use uuid::{NoContext, Timestamp, Uuid};

/// 2020-01-01, before this program existed: a clock without a battery starts there or earlier.
const EARLIEST: Duration = Duration::from_secs(1_577_836_800);

/// 2200-01-01.
const LATEST: Duration = Duration::from_secs(7_258_118_400);

/// The clock cannot be right.
#[derive(Debug, Error)]
#[error("the clock of this machine says {0}, which cannot be right: set it, because tokens expire by it")]
pub struct ClockError(String);

/// Fails if the clock cannot be right.
pub fn check() -> Result<(), ClockError> {
    check_time(SystemTime::now())
}

fn check_time(time: SystemTime) -> Result<(), ClockError> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) if (EARLIEST..LATEST).contains(&since) => Ok(()),
        Ok(since) => Err(ClockError(in_words(since))),
        Err(_) => Err(ClockError("a time before 1970".to_owned())),
    }
}

fn in_words(since_1970: Duration) -> String {
    let time = i64::try_from(since_1970.as_secs()).ok();
    let time = time.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| "a time that no calendar has".to_owned(), shown)
}

/// A time as it is shown: RFC 3339 in UTC, without fractions of seconds.
pub(crate) fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The time since 1970; zero before it.
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The current time; the beginning of 1970 before it.
pub(crate) fn now() -> DateTime<Utc> {
    let since = since_1970();
    let seconds = i64::try_from(since.as_secs()).ok();
    let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, since.subsec_nanos()));
    time.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A new id that sorts by the time of its creation.
pub(crate) fn new_id() -> Uuid {
    if since_1970().is_zero() {
        Uuid::new_v7(Timestamp::from_unix(NoContext, 0, 0))
    } else {
        Uuid::now_v7()
    }
}

/// The least id that sorts behind all ids that were created before this time since 1970.
pub(crate) fn first_id_since(time: Duration) -> Uuid {
    Uuid::from_u128(time.as_millis() << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_of_their_creation() {
        let id = |millis| {
            Uuid::new_v7(Timestamp::from_unix(
                NoContext,
                millis / 1_000,
                (millis % 1_000) as u32 * 1_000_000,
            ))
        };
        for millis in [1, 999, 1_000, 1_700_000_000_123] {
            let first = first_id_since(Duration::from_millis(millis));
            assert!(id(millis - 1) < first && first < id(millis), "{millis}");
        }
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_refused() {
        let before = UNIX_EPOCH.checked_sub(Duration::from_secs(1)).unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        for (time, told) in [
            (before, "before 1970"),
            (UNIX_EPOCH, "1970-01-01T00:00:00Z"),
            (UNIX_EPOCH + EARLIEST - day, "2019-12-31T00:00:00Z"),
            (UNIX_EPOCH + LATEST, "2200-01-01T00:00:00Z"),
            (UNIX_EPOCH + Duration::from_secs(i64::MAX as u64 / 2), "no calendar"),
        ] {
            let message = check_time(time).unwrap_err().to_string();
            assert!(message.contains(told) && message.contains("set it"), "{message}");
        }
        for time in [UNIX_EPOCH + EARLIEST, UNIX_EPOCH + LATEST - day] {
            check_time(time).unwrap();
        }
        check().unwrap();
    }
}
