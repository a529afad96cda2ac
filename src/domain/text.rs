//! What text is well formed (api.md section 1, "text"): lengths count Unicode characters as sent, control
//! characters are faults.

/// Whether the text has `min..=max` Unicode characters.
pub fn has_length(text: &str, min: usize, max: usize) -> bool {
    // A character has one to four bytes, so that most texts are decided without counting.
    let bytes = text.len();
    if bytes < min || bytes > max.saturating_mul(4) {
        return false;
    }
    (min..=max).contains(&text.chars().count())
}

/// Whether the text holds U+0000 or any other control character (Unicode Cc).
pub fn has_control_characters(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Like [`has_control_characters`], for names and free data, where tabs and line breaks are allowed.
pub fn has_control_characters_except_breaks(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// A name that a client made up, fit for an answer: at most 64 characters, none of them a control character.
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
        assert!(has_length("é", 1, 1));
        assert!(has_length("😀😀", 1, 2));
        assert!(!has_length("", 1, 2));
        assert!(!has_length("abc", 1, 2));
        assert!(!has_length("aaaaaaaaa", 1, 2));
    }

    #[test]
    fn a_made_up_name_becomes_harmless() {
        assert_eq!(visible("a\0b"), "a\u{fffd}b");
        assert_eq!(visible(&"é".repeat(65)), "é".repeat(64));
    }

    #[test]
    fn tab_and_breaks_are_control_characters_that_names_may_hold() {
        assert!(has_control_characters("a\tb"));
        assert!(!has_control_characters_except_breaks("a\tb\r\n"));
        for text in ["\0", "a\u{7f}", "\u{85}"] {
            assert!(has_control_characters(text));
            assert!(has_control_characters_except_breaks(text));
        }
    }
}
