//! Limits on the number of lists and records (docs/contract.md section 3.2).

use thiserror::Error;

/// The maximum numbers of lists and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of records in a list.
    pub records_per_list: u64,
    /// Maximum number of lists in an account.
    pub lists_per_account: u64,
}

/// The error for a request that would exceed a limit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("at most {limit} {what} are allowed")]
pub struct LimitExceeded {
    /// The limit.
    pub limit: u64,
    /// What the limit applies to, in the plural.
    pub what: &'static str,
}

/// The limits that apply unless others are configured.
impl Default for Limits {
    fn default() -> Self {
        Self {
            records_per_list: 250_000,
            lists_per_account: 200,
        }
    }
}

impl Limits {
    /// Checks whether an account that has `present` lists may create another.
    pub fn check_lists(&self, present: u64) -> Result<(), LimitExceeded> {
        if present < self.lists_per_account {
            Ok(())
        } else {
            Err(self.lists_exceeded())
        }
    }

    /// Checks whether `new` records may be added to a list that contains `present` records.
    pub fn check_records(&self, present: u64, new: usize) -> Result<(), LimitExceeded> {
        if new == 0 || present.saturating_add(new as u64) <= self.records_per_list {
            Ok(())
        } else {
            Err(self.records_exceeded())
        }
    }

    /// The error for an account that would have too many lists.
    pub fn lists_exceeded(&self) -> LimitExceeded {
        LimitExceeded {
            limit: self.lists_per_account,
            what: "record lists in an account",
        }
    }

    /// The error for a list that would contain too many records.
    pub fn records_exceeded(&self) -> LimitExceeded {
        LimitExceeded {
            limit: self.records_per_list,
            what: "records in a record list",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_the_last_number_that_is_allowed() {
        let limits = Limits {
            records_per_list: 10,
            lists_per_account: 2,
        };
        for (present, new, expected) in [
            (0, 10, true),
            (9, 1, true),
            (9, 2, false),
            (10, 1, false),
            // Lowering the limit only prevents adding records.
            (11, 0, true),
            (u64::MAX, 1, false),
        ] {
            let is_allowed = limits.check_records(present, new).is_ok();
            assert_eq!(is_allowed, expected, "{present} + {new}");
        }
        let lists = [0, 1, 2, 3].map(|present| limits.check_lists(present).is_ok());
        assert_eq!(lists, [true, true, false, false]);
    }
}
