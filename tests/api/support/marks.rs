//! What identifies people in the tests, and must not be found where it does not belong.

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

/// Fails if a log, a metric or a panic's message shows any of it.
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
}
