//! The free-form data of a record (docs/contract.md section 2.1).

use entity::hide_values;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::domain::json::merge;

/// A JSON object, kept as it was sent except for white space between its parts: no number, escape or order changes.
#[derive(Clone)]
pub struct ExtraData(Box<RawValue>);

hide_values!(ExtraData);

/// Why a text cannot be the free-form data of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExtraDataFault {
    /// It is not a JSON object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// It is too large.
    #[error("must be at most {} KiB of JSON", ExtraData::MAX / 1024)]
    TooLarge,
}

impl ExtraData {
    /// The maximum size, in bytes of JSON without white space between its parts.
    pub const MAX: usize = 16 * 1024;

    /// The data in this text. Fails if it is not a JSON object, or has over [`Self::MAX`] bytes without white space.
    pub fn new(text: &str) -> Result<Self, ExtraDataFault> {
        let compact = without_white_space(text);
        if compact.len() > Self::MAX {
            return Err(ExtraDataFault::TooLarge);
        }
        if !compact.starts_with('{') {
            return Err(ExtraDataFault::NotAnObject);
        }
        let value = RawValue::from_string(compact);
        value.map(Self).map_err(|_| ExtraDataFault::NotAnObject)
    }

    /// The data with each member of the other data set.
    pub fn merged(&self, other: &Self) -> Result<Self, ExtraDataFault> {
        let merged = merge(self.as_str(), other.as_str());
        Self::new(&merged.ok_or(ExtraDataFault::NotAnObject)?)
    }

    /// The data in a text that was stored.
    pub fn from_stored(text: String) -> Self {
        // Only what `new` accepted is stored.
        RawValue::from_string(text).map_or_else(|_| Self::default(), Self)
    }

    /// The text of the object.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The object as raw JSON.
    pub fn as_json(&self) -> &RawValue {
        &self.0
    }
}

/// No data.
impl Default for ExtraData {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the text is an object")]
        Self(RawValue::from_string("{}".to_owned()).expect("an object"))
    }
}

/// The JSON without the white space that is not part of a string.
fn without_white_space(json: &str) -> String {
    let mut is_quoted = false;
    let mut is_escaped = false;
    json.chars()
        .filter(|letter| {
            if is_quoted {
                is_quoted = is_escaped || *letter != '"';
                is_escaped = !is_escaped && *letter == '\\';
                return true;
            }
            is_quoted = *letter == '"';
            !letter.is_ascii_whitespace()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_white_space_stays() {
        for (sent, kept) in [
            ("{}", "{}"),
            (" { \"a\" :\n[ 1.0 ,\t2 ] }\r\n", r#"{"a":[1.0,2]}"#),
            (
                r#"{"a b":" \" c\\"  , "d":"\u00e9\/ "}"#,
                r#"{"a b":" \" c\\","d":"\u00e9\/ "}"#,
            ),
            (
                r#"{"n":1.7976931348623157e308, "m":1e999}"#,
                r#"{"n":1.7976931348623157e308,"m":1e999}"#,
            ),
            (
                r#"{"z":1,"a":12345678901234567890123456789012345678901}"#,
                r#"{"z":1,"a":12345678901234567890123456789012345678901}"#,
            ),
        ] {
            assert_eq!(
                ExtraData::new(sent).map(|data| data.as_str().to_owned()).as_deref(),
                Ok(kept)
            );
            assert_eq!(ExtraData::from_stored(kept.to_owned()).as_str(), kept);
        }
    }

    #[test]
    fn the_limit_is_that_of_what_is_stored() {
        let of_size = |size: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(size - 8));
        assert!(ExtraData::new(&of_size(ExtraData::MAX)).is_ok());
        let spaced = format!("{}{}", " ".repeat(100_000), of_size(ExtraData::MAX));
        assert!(ExtraData::new(&spaced).is_ok());
        let fault = ExtraData::new(&of_size(ExtraData::MAX + 1)).err();
        assert_eq!(fault, Some(ExtraDataFault::TooLarge));
    }

    #[test]
    fn only_an_object_is_data() {
        for other in ["", "1", "[]", "null", "{", "\"{}\""] {
            assert_eq!(
                ExtraData::new(other).err(),
                Some(ExtraDataFault::NotAnObject),
                "{other}"
            );
        }
    }
}
