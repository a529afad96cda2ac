//! A test that cannot run here is not lost among those that did.

use std::process::Command;

use crate::support::{repository_file, run_well};

#[test]
fn what_is_passed_over_is_counted_with_its_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("passed-over");
    let told = || run_well(Command::new(repository_file("tests/tools/passed-over")).arg(&file));
    assert_eq!(told(), "No test was passed over.\n");
    let missing = [
        "command_line::the_printed_curl_command_works_when_pasted",
        "database_files::a_failed_disk_does_not_take_later_deletions_with_it::database_1_Sqlite",
        "documents::every_command_in_the_documents_works",
    ];
    let mut tests = Command::new(std::env::current_exe().expect("this program"));
    let tests = tests
        .arg("--exact")
        .args(missing)
        .env("RECORD_LISTS_TEST_PASSED_OVER", &file)
        .env_remove("RECORD_LISTS_TEST_REQUIRE")
        // No program is found.
        .env("PATH", folder.path());
    // A test that runs twice is counted once.
    for _ in 0..2 {
        run_well(tests);
    }
    let lines: Vec<_> = told().lines().map(|line| line.trim().to_owned()).collect();
    assert_eq!(
        lines,
        ["3 tests were passed over:", "4 curl is missing", "2 prlimit is missing"]
    );
}
