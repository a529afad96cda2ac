//! What identifies people in the tests, and must not be found where it does not belong.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex},
};

use uuid::Uuid;

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
        let mut places = text.match_indices(mark).map(|(place, _)| place);
        if let Some(place) = places.find(|place| !is_in_an_id(text, *place)) {
            let line = text[..place].rfind('\n').map_or(0, |end| end + 1);
            let rest = &text[line..];
            let line = rest.lines().next().unwrap_or_default();
            panic!("{mark:?} is in: {line}");
        }
    }
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let mut ids = words.filter(|word| matches!(word.len(), 32 | 36));
    let known = RECORD_IDS.lock().expect("no panic");
    let found = ids.find(|id| known.contains(&id.replace('-', "").to_lowercase()));
    // A panic would take it from all other tests.
    drop(known);
    assert_eq!(found, None, "the id of a record is in the log");
}

/// Whether the place lies in a UUID: in a hundred thousand of them some digits are those of a phone number by chance.
fn is_in_an_id(text: &str, place: usize) -> bool {
    let is_of_an_id = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let (before, behind) = text.as_bytes().split_at(place);
    let start = before.iter().rposition(|byte| !is_of_an_id(byte));
    let end = behind.iter().position(|byte| !is_of_an_id(byte));
    let word = start.map_or(0, |last| last + 1)..end.map_or(text.len(), |first| place + first);
    Uuid::try_parse_ascii(&text.as_bytes()[word]).is_ok()
}

#[test]
fn a_number_is_found_unless_it_is_a_part_of_an_id() {
    assert_tells_of_nobody("id=019c4155-0000-7000-8000-014155551016 done");
    for text in ["+14155550101", "id=x 14155550101", "{\"14155550101\"}"] {
        let found = std::panic::catch_unwind(|| assert_tells_of_nobody(text));
        assert!(found.is_err(), "{text}");
    }
}
