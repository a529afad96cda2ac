//! Phone numbers: the many spellings that people and spreadsheets produce, reduced to one (docs/contract.md section 2).
//!
//! The same rule applies when records are created, deleted and filtered, so a number is found however it was typed.
//! Nothing is guessed: a number without `+` is not completed, because the result could be someone else's number.

use entity::hide_values;
use thiserror::Error;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::domain::text::{Text, WHITE_SPACE};

/// A phone number as sent, in any spelling.
pub type SentPhoneNumber = Text<64, WHITE_SPACE>;

/// A phone number in international format: `+`, then 2 to 15 ASCII digits, the first of which is not 0.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

/// Why a text is not a phone number. The messages do not quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum PhoneNumberFault {
    /// Digits without a plus, so the country is unknown.
    #[error("the number does not start with +; send it in international format, for example +442079460958")]
    NoPlus,
    /// Digits that start with `00`, which is the international prefix in some countries and something else in others.
    #[error("the number starts with 00; send it in international format, for example +442079460958")]
    LeadingZeros,
    /// What a spreadsheet turns a long number into: `4.41E+11`, `14155550132.0`.
    #[error(
        "a spreadsheet seems to have converted the number to a decimal, and digits may be lost; send it as text, for example \
             +442079460958"
    )]
    Spreadsheet,
    /// Letters, extensions, pauses, or too few or too many digits.
    #[error("not a phone number in international format: + and 2 to 15 digits, the first of which is not 0")]
    NotANumber,
}

hide_values!(PhoneNumber);

impl PhoneNumber {
    /// Converts a number to the one spelling that is stored and compared.
    ///
    /// Removes white space, format characters, variation selectors, dashes, brackets, dots, any `(0)` group, and `tel:` in
    /// front of the plus; converts decimal digits of any script and the full-width plus to ASCII.
    pub fn normalise(sent: &str) -> Result<Self, PhoneNumberFault> {
        let written = undecorated(sent);
        if is_spreadsheet_decimal(&written) {
            return Err(PhoneNumberFault::Spreadsheet);
        }
        let number = without_separators(&written);
        match number.strip_prefix('+') {
            Some(digits) if is_international(digits) => Ok(Self(number)),
            Some(_) => Err(PhoneNumberFault::NotANumber),
            None if !is_digits(&number) => Err(PhoneNumberFault::NotANumber),
            None if number.starts_with("00") => Err(PhoneNumberFault::LeadingZeros),
            None => Err(PhoneNumberFault::NoPlus),
        }
    }

    /// What a stored number begins with, if it begins with this text, which may lack the plus; `None` if none does.
    pub fn prefix(sent: &str) -> Option<String> {
        let begun = without_separators(&undecorated(sent));
        let digits = begun.strip_prefix('+').unwrap_or(&begun);
        let is_begun = !begun.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_begun.then(|| format!("+{digits}"))
    }

    /// Wraps a number read from the database; it was normalised before it was stored.
    pub fn from_stored(number: String) -> Self {
        Self(number)
    }

