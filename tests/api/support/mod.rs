//! What the tests stand on: real applications on databases of their own, callers, and answers that are checked
//! against the OpenAPI document.

mod app;
mod authority;
mod caller;
pub mod citus;
mod cluster;
mod collector;
mod contract;
mod counts;
mod database;
mod database_test;
mod fill;
mod fleet;
mod list;
mod locks;
mod marks;
mod member_order;
mod metrics;
mod mounts;
mod operations;
mod page;
mod pooler;
mod proc;
mod process;
mod provider;
mod raw;
mod relay;
mod tokens;
mod tools;
mod transport;
mod verbatim;
mod wire_form;
mod writes;

use std::{fs::OpenOptions, io::Write};

pub use app::TestApp;
pub use authority::{Authority, ServerPair};
pub use caller::{Caller, TestRequest, TestResponse};
pub use citus::Citus;
pub use cluster::{Cluster, free_port, postgres_tool, shell_as_ordinary_user};
pub use collector::{Collector, attribute, hanging};
pub use contract::{PUBLISHED, assert_valid, document};
pub use counts::assert_counts;
pub use database::{Database, TestDatabase};
pub use database_test::Fixture;
pub(crate) use database_test::database_test;
pub use fill::fill;
pub use fleet::{Fleet, Servers};
pub use list::{TestList, Via, external_person, person};
pub use locks::Blocker;
pub use macro_rules_attribute::apply;
pub use marks::{FIRST_NAME, LAST_NAME};
pub use member_order::{assert_ordered, member_names};
pub use metrics::{Metrics, Series};
pub use mounts::Mount;
pub use operations::{Operation, Things, operations, path_to_nothing, with_required_query};
pub use page::{assert_total, entries, ids, target, without_result};
pub use process::{ServerProcess, Spoken, assert_says, end_of, program, program_after, refusal};
pub use provider::IdentityProvider;
pub use raw::{exchange, flood};
pub use relay::{AtCommit, Relay, redirect};
pub use tokens::{Claims, SECRET, now};
pub use tools::{node_modules, node_tool, python_tool, repository_file, run, run_well};
pub use transport::{AUTHORITY, Transport, Wire};
pub use verbatim::{ask, data_in};
pub use wire_form::has_additions;
pub use writes::{LONG_AGO, age};

/// Says that a test could not run, on standard error and in the file that `RECORD_LISTS_TEST_PASSED_OVER` names; fails
/// where all tests must run.
#[track_caller]
pub fn pass_over(missing: &str) {
    let all_required = std::env::var("RECORD_LISTS_TEST_REQUIRE").is_ok_and(|value| value == "all");
    assert!(
        !all_required,
        "{missing} is missing, and RECORD_LISTS_TEST_REQUIRE=all asks for it"
    );
    note_passed_over(missing);
}

/// Says the same of something that no test can demand, because packages do not bring it.
pub fn note_passed_over(missing: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    let line = format!("passed over: {test}: {missing} is missing\n");
    // Not by a macro: what those print is shown of failed tests alone.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("RECORD_LISTS_TEST_PASSED_OVER") {
        // One write for the line: others write to the file at the same time.
        let file = OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.expect("a file for what is passed over");
    }
}
