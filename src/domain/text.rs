//! Texts of bounded length (docs/contract.md section 1.10). Lengths are in Unicode characters as sent; control
//! characters are not allowed.

use std::fmt;

use thiserror::Error;
use validator::ValidateLength;

/// A text of 1 to `MAX` Unicode characters. `CONTROLS` is the most that it may contain of control characters: [`NONE`],
/// [`BREAKS`] or [`WHITE_SPACE`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text<const MAX: usize, const CONTROLS: u8>(String);

/// No control characters.
pub const NONE: u8 = 0;

/// Tabs and line breaks.
pub const BREAKS: u8 = 1;

/// Everything that Unicode counts as white space.
pub const WHITE_SPACE: u8 = 2;

/// A text without tabs or line breaks.
pub type Line<const MAX: usize> = Text<MAX, NONE>;

/// A text that may contain tabs and line breaks.
pub type Lines<const MAX: usize> = Text<MAX, BREAKS>;

/// Why a text is not valid. The messages do not quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextFault {
    /// It is empty or too long.
    #[error("must have {min} to {max} characters")]
    Length {
        /// The minimum number of characters.
        min: usize,
        /// The maximum number of characters.
        max: usize,
    },
    /// It contains a control character that is not allowed.
    #[error("must not contain control characters")]
    ControlCharacter,
}

impl<const MAX: usize, const CONTROLS: u8> Text<MAX, CONTROLS> {
    /// The minimum number of characters.
    pub const MIN: usize = 1;
    /// The maximum number of characters.
    pub const MAX: usize = MAX;

    /// Checks a text that a client sent.
    pub fn new(text: impl Into<String>) -> Result<Self, TextFault> {
        let text = text.into();
        if !text.validate_length(Some(Self::MIN as u64), Some(MAX as u64), None) {
            return Err(TextFault::Length {
                min: Self::MIN,
                max: MAX,
            });
        }
        let is_allowed = |c: char| match CONTROLS {
            NONE => false,
            BREAKS => is_break(c),
            _ => c.is_whitespace(),
        };
        if text.chars().any(|c| c.is_control() && !is_allowed(c)) {
            return Err(TextFault::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// Wraps a text read from the database; it was checked before it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text with wider bounds.
    pub fn widen<const WIDER: usize, const MORE: u8>(self) -> Text<WIDER, MORE> {
        const { assert!(WIDER >= MAX && MORE >= CONTROLS, "the bounds must not become narrower") };
        Text(self.0)
    }
}

impl<const MAX: usize, const CONTROLS: u8> From<Text<MAX, CONTROLS>> for String {
    fn from(text: Text<MAX, CONTROLS>) -> Self {
        text.0
    }
}

// Most of these texts are personal data.
impl<const MAX: usize, const CONTROLS: u8> fmt::Debug for Text<MAX, CONTROLS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(***)")
    }
}

/// Whether the text contains control characters (Unicode Cc) other than tabs and line breaks.
pub fn has_control_characters_except_breaks(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !is_break(c))
}

fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
}

/// Makes a name that a client chose safe to show in a response: cuts it to 64 characters and replaces control
/// characters with U+FFFD.
pub fn visible(name: &str) -> String {
    visible_up_to(name, 64)
}

/// Makes a text on one line of one that others chose: cuts it to so many characters and replaces control characters
/// with U+FFFD.
pub fn visible_up_to(text: &str, most: usize) -> String {
    text.chars()
        .take(most)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert!(Line::<1>::new("é").is_ok());
        assert!(Line::<2>::new("😀😀").is_ok());
        let fault = TextFault::Length { min: 1, max: 2 };
        for text in ["", "abc", "aaaaaaaaa"] {
            assert_eq!(Line::<2>::new(text), Err(fault), "{text}");
        }
        assert_eq!(fault.to_string(), "must have 1 to 2 characters");
    }

    #[test]
    fn a_name_that_a_client_chose_becomes_harmless() {
        assert_eq!(visible("a\0b"), "a\u{fffd}b");
        assert_eq!(visible(&"é".repeat(65)), "é".repeat(64));
    }

    #[test]
    fn tab_and_breaks_are_control_characters_that_some_texts_may_contain() {
        let breaks = "a\tb\r\n";
        assert_eq!(Line::<9>::new(breaks), Err(TextFault::ControlCharacter));
        assert_eq!(Lines::<9>::new(breaks).as_ref().map(Text::as_str), Ok(breaks));
        for text in ["\0", "a\u{7f}", "\u{85}"] {
            assert_eq!(Line::<9>::new(text), Err(TextFault::ControlCharacter));
            assert_eq!(Lines::<9>::new(text), Err(TextFault::ControlCharacter));
        }
    }

    #[test]
    fn white_space_may_be_a_control_character() {
        let text = "a\u{b}\u{85}\t\r\n";
        assert!(Text::<9, WHITE_SPACE>::new(text).is_ok());
        for text in ["a\0", "a\u{1f}", "a\u{7f}"] {
            assert_eq!(Text::<9, WHITE_SPACE>::new(text), Err(TextFault::ControlCharacter));
        }
    }

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let text = Line::<9>::new("marked").unwrap();
        assert!(!format!("{text:?}").contains("marked"));
        assert_eq!(text.widen::<10, BREAKS>().as_str(), "marked");
    }
}
