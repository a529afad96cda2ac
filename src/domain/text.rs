//! Texts of bounded length (docs/contract.md section 1.10). Lengths are in Unicode characters as sent; control
//! characters are not allowed.

use std::fmt;

use thiserror::Error;
use validator::ValidateLength;

/// A text of 1 to `MAX` Unicode characters without control characters. If `BREAKS` is true, tabs and line breaks are
/// allowed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text<const MAX: usize, const BREAKS: bool>(String);

/// A text without tabs or line breaks.
pub type Line<const MAX: usize> = Text<MAX, false>;

/// A text that may contain tabs and line breaks.
pub type Lines<const MAX: usize> = Text<MAX, true>;

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

impl<const MAX: usize, const BREAKS: bool> Text<MAX, BREAKS> {
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
        let is_faulty = if BREAKS {
            has_control_characters_except_breaks
        } else {
            has_control_characters
        };
        if is_faulty(&text) {
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

    /// The same text with a higher maximum length.
    pub fn widen<const WIDER: usize>(self) -> Text<WIDER, BREAKS> {
        const { assert!(WIDER >= MAX, "the bounds must not become narrower") };
        Text(self.0)
    }
}

impl<const MAX: usize, const BREAKS: bool> From<Text<MAX, BREAKS>> for String {
    fn from(text: Text<MAX, BREAKS>) -> Self {
        text.0
    }
}

// Most of these texts are personal data.
impl<const MAX: usize, const BREAKS: bool> fmt::Debug for Text<MAX, BREAKS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(***)")
    }
}

/// Whether the text contains U+0000 or any other control character (Unicode Cc).
pub fn has_control_characters(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Like [`has_control_characters`], but allows tabs and line breaks.
pub fn has_control_characters_except_breaks(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Makes a name that a client chose safe to show in a response: cuts it to 64 characters and replaces control
/// characters with U+FFFD.
pub fn visible(name: &str) -> String {
    name.chars()
        .take(64)
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
    fn debug_shows_nothing_of_the_text() {
        let text = Line::<9>::new("marked").unwrap();
        assert!(!format!("{text:?}").contains("marked"));
        assert_eq!(text.widen::<10>().as_str(), "marked");
    }
}
