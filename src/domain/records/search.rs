//! The search for records by what a field begins with.

use std::{collections::HashMap, sync::LazyLock};

use super::phone_number::PhoneNumber;
use crate::domain::text::Line;

/// A text to search for: 1 to 80 characters.
pub type SearchText = Line<80>;

entity::words! {
    /// A field that is searched.
    pub enum SearchField {
        /// The first name.
        FirstName = "first_name",
        /// The last name.
        LastName = "last_name",
        /// Every phone number.
        PhoneNumber = "phone_number",
        /// The external id.
        ExternalId = "external_id",
    }
}

/// A search: one of the fields begins with the text.
#[derive(Clone, Debug)]
pub struct Search {
    text: SearchText,
    fields: Vec<SearchField>,
}

impl Search {
    /// The search for this text in these fields.
    pub fn new(text: SearchText, fields: Vec<SearchField>) -> Self {
        Self { text, fields }
    }

    /// The fields that are searched.
    pub fn fields(&self) -> &[SearchField] {
        &self.fields
    }

    /// The characters that a field must begin with: each is one of these, which differ only by case.
    pub fn characters(&self) -> Vec<Vec<char>> {
        self.text.as_str().chars().map(in_each_case).collect()
    }

    /// What a stored phone number must begin with; `None` if no number begins with the text.
    pub fn number_prefix(&self) -> Option<String> {
        PhoneNumber::prefix(self.text.as_str())
    }
}

/// The character with all that differ from it only by case.
fn in_each_case(c: char) -> Vec<char> {
    /// All characters that become the same one, by that one; those that have no other are left out.
    static SAME: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
        let mut same: HashMap<char, Vec<char>> = HashMap::new();
        for c in '\0'..=LAST_WITH_CASE {
            same.entry(without_case(c)).or_default().push(c);
        }
        same.retain(|_, all| all.len() > 1);
        same
    });
    SAME.get(&without_case(c)).cloned().unwrap_or_else(|| vec![c])
}

/// No character behind this one has an upper or lower case; a test looks at all of them.
const LAST_WITH_CASE: char = '\u{1e943}';

/// The dotless i, whose upper case is that of another letter.
const DOTLESS_I: char = '\u{131}';

/// The lower case of the upper case, as far as each is one character.
fn without_case(c: char) -> char {
    if c == DOTLESS_I {
        return c;
    }
    let upper = only(c.to_uppercase()).unwrap_or(c);
    only(upper.to_lowercase()).unwrap_or(upper)
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let letter = letters.next()?;
    letters.next().is_none().then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_each_case() {
        for (one, all) in [
            ('a', "Aa"),
            ('A', "Aa"),
            ('k', "Kk\u{212a}"),
            ('é', "Éé"),
            ('Σ', "Σςσ"),
            ('ς', "Σςσ"),
            ('ß', "ßẞ"),
            ('ẞ', "ßẞ"),
            ('ı', "ı"),
            ('İ', "İ"),
            ('i', "Ii"),
            ('я', "Яя"),
            ('\u{1e922}', "\u{1e900}\u{1e922}"),
            ('1', "1"),
            ('*', "*"),
            ('中', "中"),
        ] {
            let found: String = in_each_case(one).into_iter().collect();
            assert_eq!(found, all, "{one}");
        }
    }

    #[test]
    fn nothing_behind_the_last_letter_with_case_has_one() {
        let behind = (LAST_WITH_CASE..=char::MAX).skip(1);
        let changed: Vec<char> = behind.filter(|c| without_case(*c) != *c).collect();
        assert!(changed.is_empty(), "{changed:?}");
    }
}
