//! The options of a bulk delete (api.md section 5, "Opt-in query parameters").

use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use crate::{
    domain::DeletionOptions,
    http::request::{
        json::Faults,
        query::{FromQuery, Query},
    },
};

/// The checked options.
#[derive(Clone, Copy, Debug)]
pub struct BulkDeleteQuery {
    /// Whether the deletion is only rehearsed.
    pub dry_run: bool,
    /// What counts as a failure, and what a failure means for the rest.
    pub options: DeletionOptions,
}

impl FromQuery for BulkDeleteQuery {
    const IS_WRITE: bool = true;
    const DEFAULTS: &'static [(&'static str, &'static str)] = &[
        ("dry_run", "false"),
        ("all_or_none", "false"),
        ("missing", "error"),
        ("match", "all"),
    ];
    const FAULTY: &'static str = "dry_run=1";

    fn parameters() -> Vec<Parameter> {
        BulkDeleteParameters::into_params(|| Some(ParameterIn::Query))
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let dry_run = query.boolean("dry_run", faults);
        let all_or_none = query.boolean("all_or_none", faults);
        let ignores_missing = query.word("missing", &[("error", false), ("ignore", true)], faults);
        let matches_sole = query.word("match", &[("all", false), ("sole", true)], faults);
        Some(Self {
            dry_run: dry_run.unwrap_or(false),
            options: DeletionOptions {
                all_or_none: all_or_none.unwrap_or(false),
                ignores_missing: ignores_missing.unwrap_or(false),
                matches_sole: matches_sole.unwrap_or(false),
            },
        })
    }
}

/// The options as the document describes them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation")]
struct BulkDeleteParameters {
    /// `true` rehearses: the answer says what would be deleted, and nothing is.
    #[param(nullable = false, default = false)]
    dry_run: Option<bool>,
    /// `true` deletes nothing when any identifier fails.
    #[param(nullable = false, default = false)]
    all_or_none: Option<bool>,
    /// What an identifier is that matches nothing. `error`: a failed record. `ignore`: no failure; it is counted in
    /// `total_missing`.
    #[param(nullable = false, inline)]
    missing: Option<Missing>,
    /// What an identifier does that matches several records. `all`: it deletes them. `sole`: it fails with `AMBIGUOUS`.
    #[param(nullable = false, inline)]
    r#match: Option<Match>,
}

/// What an identifier that matches nothing is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase", default = "error")]
#[expect(dead_code, reason = "its variants are documentation")]
enum Missing {
    Error,
    Ignore,
}

/// What an identifier that matches several records does.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase", default = "all")]
#[expect(dead_code, reason = "its variants are documentation")]
enum Match {
    All,
    Sole,
}
