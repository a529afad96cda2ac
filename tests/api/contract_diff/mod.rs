//! The document against openapi/released.json: a change that breaks clients must be named in CHANGELOG.md.

mod breaking;
mod operation;
mod schema;

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use self::{
    breaking::{Change, changes},
    schema::Fault,
};
use crate::support::document;

/// The document that clients may rely on, and its version: that of the last release, or of the first one that is prepared.
fn released() -> (String, Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/released.json");
    let text = std::fs::read_to_string(path).expect("openapi/released.json");
    let document: Value = serde_json::from_str(&text).expect("a released document is JSON");
    let version = document["info"]["version"].as_str().expect("a version").to_owned();
    (version, document)
}

/// The changes since this version: those that are not released yet, and those of a release whose tag is still to come.
fn changes_since<'c>(version: &str, changelog: &'c str) -> &'c str {
    let heading = format!("\n## [{version}]");
    changelog.split(&heading).next().unwrap_or_default()
}

/// The breaking changes that no item names.
fn unnamed(changes: &[Change], new_items: &str) -> BTreeSet<String> {
    let items = breaking_items(new_items);
    let unnamed = changes
        .iter()
        .filter(|change| !items.iter().any(|item| names(item, change)));
    unnamed
        .map(|change| format!("{}: {}", change.operation, change.fault.what))
        .collect()
}

/// The items that start with "Breaking:", bold or not, each up to the next heading.
fn breaking_items(changelog: &str) -> Vec<&str> {
    let starts = ["Breaking:", "**Breaking:**", "**Breaking**:"];
    changelog
        .split("\n- ")
        .filter_map(|item| item.split("\n#").next())
        .filter(|item| starts.iter().any(|start| item.starts_with(*start)))
        .collect()
}

/// Whether the item holds the operation's id and, if the change is about a member, parameter or header, its name.
fn names(item: &str, change: &Change) -> bool {
    let name = change.fault.name.as_deref();
    item.contains(&format!("`{}`", change.operation)) && name.is_none_or(|name| holds_word(item, name))
}

/// Whether the text holds the name as a word: `page` is none in `per_page` or `home-page`.
fn holds_word(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        !before.into_iter().chain(after).any(is_part)
    })
}

#[test]
fn what_breaks_clients_of_the_last_release_is_named() {
    let (version, released) = released();
    let changelog = Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md");
    let changelog = std::fs::read_to_string(changelog).expect("CHANGELOG.md");
    let unnamed = unnamed(&changes(&released, document()), changes_since(&version, &changelog));
    assert!(
        unnamed.is_empty(),
        "these break clients, and CHANGELOG.md has no item that starts with `Breaking:` and holds the operation's id \
         in backquotes and the name of the member, parameter or header: {unnamed:#?}"
    );
}

/// That something is gone from an operation.
fn gone(operation: &str, name: Option<&str>) -> Change {
    Change {
        operation: operation.to_owned(),
        fault: Fault {
            name: name.map(str::to_owned),
            what: "is gone".to_owned(),
        },
    }
}

#[test]
fn a_change_counts_as_named_in_its_own_item_alone() {
    let changes = [gone("list_records", None)];
    let unnamed = |changelog| unnamed(&changes, changes_since("1.0.0", changelog));
    for named in [
        "## [Unreleased]\n\n### Changed\n\n- Breaking: `list_records` is gone.\n\n## [1.0.0]\n",
        "## [Unreleased]\n\n## [1.1.0]\n\n- Breaking: `list_records` is gone.\n\n## [1.0.0]\n",
        "## [Unreleased]\n\n- **Breaking:** `list_records` is gone.\n",
        "## [Unreleased]\n\n- **Breaking**: `list_records` is gone.\n",
    ] {
        assert!(unnamed(named).is_empty(), "{named}");
    }
    for other in [
        "",
        "## [Unreleased]\n\n- `list_records` is gone.\n",
        "## [Unreleased]\n\n- Breaking: `get_record_list` is gone.\n- `list_records` is faster.\n",
        "## [Unreleased]\n\n## [1.0.0]\n\n- Breaking: `list_records` is gone.\n",
        "## [Unreleased]\n\n- Non-Breaking: `list_records` is faster.\n",
        "## [Unreleased]\n\n- `list_records` is faster. Breaking: nothing.\n",
        "## [Unreleased]\n\n- Breaking changes of `list_records`: none.\n",
        "## [Unreleased]\n\n- Breaking: `get_record_list` is gone.\n\n### About `list_records`\n",
    ] {
        assert_eq!(unnamed(other).len(), 1, "{other}");
    }
}

#[test]
fn a_change_of_a_member_counts_as_named_where_its_name_is_a_word() {
    let changes = [gone("list_records", Some("page"))];
    let unnamed = |item: &str| unnamed(&changes, &format!("## [Unreleased]\n\n- {item}\n"));
    for named in [
        "Breaking: `list_records` has no `page` any more.",
        "Breaking: `list_records` has no page.",
        "Breaking: `list_records` has no `per_page` and no `_links.page[]`.",
    ] {
        assert!(unnamed(named).is_empty(), "{named}");
    }
    for other in [
        "Breaking: `list_records` is other.",
        "Breaking: `list_records` has no `per_page` and no `page-size`.",
        "Breaking: `list_records` has fewer pages.",
        "Breaking: `list_deletions` has no `page` any more.",
        "Breaking: `list_records` is other.\n- Breaking: `list_deletions` has no `page`.",
    ] {
        assert_eq!(unnamed(other).len(), 1, "{other}");
    }
}