    /// The number in its normalised spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

/// What is left without the characters that only format a number, in ASCII as far as possible.
fn undecorated(sent: &str) -> String {
    let written: String = sent.chars().filter(|c| !is_decoration(*c)).map(to_ascii).collect();
    without_scheme(&written).replace("(0)", "")
}

fn without_separators(written: &str) -> String {
    written.chars().filter(|c| !is_bracket(*c) && *c != '.').collect()
}

fn is_bracket(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | '{' | '}')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_international(digits: &str) -> bool {
    (2..=15).contains(&digits.len()) && is_digits(digits) && !digits.starts_with('0')
}

/// Whether a character only formats a number and has no meaning.
fn is_decoration(c: char) -> bool {
    // Nearly every character is one of these; only the others need the Unicode tables.
    if c.is_ascii_digit() || c == '+' {
        return false;
    }
    c.is_whitespace()
        || c == '\u{2212}'
        || is_variation_selector(c)
        || matches!(
            c.general_category(),
            GeneralCategory::Format | GeneralCategory::DashPunctuation
        )
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Converts digits of any script and the full-width plus, brackets and full stop to ASCII; leaves anything else as is.
fn to_ascii(c: char) -> char {
    match c {
        '\u{FF0B}' => '+',
        '\u{FF0E}' | '\u{B7}' | '\u{2022}' => '.',
        '\u{FF08}' => '(',
        '\u{FF09}' => ')',
        '\u{FF3B}' => '[',
        '\u{FF3D}' => ']',
        '\u{FF5B}' => '{',
        '\u{FF5D}' => '}',
        _ if c.is_ascii() => c,
        _ => digit_value(c).map_or(c, |value| char::from(b'0' + value)),
    }
}

/// The value of a decimal digit of any script.
///
/// Unicode keeps the ten digits of a script together and in order, so the distance from the start of a run of digits
/// gives the value. Adjacent runs meet at multiples of ten.
fn digit_value(c: char) -> Option<u8> {
    let is_digit =
        |code: u32| char::from_u32(code).is_some_and(|c| c.general_category() == GeneralCategory::DecimalNumber);
    let code = u32::from(c);
    if !is_digit(code) {
        return None;
    }
    let before = (0..code).rev().take_while(|code| is_digit(*code)).count();
    u8::try_from(before % 10).ok()
}

/// A number without the scheme of a `tel:` link.
fn without_scheme(written: &str) -> &str {
    match written.split_at_checked(4) {
        Some((scheme, number)) if scheme.eq_ignore_ascii_case("tel:") && number.starts_with('+') => number,
        _ => written,
    }
}

/// Whether this is a number that a spreadsheet cell has converted, such as `14155550132.0` or `1.5551E+10`.
fn is_spreadsheet_decimal(written: &str) -> bool {
    if let Some((_, fraction)) = written.split_once('.') {
        // Brackets mean nothing, and are not the end of the number.
        let digits = fraction.trim_end_matches(is_bracket);
        if !digits.is_empty() && digits.bytes().all(|byte| byte == b'0') {
            return true;
        }
    }
    let Some((mantissa, exponent)) = written.split_once(['e', 'E']) else {
        return false;
    };
    let mantissa_is_number = mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    mantissa_is_number && is_digits(exponent.trim_start_matches('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(sent: &str) -> Result<String, PhoneNumberFault> {
        PhoneNumber::normalise(sent).map(String::from)
    }

    #[test]
    fn spellings_of_a_number_become_one() {
        for (sent, stored) in [
            ("+14155550132", "+14155550132"),
            ("+188888888", "+188888888"),
            ("\u{202a}+44 20 7946 0958\u{202c}", "+442079460958"),
            ("\u{2066}+14155550132\u{2069}", "+14155550132"),
            ("+1\u{a0}415\u{2011}555\u{2011}0132", "+14155550132"),
            ("+1\u{2212}415\u{2013}555\u{2014}0133", "+14155550133"),
            ("+1\u{ad}415\u{202f}555\u{2007}0134", "+14155550134"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("+44 ( 0 ) 20 7946 0958", "+442079460958"),
            ("+44\u{ff08}0\u{ff09}2079460958", "+442079460958"),
            ("+39 06 9999 0132", "+390699990132"),
            ("+1 (415) 555-0132", "+14155550132"),
            ("+1.415.555.0132", "+14155550132"),
            ("+1[415]{555}0132", "+14155550132"),
            ("+1\u{fe0f}4155550132", "+14155550132"),
            (
                "+\u{661}\u{664}\u{661}\u{665}\u{665}\u{665}\u{665}\u{660}\u{661}\u{663}\u{662}",
                "+14155550132",
            ),
            (
                "\u{ff0b}\u{ff11}\u{ff14}\u{ff11}\u{ff15}\u{ff15}\u{ff15}\u{ff15}\u{ff10}\u{ff11}\u{ff13}\u{ff13}",
                "+14155550133",
            ),
            ("+1\u{b7}415\u{2022}555\u{b7}0132", "+14155550132"),
            ("tel:+1-415-555-0132", "+14155550132"),
            ("TEL: +1 (415) 555-0132", "+14155550132"),
            ("\t+1415\u{b}555\r\n0132\u{85}", "+14155550132"),
            ("+33.1.42.68.53.00", "+33142685300"),
            ("+33.1.42.68.53.0", "+3314268530"),
            ("+1415555013200.", "+1415555013200"),
            ("+12", "+12"),
            ("+123456789012345", "+123456789012345"),
        ] {
            assert_eq!(normalised(sent).as_deref(), Ok(stored), "{sent:?}");
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        use PhoneNumberFault::*;
        for (sent, fault) in [
            ("442079460958", NoPlus),
            ("020 7946 0958", NoPlus),
            ("0044 20 7946 0958", LeadingZeros),
            ("1.5551E+10", Spreadsheet),
            ("4,41E+11", Spreadsheet),
            ("14155550132.0", Spreadsheet),
            ("+14155550132.0", Spreadsheet),
            ("+14155550132.00", Spreadsheet),
            ("(+14155550132.0)", Spreadsheet),
            ("+1 [415 555 0132.00] ", Spreadsheet),
            ("+1 (415) 555-0132 .000", Spreadsheet),
            ("+14155550132\u{ff0e}0\u{ff10}", Spreadsheet),
            ("+1 415 555 0132 x55", NotANumber),
            ("+14155550132;ext=555", NotANumber),
            ("+14155550132,,555#", NotANumber),
            ("+14155550132*55", NotANumber),
            ("+", NotANumber),
            ("", NotANumber),
            ("+1", NotANumber),
            ("+1234567890123456", NotANumber),
            ("+0123456789", NotANumber),
            ("+1415+5550132", NotANumber),
            ("++14155550132", NotANumber),
            ("+1415555013\u{b2}", NotANumber),
            ("'+14155550132", NotANumber),
            ("+14155550132'", NotANumber),
            ("tel:14155550132", NotANumber),
            ("tel:tel:+14155550132", NotANumber),
            ("whatsapp:+14155550132", NotANumber),
        ] {
            assert_eq!(normalised(sent), Err(fault), "{sent:?}");
        }
    }

    #[test]
    fn the_beginning_of_a_number_may_be_written_like_a_number() {
        for (sent, expected) in [
            ("+1415", Some("+1415")),
            ("1415", Some("+1415")),
            (" 1415", Some("+1415")),
            ("+1 (415) 555-01", Some("+141555501")),
            ("1.415.555", Some("+1415555")),
            ("+44 (0)20", Some("+4420")),
            ("tel:+1415", Some("+1415")),
            ("\u{ff0b}\u{ff11}", Some("+1")),
            ("+", Some("+")),
            ("0044", Some("+0044")),
            ("-", None),
            ("1a", None),
            ("++1", None),
            ("1+", None),
            ("*", None),
            ("%", None),
        ] {
            assert_eq!(PhoneNumber::prefix(sent).as_deref(), expected, "{sent:?}");
        }
    }

    #[test]
    fn every_decimal_digit_of_unicode_has_its_value() {
        let digits: Vec<char> = ('\0'..=char::MAX)
            .filter(|c| c.general_category() == GeneralCategory::DecimalNumber)
            .collect();
        assert!(digits.len() >= 680);
        for ten in digits.chunks(10) {
            let values: Vec<_> = ten.iter().map(|c| digit_value(*c)).collect();
            let expected: Vec<_> = (0..10).map(Some).collect();
            assert_eq!(values, expected, "{ten:?}");
        }
    }
}
