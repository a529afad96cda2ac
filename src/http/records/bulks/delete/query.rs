//! The options of a bulk delete (docs/contract.md section 5.4).

use utoipa::openapi::path::Parameter;

use crate::{
    domain::DeletionOptions,
    http::{
        request::{
            faults::Faults,
            query::{FromQuery, Query, option, query},
        },
        schema::inline_words,
    },
};

query! {
    /// The options of a bulk delete.
    pub struct BulkDeleteQuery {
        /// `true`: a dry run. Nothing is deleted; the response says what would be.
        dry_run: bool,
        /// `true` deletes nothing if any identifier fails.
        all_or_none: bool,
        /// What happens if an identifier matches nothing. `error`: it fails and is listed in `failed_records`.
        /// `ignore`: it does not fail and is counted in `total_missing`.
        missing: Missing,
        /// What happens if an identifier matches several records. `all`: it deletes all of them. `sole`: it fails with
        /// `AMBIGUOUS`.
        matching as "match": Match,
    }
}

entity::words! {
    /// What happens if an identifier matches nothing.
    pub enum Missing {
        /// It fails.
        Error = "error",
        /// It is counted separately and does not fail.
        Ignore = "ignore",
    }
}

entity::words! {
    /// What happens if an identifier matches several records.
    pub enum Match {
        /// It deletes all of them.
        All = "all",
        /// It fails.
        Sole = "sole",
    }
}

option!(Missing = Missing::Error, Match = Match::All);
inline_words!(Missing, Match);

impl FromQuery for BulkDeleteQuery {
    const IS_WRITE: bool = true;
    const FAULTY: &'static str = "dry_run=1";

    fn defaults() -> Vec<(&'static str, String)> {
        Self::defaults()
    }

    fn parameters() -> Vec<Parameter> {
        Self::parameters()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        Some(Self::take(query, faults))
    }
}

impl BulkDeleteQuery {
    /// Converts the query: what counts as a failure, and whether a failure prevents all deletions.
    pub fn options(&self) -> DeletionOptions {
        DeletionOptions {
            all_or_none: self.all_or_none,
            ignores_missing: self.missing == Missing::Ignore,
            matches_sole: self.matching == Match::Sole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let defaults = BulkDeleteQuery::defaults();
        let defaults: Vec<_> = defaults.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected = [
            ("dry_run", "false"),
            ("all_or_none", "false"),
            ("missing", "error"),
            ("match", "all"),
        ];
        assert_eq!(defaults, expected);
    }
}
