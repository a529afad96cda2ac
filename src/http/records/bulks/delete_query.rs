//! The options of a bulk delete (docs/contract.md section 5.4).

use utoipa::openapi::path::Parameter;

use crate::{
    domain::DeletionOptions,
    http::{
        request::{
            json::Faults,
            query::{FromQuery, Query, option, query},
        },
        schema::inline_words,
    },
};

query! {
    /// The options of a bulk delete.
    pub struct BulkDeleteQuery {
        /// `true` only simulates the deletion: the response says what would be deleted, and nothing is deleted.
        dry_run: bool,
        /// `true` deletes nothing if any identifier fails.
        all_or_none: bool,
        /// How an identifier that matches nothing is treated. `error`: as a failed record. `ignore`: it is not a failure and
        /// is counted in `total_missing`.
        missing: Missing,
        /// How an identifier that matches several records is treated. `all`: it deletes all of them. `sole`: it fails with
        /// `AMBIGUOUS`.
        matching as "match": Match,
    }
}

entity::words! {
    /// How an identifier that matches nothing is treated.
    pub enum Missing {
        /// As a failure.
        Error = "error",
        /// It is counted apart.
        Ignore = "ignore",
    }
}

entity::words! {
    /// How an identifier that matches several records is treated.
    pub enum Match {
        /// It deletes all of them.
        All = "all",
        /// It fails.
        Sole = "sole",
    }
}

option!(Missing, Match);
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
    /// What counts as a failure, and what a failure means for the rest.
    pub fn options(&self) -> DeletionOptions {
        DeletionOptions {
            all_or_none: self.all_or_none,
            ignores_missing: self.missing == Missing::Ignore,
            matches_sole: self.matching == Match::Sole,
        }
    }
}
