//! `record-lists config`: a configuration file without secrets, made from settings that a server would start with.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

use tempfile::tempdir;
use toml::Table;

use super::printed;
use crate::support::{SECRET, assert_says, program, refusal, run_well};

/// The values alone.
fn values(report: &str) -> Table {
    report.parse().unwrap_or_else(|error| panic!("{error}: {report}"))
}

/// What the program says when its output is its configuration file.
fn again(folder: &Path, report: &str) -> String {
    fs::write(folder.join("again.toml"), report).expect("a file");
    printed(folder, &["config", "--config", "again.toml"])
}

#[test]
fn the_output_is_a_configuration_file_with_the_same_values() {
    let folder = tempdir().expect("a folder");
    let odd = "a \"b\" \\ 'c' # d\t\u{7f}\u{1b}\n\"\"\" \u{e9}\u{1f600}";
    for arguments in [
        &[][..],
        &["--jwt-audience", odd, "--jwt-account-claim", odd, "--jwks", odd],
        &[
            "--jwt-issuer",
            "a,b",
            "--demo",
            "--queue-length",
            "007",
            "--no-docs=off",
        ],
        &[
            "--log",
            "info,record_lists=debug",
            "--log-format",
            "json",
            "--wire-format",
            "published",
        ],
        &[
            "--bind",
            "[::1]:8080",
            "--trusted-proxies",
            "192.0.2.7",
            "--deletions-retention",
            "1year",
        ],
        &[
            "--database-url",
            "postgres://u@h/db?options[search_path]=a&sslmode=require",
        ],
    ] {
        let report = printed(folder.path(), &[&["config"], arguments].concat());
        let line_of_each = report
            .lines()
            .filter(|line| line.contains("  #") || line.ends_with("  (not set)"));
        assert!(line_of_each.count() > 40, "{report}");
        let again = again(folder.path(), &report);
        assert_eq!(values(&again), values(&report), "{arguments:?}");
        assert!(
            again.contains("  # file again.toml\n") && !again.contains("  # default\n"),
            "{again}"
        );
    }
    let report = printed(
        folder.path(),
        &["config", "--jwt-audience", odd, "--queue-length", "007", "--demo"],
    );
    let values = values(&report);
    assert_eq!(values["jwt_audience"].as_str(), Some(odd));
    assert_eq!(values["queue_length"].as_integer(), Some(7));
    assert_eq!(values["demo"].as_bool(), Some(true));
}

#[test]
fn the_words_of_a_variable_become_true_and_false() {
    let folder = tempdir().expect("a folder");
    for (word, expected) in [("yes", true), ("1", true), ("off", false), ("", false)] {
        let report = run_well(program(folder.path()).arg("config").env("RECORD_LISTS_DEMO", word));
        assert_says(
            &report,
            &[&format!("\ndemo = {expected}  # variable RECORD_LISTS_DEMO\n")],
        );
    }
}

#[test]
fn secrets_are_masked_wherever_they_come_from() {
    let folder = tempdir().expect("a folder");
    for (key, secret, shown) in [
        ("database_url", "postgres://u:marked@h/db", "postgres://u:***@h/db"),
        (
            "database_url",
            "postgres://h/db?user=u&password=marked",
            "postgres://h/db?user=u&password=***",
        ),
        ("database_url", "postgres://u:12/marked@h/db", "postgres://***"),
        (
            "jwks_url",
            "https://id.example.com/keys?code=marked",
            "https://id.example.com/keys?***",
        ),
        (
            "jwt_audience",
            "https://u:marked@id.example.com",
            "https://***@id.example.com/",
        ),
    ] {
        let file = folder.path().join("settings.toml");
        fs::write(&file, format!("{key} = \"{secret}\"\n")).expect("a file");
        let flag = format!("--{}={secret}", key.replace('_', "-"));
        let variable = format!("RECORD_LISTS_{}", key.to_uppercase());
        let by_flag = run_well(program(folder.path()).args(["config", &flag]));
        let by_variable = run_well(program(folder.path()).arg("config").env(variable, secret));
        let by_file = printed(folder.path(), &["config", "--config", "settings.toml"]);
        for report in [by_flag, by_variable, by_file] {
            assert_says(
                &report,
                &[
                    &format!("\n{key} = \"{shown}\"  # "),
                    "; what may be secret is not shown\n",
                ],
            );
            assert!(!report.contains("marked"), "{report}");
            assert_eq!(values(&again(folder.path(), &report)), values(&report), "{secret}");
        }
    }
    let report = run_well(
        program(folder.path())
            .arg("config")
            .env("RECORD_LISTS_JWT_SECRET", SECRET),
    );
    assert_says(
        &report,
        &["\n# The variable RECORD_LISTS_JWT_SECRET is set; its value is not shown.\n"],
    );
    assert!(!report.contains(SECRET));
}

