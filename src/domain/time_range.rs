//! Ranges of times, compared by the second as responses show it (docs/contract.md section 1.12).

use chrono::{DateTime, TimeDelta, Utc};

/// The first second that can be written, and the last.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// A whole second, of the years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Second(DateTime<Utc>);

impl Second {
    /// The second in which the time is; the first or the last if it is before or behind all of them.
    pub fn of(time: DateTime<Utc>) -> Self {
        Self::of_timestamp(time.timestamp())
    }

    /// The second so many seconds after 1970.
    pub fn of_timestamp(seconds: i64) -> Self {
        Self(DateTime::from_timestamp(seconds.clamp(FIRST, LAST), 0).unwrap_or_default())
    }

    /// Reads a time of RFC 3339 with any offset. A fraction of a second does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::of(time.to_utc()))
    }

    /// Its beginning.
    pub fn start(self) -> DateTime<Utc> {
        self.0
    }

    /// The beginning of the next one; `None` for the last one.
    pub fn end(self) -> Option<DateTime<Utc>> {
        (self.0.timestamp() < LAST).then(|| self.0 + TimeDelta::seconds(1))
    }
}

/// A range of seconds with both ends, either of which may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The first second.
    pub from: Option<Second>,
    /// The last second.
    pub to: Option<Second>,
}

impl TimeRange {
    /// Whether every time is in it.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether its ends are the wrong way round.
    pub fn is_reversed(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| from > to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_any_offset_and_without_fractions() {
        for (text, expected) in [
            ("2026-11-30T01:02:03Z", Some("2026-11-30T01:02:03+00:00")),
            ("2026-11-30T01:02:03.999999999Z", Some("2026-11-30T01:02:03+00:00")),
            ("2026-11-30T01:02:03+02:00", Some("2026-11-29T23:02:03+00:00")),
            ("2026-11-30T01:02:03-05:30", Some("2026-11-30T06:32:03+00:00")),
            ("1969-12-31T23:59:59.5Z", Some("1969-12-31T23:59:59+00:00")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59+00:00")),
            ("0000-01-01T00:00:00+23:59", Some("0000-01-01T00:00:00+00:00")),
            ("9999-12-31T23:59:59-23:59", Some("9999-12-31T23:59:59+00:00")),
            ("2026-11-30", None),
            ("2026-11-30T01:02:03", None),
            ("2026-11-30T01:02Z", None),
            ("2026-02-30T01:02:03Z", None),
            ("2026-11-30T24:00:00Z", None),
            ("1764464523", None),
            ("", None),
        ] {
            let read = Second::parse(text).map(|second| second.start().to_rfc3339());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_second_is_the_start_of_the_next() {
        let second = Second::of_timestamp(59);
        assert_eq!(second.end(), Some(Second::of_timestamp(60).start()));
        assert_eq!(Second::of_timestamp(i64::MAX).end(), None);
        assert_eq!(
            Second::of_timestamp(i64::MIN).start().to_rfc3339(),
            "0000-01-01T00:00:00+00:00"
        );
    }

    #[test]
    fn only_two_ends_can_be_the_wrong_way_round() {
        let [one, two] = [1, 2].map(|n| Some(Second::of_timestamp(n)));
        for (from, to, expected) in [
            (one, two, false),
            (one, one, false),
            (two, one, true),
            (two, None, false),
            (None, one, false),
        ] {
            assert_eq!(TimeRange { from, to }.is_reversed(), expected, "{from:?} {to:?}");
        }
    }
}
