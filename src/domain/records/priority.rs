//! The priority of a record.

use thiserror::Error;
use validator::ValidateRange;

/// When a record is dialled: 10 first, 1 last; 11 is a hot lead, dialled before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority(u8);

/// Why a number is no priority that can be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be from {} to {}", Priority::LOWEST, Priority::HIGHEST)]
pub struct PriorityFault;

impl Priority {
    /// The lowest priority.
    pub const LOWEST: u8 = 1;
    /// The highest priority that can be requested.
    pub const HIGHEST: u8 = 10;
    /// The priority of a hot lead, which cannot be requested.
    pub const HOT_LEAD: u8 = 11;
    /// The priority of a record that is created in bulk without one.
    pub const BULK_DEFAULT: Self = Self(5);

    /// Checks a priority that was sent.
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

    /// A priority that was checked before it was stored.
    pub fn from_stored(priority: i16) -> Self {
        Self(u8::try_from(priority).unwrap_or(Self::HOT_LEAD))
    }

    /// The number.
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
        assert_eq!(PriorityFault.to_string(), "must be from 1 to 10");
        assert_eq!(Priority::from_stored(11).number(), Priority::HOT_LEAD);
    }
}
