//! A JSON text as it was sent: all members in order, including repeated ones.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use thiserror::Error;

/// The maximum nesting of arrays and objects in a body (docs/contract.md section 1.8).
const MAX_DEPTH: usize = 32;

/// A JSON value.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object: its members in order, equal names included.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a text is not valid JSON. The messages do not quote the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The text is empty or contains only white space.
    #[error("the body is blank")]
    Blank,
    /// The bytes are not UTF-8.
    #[error("the body is not valid UTF-8")]
    NotUtf8,
    /// The text is not JSON.
    #[error("the JSON syntax is invalid at line {line}, column {column}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Arrays and objects are nested too deeply.
    #[error("the body has more than {MAX_DEPTH} levels of arrays and objects")]
    TooDeep,
}

const TOO_DEEP: &str = "too deep";

impl<'a> Json<'a> {
    /// Reads a whole body; one leading byte order mark is skipped.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|_| ParseError::NotUtf8)?;
        if text.trim_ascii().is_empty() {
            return Err(ParseError::Blank);
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Level(0)
            .deserialize(&mut deserializer)
            .and_then(|json| deserializer.end().map(|()| json))
            .map_err(|error| {
                if error.is_data() && error.to_string().starts_with(TOO_DEEP) {
                    ParseError::TooDeep
                } else {
                    ParseError::Syntax {
                        line: error.line(),
                        column: error.column(),
                    }
                }
            })
    }

    /// Writes the value without white space and with the members of each object sorted by name, so that equal values
    /// give equal bytes.
    pub fn write_sorted(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(value.to_string().bytes()),
            Self::Number(number) => out.extend(number.to_string().bytes()),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for item in items {
                    item.write_sorted(out);
                    out.push(b',');
                }
                out.push(b']');
            }
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                out.push(b'{');
                for (name, value) in members {
                    write_string(name, out);
                    out.push(b':');
                    value.write_sorted(out);
                    out.push(b',');
                }
                out.push(b'}');
            }
        }
    }

    /// A member of an object that is present and not null.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                let mut values = members
                    .iter()
                    .filter(|(member, _)| member == name)
                    .map(|(_, value)| value);
                values.find(|value| **value != Self::Null)
            }
            _ => None,
        }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value in serde_json's form; `None` if an object has two members with the same name.
    pub fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => Value::Number(number),
            Self::String(text) => Value::String(text.into_owned()),
            Self::Array(items) => Value::Array(items.into_iter().map(Self::into_value).collect::<Option<_>>()?),
            Self::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    if object.insert(name.into_owned(), value.into_value()?).is_some() {
                        return None;
                    }
                }
                Value::Object(object)
            }
        })
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    // The length takes the place of quoting: no text can be mistaken for several.
    out.extend(format!("{}\"", text.len()).bytes());
    out.extend(text.bytes());
}

/// Reads a value that is nested this many levels deep.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.0 < MAX_DEPTH {
            Ok(Self(self.0 + 1))
        } else {
            Err(E::custom(TOO_DEEP))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Vec::new();
        while let Some(name) = members.next_key_seed(Name)? {
            object.push((name, members.next_value_seed(inner)?));
        }
        Ok(Json::Object(object))
    }
}

/// Reads the name of a member, without copying it if it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Json<'_> {
        Json::String(text.into())
    }

    #[test]
    fn everything_that_was_sent_is_kept() {
        let parsed = Json::parse(br#"[{"id":"a","id":null,"n":1,"x":[true,-2.5]}]"#).unwrap();
        let expected = Json::Array(vec![Json::Object(vec![
            ("id".into(), text("a")),
            ("id".into(), Json::Null),
            ("n".into(), Json::Number(1.into())),
            (
                "x".into(),
                Json::Array(vec![Json::Bool(true), Json::Number(Number::from_f64(-2.5).unwrap())]),
            ),
        ])]);
        assert_eq!(parsed, expected);
    }

    #[test]
    fn one_byte_order_mark_is_skipped() {
        assert_eq!(Json::parse(b"\xef\xbb\xbf[]"), Ok(Json::Array(vec![])));
        assert!(Json::parse(b"\xef\xbb\xbf\xef\xbb\xbf[]").is_err());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        assert_eq!(Json::parse(b""), Err(ParseError::Blank));
        assert_eq!(Json::parse(b" \r\n\t"), Err(ParseError::Blank));
        assert_eq!(Json::parse(b"\xef\xbb\xbf"), Err(ParseError::Blank));
        assert_eq!(Json::parse(b"[\"\xff\"]"), Err(ParseError::NotUtf8));
        for wrong in [
            "[",
            "[] []",
            "{,}",
            "[1,]",
            "nul",
            "'a'",
            "[\"\\ud800\"]",
            "[\"\\udc00\\ud800\"]",
            "[1e999]",
            "[\"a\nb\"]",
        ] {
            let parsed = Json::parse(wrong.as_bytes());
            assert!(matches!(parsed, Err(ParseError::Syntax { .. })), "{wrong}");
        }
    }

    #[test]
    fn thirty_two_levels_are_the_limit() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(nested(32).as_bytes()).is_ok());
        assert_eq!(Json::parse(nested(33).as_bytes()), Err(ParseError::TooDeep));
        assert_eq!(Json::parse("[".repeat(100_000).as_bytes()), Err(ParseError::TooDeep));
    }

    #[test]
    fn equal_members_have_no_value() {
        let value = |text: &str| Json::parse(text.as_bytes()).unwrap().into_value();
        assert_eq!(value(r#"{"a":[1]}"#), Some(serde_json::json!({"a": [1]})));
        assert_eq!(value(r#"{"a":{"b":1,"b":2}}"#), None);
    }
}
