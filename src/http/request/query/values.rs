//! Values of queries that several operations have: times, and ranges of them.

use utoipa::openapi::{RefOr, Schema};

use super::FromText;
use crate::{
    domain::{Second, TimeRange},
    http::{
        request::faults::{Faults, fault},
        schema::{Timestamp, WireType},
    },
};

/// A time of RFC 3339, with any offset.
#[derive(Clone, Copy)]
pub struct Time(pub Second);

impl FromText for Time {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        let rule = "must be a time of RFC 3339, for example 2026-11-24T10:00:00Z";
        let time = Second::parse(&text).map(Self);
        time.or_else(|| fault(name, rule, faults))
    }
}

impl WireType for Time {
    fn schema() -> RefOr<Schema> {
        Timestamp::schema()
    }
}

/// The range between two times, whose last one has this name.
pub(crate) fn time_range(from: Option<Time>, to: Option<Time>, last: &str, faults: &mut Faults) -> TimeRange {
    let range = TimeRange {
        from: from.map(|time| time.0),
        to: to.map(|time| time.0),
    };
    if range.is_reversed() {
        faults.add(last, "must not be before the start of the range");
    }
    range
}