#[test]
fn what_a_file_cannot_have_is_said_in_a_comment() {
    let folder = tempdir().expect("a folder");
    let report = run_well(
        program(folder.path())
            .args(["config", "--jwks"])
            .arg(OsStr::from_bytes(b"a\xff")),
    );
    assert_says(
        &report,
        &["\n# jwks =  (not Unicode, which no file can have)  # --jwks\n"],
    );
    let odd = "a\nqueue_length = 1.toml";
    fs::write(folder.path().join(odd), "lanes = 3\n").expect("a file");
    let report = printed(folder.path(), &["config", "--config", odd]);
    assert_says(
        &report,
        &[
            "# config = \"a\\nqueue_length = 1.toml\"  # --config\n",
            "\nlanes = 3  # file a\u{fffd}queue",
        ],
    );
    assert_eq!(values(&report)["queue_length"].as_integer(), Some(512));
}

#[test]
fn settings_that_a_server_refuses_are_refused_and_nothing_is_created() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    for (text, arguments, told) in [
        (
            "lane = 1",
            &["--config", "settings.toml"][..],
            "the key lane is unknown, lanes may be meant",
        ),
        (
            "lanes = \"marked\"",
            &["--config", "settings.toml"],
            "lanes must be a whole number",
        ),
        ("", &["--config", "missing.toml"], "missing.toml cannot be read"),
        ("", &["--queue-length", "0"], "--queue-length must be"),
        ("", &["--jwt-audience", ""], "--jwt-audience is empty"),
        (
            "",
            &["--database-url", "marked://h/db"],
            "the database URL must start with",
        ),
        ("", &["--bind", "0.0.0.0:8080"], "no key is configured"),
        ("", &["--bind", "no-such-host.invalid:80"], "cannot be looked up"),
        (
            "jwt_required_scope = []",
            &["--config", "settings.toml"],
            "--jwt-required-scope must name a scope",
        ),
        (
            "jwt_scope_claims = []",
            &["--config", "settings.toml"],
            "--jwt-scope-claims must name a claim",
        ),
        (
            "",
            &["--jwt-required-scope", "a b"],
            "--jwt-required-scope must name scopes",
        ),
    ] {
        fs::write(&file, text).expect("a file");
        let message = refusal(program(folder.path()).arg("config").args(arguments));
        assert_says(&message, &[told]);
    }
    let message = refusal(program(folder.path()).arg("config").env("RECORD_LISTS_BIDN", "marked"));
    assert_says(&message, &["RECORD_LISTS_BIDN", "RECORD_LISTS_BIND"]);
    let message = refusal(program(folder.path()).arg("config").env("RECORD_LISTS_JWT_SECRET", ""));
    assert_says(&message, &["RECORD_LISTS_JWT_SECRET is empty"]);
    // An open address is fine with a key, which need not be there.
    let report = printed(
        folder.path(),
        &["config", "--bind", "0.0.0.0:8080", "--jwks", "missing.json"],
    );
    assert_says(
        &report,
        &[
            "bind = \"0.0.0.0:8080\"  # --bind\n",
            "jwks = \"missing.json\"  # --jwks\n",
        ],
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
