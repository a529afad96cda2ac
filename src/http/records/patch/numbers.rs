//! The main number of a patched record, which is the first of its numbers: what changes one changes the other.

use super::document::{PHONE_NUMBER, PHONE_NUMBERS};
use crate::domain::{PhoneNumber, json::Tree};

/// Brings the other one up to date after an operation on this member, so that the next operation finds both as they are.
/// Values that are no numbers are found when the record is read back.
pub fn keep_in_step(document: &mut Tree, member: &str) {
    match member {
        PHONE_NUMBERS => {
            let main = document.member(PHONE_NUMBERS).and_then(Tree::first);
            if let Some(main) = main.and_then(|line| line.member(PHONE_NUMBER)).cloned() {
                document.set_member(PHONE_NUMBER, main);
            }
        }
        PHONE_NUMBER => {
            if let Some(main) = document.member(PHONE_NUMBER).cloned()
                && let Some(Tree::Array(lines)) = document.member_mut(PHONE_NUMBERS)
            {
                set_main(lines, main);
            }
        }
        _ => {}
    }
}

/// Whether earlier operations have removed all numbers.
pub fn are_missing(document: &Tree) -> bool {
    document
        .member(PHONE_NUMBERS)
        .is_some_and(|numbers| numbers.first().is_none())
}

/// Moves the number to the front if it is one of them, and otherwise puts it in the place of the first.
fn set_main(lines: &mut [Tree], main: Tree) {
    let sought = number(&main);
    let place = lines.iter().position(|line| {
        let number = line.member(PHONE_NUMBER).and_then(number);
        number.is_some() && number == sought
    });
    match place {
        Some(place) => lines[..=place].rotate_right(1),
        None => {
            if let Some(first) = lines.first_mut() {
                first.set_member(PHONE_NUMBER, main);
            }
        }
    }
}

fn number(value: &Tree) -> Option<PhoneNumber> {
    PhoneNumber::normalise(&value.text()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_number_is_the_first() {
        let two = r#"[{"phone_number":"+101"},{"phone_number":"+102"}]"#;
        for (main, numbers, member, expected) in [
            (
                "\"+103\"",
                two,
                PHONE_NUMBER,
                ("\"+103\"", r#"[{"phone_number":"+103"},{"phone_number":"+102"}]"#),
            ),
            (
                "\"+1 02\"",
                two,
                PHONE_NUMBER,
                ("\"+1 02\"", r#"[{"phone_number":"+102"},{"phone_number":"+101"}]"#),
            ),
            ("\"+103\"", two, PHONE_NUMBERS, ("\"+101\"", two)),
            (
                "5",
                two,
                PHONE_NUMBER,
                ("5", r#"[{"phone_number":5},{"phone_number":"+102"}]"#),
            ),
            ("\"+103\"", "[]", PHONE_NUMBER, ("\"+103\"", "[]")),
            ("\"+103\"", "7", PHONE_NUMBERS, ("\"+103\"", "7")),
        ] {
            let document = format!(r#"{{"phone_number":{main},"phone_numbers":{numbers}}}"#);
            let mut document = Tree::parse(&document).unwrap();
            keep_in_step(&mut document, member);
            let text = |name| document.member(name).map(Tree::to_text).unwrap_or_default();
            assert_eq!((&*text(PHONE_NUMBER), &*text(PHONE_NUMBERS)), expected);
        }
    }
}
