//! `record-lists man`

use std::{collections::BTreeSet, fs};

use tempfile::tempdir;

use super::{printed, subcommands};
use crate::support::{assert_says, program, refusal, run_well};

#[test]
fn a_page_for_the_program_and_each_subcommand_is_written() {
    let folder = tempdir().expect("a folder");
    let pages = folder.path().join("new/man1");
    let told = printed(folder.path(), &["man", "--directory", "new/man1"]);
    assert_eq!(told, "");
    let written: BTreeSet<String> = fs::read_dir(&pages)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a text"))
        .collect();
    let page = |path: &str| format!("record-lists-{}.1", path.replace(' ', "-"));
    let mut expected: BTreeSet<String> = subcommands().iter().map(|path| page(path)).collect();
    expected.insert("record-lists.1".to_owned());
    assert_eq!(written, expected);
    let read = |name: &str| fs::read_to_string(pages.join(name)).expect("a page");
    for path in subcommands() {
        let text = read(&page(&path));
        assert!(
            text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"),
            "{path}: {text}"
        );
    }
    // A page has the settings that its subcommand uses.
    let of_health = read("record-lists-health.1");
    assert_says(&of_health, &["RECORD_LISTS_BIND", r"\-\-url"]);
    assert!(!of_health.contains("LANES"), "{of_health}");
    assert_eq!(read("record-lists.1"), printed(folder.path(), &["man"]));
    // Pages of an earlier version are replaced.
    fs::write(pages.join("record-lists.1"), "old").expect("a file");
    printed(folder.path(), &["man", "--directory", "new/man1"]);
    assert_eq!(read("record-lists.1"), printed(folder.path(), &["man"]));
}

#[test]
fn the_page_of_the_program_names_every_subcommand_and_no_value_of_a_variable() {
    let folder = tempdir().expect("a folder");
    let mut command = program(folder.path());
    let page = run_well(command.arg("man").env("RECORD_LISTS_JWT_AUDIENCE", "marked"));
    let of_program = subcommands().into_iter().filter(|path| !path.contains(' '));
    for path in of_program {
        assert!(
            page.contains(&format!(r"record\-lists\-{}(1)", path.replace('-', r"\-"))),
            "{path}: {page}"
        );
    }
    assert_says(
        &page,
        &[r"\-\-jwt\-audience", "RECORD_LISTS_JWT_AUDIENCE", ".SH SERVER"],
    );
    assert!(!page.contains("marked"));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "").expect("a file");
    let message = refusal(program(folder.path()).args(["man", "--directory", "file"]));
    assert_says(&message, &["the pages cannot be written into file: "]);
}
