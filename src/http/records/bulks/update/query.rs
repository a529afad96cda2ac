//! The option of a bulk update (docs/contract.md section A.9.2, Upsert).

use utoipa::openapi::path::Parameter;

use crate::http::{
    request::{
        faults::Faults,
        query::{FromQuery, Query, option, query},
    },
    schema::inline_words,
};

query! {
    /// The option of a bulk update.
    pub struct BulkUpdateQuery {
        /// What happens if no record has the external id of an item whose path is `/external-records`. `fail`: the item
        /// fails. `create`: the record is created; then `value` must have all members that a new record needs.
        on_missing: OnMissing,
    }
}

entity::words! {
    /// What happens if no record has an external id.
    pub enum OnMissing {
        /// The item fails.
        Fail = "fail",
        /// The record is created.
        Create = "create",
    }
}

option!(OnMissing = OnMissing::Fail);
inline_words!(OnMissing);

impl FromQuery for BulkUpdateQuery {
    const IS_WRITE: bool = true;
    const FAULTY: &'static str = "on_missing=ignore";

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
