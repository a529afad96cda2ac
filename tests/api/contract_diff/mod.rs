//! The contract against the one of the last release: a change that breaks clients must be named in CHANGELOG.md.

mod breaking;
mod schema;

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

use self::breaking::{Change, changes};
use crate::support::{document, pass_over};

/// The last release's version and document; `None` where nothing is released, or this is no clone.
fn released() -> Option<(String, Value)> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then_some(text)
    };
    let tag = git(&["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"])?;
    let text = git(&["show", &format!("{}:openapi/openapi.json", tag.trim())])?;
    let document = serde_json::from_str(&text).expect("a released document is JSON");
    Some((tag.trim().trim_start_matches('v').to_owned(), document))
}

/// The changes since this version: those that are not released yet, and those of a release whose tag is still to come.
fn changes_since<'c>(version: &str, changelog: &'c str) -> &'c str {
    let heading = format!("\n## [{version}]");
    changelog.split(&heading).next().unwrap_or_default()
}

/// The operations with breaking changes that no item names: one with the word "Breaking" and the operation's id.
fn unnamed(changes: &[Change], new_items: &str) -> BTreeSet<String> {
    let items: Vec<&str> = new_items
        .split("\n- ")
        .filter(|item| item.contains("Breaking"))
        .collect();
    let is_named = |operation: &str| {
        let quoted = format!("`{operation}`");
        items.iter().any(|item| item.contains(&quoted))
    };
    let unnamed = changes.iter().filter(|change| !is_named(&change.operation));
    unnamed
        .map(|change| format!("{}: {}", change.operation, change.what))
        .collect()
}

#[test]
fn what_breaks_clients_of_the_last_release_is_named() {
    if Command::new("git").arg("--version").output().is_err() {
        return pass_over("git");
    }
    let Some((version, released)) = released() else {
        return eprintln!("nothing is released yet");
    };
    let changelog = Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md");
    let changelog = std::fs::read_to_string(changelog).expect("CHANGELOG.md");
    let unnamed = unnamed(
        &changes(&released, document()),
        changes_since(&version, &changelog),
    );
    assert!(
        unnamed.is_empty(),
        "these break clients, and CHANGELOG.md has no `Breaking` item with the operation's id: {unnamed:#?}"
    );
}

#[test]
fn a_change_counts_as_named_in_its_own_item_alone() {
    let change = |operation: &str| Change {
        operation: operation.to_owned(),
        what: "is gone".to_owned(),
    };
    let changes = [change("list_records")];
    let unnamed = |changelog| unnamed(&changes, changes_since("1.0.0", changelog));
    for named in [
        "## [Unreleased]\n\n### Changed\n\n- Breaking: `list_records` is gone.\n\n## [1.0.0]\n",
        "## [Unreleased]\n\n## [1.1.0]\n\n- Breaking: `list_records` is gone.\n\n## [1.0.0]\n",
    ] {
        assert!(unnamed(named).is_empty(), "{named}");
    }
    for other in [
        "",
        "## [Unreleased]\n\n- `list_records` is gone.\n",
        "## [Unreleased]\n\n- Breaking: `get_record_list` is gone.\n- `list_records` is faster.\n",
        "## [Unreleased]\n\n## [1.0.0]\n\n- Breaking: `list_records` is gone.\n",
    ] {
        assert_eq!(unnamed(other).len(), 1, "{other}");
    }
}
