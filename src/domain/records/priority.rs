//! Priorities of records.

use thiserror::Error;
use validator::ValidateRange;

/// How early a record is dialled: 10 first, 1 last. 11 is a hot lead, which is dialled before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority(u8);

/// The error for a number that is not a priority that clients can request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be a whole number from {} to {}", Priority::LOWEST, Priority::HIGHEST)]
pub struct PriorityFault;

impl Priority {
    /// The lowest priority.
    pub const LOWEST: u8 = 1;
    /// The highest priority that clients can request.
    pub const HIGHEST: u8 = 10;
    /// The priority of a hot lead, which clients cannot request.
    pub const HOT_LEAD: u8 = 11;
    /// The priority of a record that was created in bulk without one.
    pub const BULK_DEFAULT: Self = Self(5);

    /// The priority of a record that was created alone without one: a hot lead.
    pub const SINGLE_DEFAULT: Self = Self(Self::HOT_LEAD);

    /// Checks a priority that a client sent.
    pub fn requested(priority: i64) -> Result<Self, PriorityFault> {
        let is_valid = priority.validate_range(
            Some(i64::from(Self::LOWEST)),
            Some(i64::from(Self::HIGHEST)),
            None,
            None,
        );
        let priority = u8::try_from(priority).ok().filter(|_| is_valid);
        priority.map(Self).ok_or(PriorityFault)
    }

    /// Wraps a priority read from the database; it was checked before it was stored.
    pub fn from_stored(priority: i16) -> Self {
        let priority = priority.clamp(i16::from(Self::LOWEST), i16::from(Self::HOT_LEAD));
        Self(u8::try_from(priority).unwrap_or(Self::HOT_LEAD))
    }

    /// The priority as a number, 1 to 11.
    pub fn number(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hot_lead_cannot_be_requested() {
        for (number, expected) in [
            (0, None),
            (1, Some(1)),
            (10, Some(10)),
            (11, None),
            (-1, None),
            (266, None),
        ] {
            let priority = Priority::requested(number).ok().map(Priority::number);
            assert_eq!(priority, expected, "{number}");
        }
        assert_eq!(PriorityFault.to_string(), "must be a whole number from 1 to 10");
        let stored = [0, 1, 11, 300].map(|number| Priority::from_stored(number).number());
        assert_eq!(stored, [1, 1, 11, 11]);
    }
}
