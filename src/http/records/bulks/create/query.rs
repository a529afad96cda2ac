//! The option of a bulk create (docs/contract.md section A.9.2, Upsert).

use utoipa::openapi::path::Parameter;

use crate::http::{
    request::{
        faults::Faults,
        query::{FromQuery, Query, option, query},
    },
    schema::inline_words,
};

query! {
    /// The option of a bulk create.
    pub struct BulkCreateQuery {
        /// What happens to a record that the list already has, by its `unique_identifier_type`. `fail`: the new one fails.
        /// `skip`: the one that the list has stays as it is. `update`: the members that were sent are set in it, and those
        /// of `extra_data` are added to its own.
        on_duplicate: OnDuplicate,
    }
}

entity::words! {
    /// What happens to a record that the list already has.
    pub enum OnDuplicate {
        /// The new one fails.
        Fail = "fail",
        /// It stays as it is.
        Skip = "skip",
        /// The members that were sent are set.
        Update = "update",
    }
}

option!(OnDuplicate = OnDuplicate::Fail);
inline_words!(OnDuplicate);

impl FromQuery for BulkCreateQuery {
    const IS_WRITE: bool = true;
    const FAULTY: &'static str = "on_duplicate=replace";

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
