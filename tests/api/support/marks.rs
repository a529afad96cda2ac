//! What identifies people in the tests, and must not be found where it does not belong.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex},
};

use super::SECRET;

/// The names of [`super::person`].
pub const FIRST_NAME: &str = "Adamarked";
pub const LAST_NAME: &str = "Lovelacemarked";

/// Parts of names, numbers, external ids, tokens and secrets that tests use.
const MARKS: &[&str] = &[
    "marked",
    "1415555",
    "1416555",
    "415 555",
    "20794609",
    "person-",
    "003DL0000212",
    "eyJ",
    "Bearer ",
    SECRET,
];

/// The ids of all records that tests have made, without hyphens.
static RECORD_IDS: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Remembers the ids of records, for the logs that come.
pub fn note_record_ids(ids: &[String]) {
    let mut known = RECORD_IDS.lock().expect("no panic");
    known.extend(ids.iter().map(|id| id.replace('-', "")));
}

/// Fails if a log or a panic's message shows any of it.
#[track_caller]
pub fn assert_tells_of_nobody(text: &str) {
    for mark in MARKS {
        if let Some(place) = text.find(mark) {
            let line = text[..place].rfind('\n').map_or(0, |end| end + 1);
            let rest = &text[line..];
            let line = rest.lines().next().unwrap_or_default();
            panic!("{mark:?} is in: {line}");
        }
    }
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let ids = words.filter(|word| matches!(word.len(), 32 | 36));
    let known = RECORD_IDS.lock().expect("no panic");
    for id in ids {
        let simple = id.replace('-', "").to_lowercase();
        assert!(!known.contains(&simple), "the record id {id} is in the log");
    }
}
