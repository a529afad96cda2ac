//! A JSON text as a tree.

use std::{collections::HashMap, fmt};

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::number::are_equal;

/// A JSON value whose parts are as they were written, except for white space between them.
#[derive(Clone)]
pub enum Tree {
    /// `null`, a boolean, a number or a string, as it was written.
    Scalar(Box<str>),
    /// An array.
    Array(Vec<Tree>),
    /// An object: the names in quotes, as they were written, and the values, in order.
    Object(Vec<(Box<str>, Tree)>),
}

impl Tree {
    /// Reads a JSON text; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim_ascii_start().as_bytes().first()? {
            b'[' => {
                let Items(items) = serde_json::from_str(text).ok()?;
                let items = items.into_iter().map(|item| Self::parse(item.get()));
                items.collect::<Option<_>>().map(Self::Array)
            }
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let members = members
                    .into_iter()
                    .map(|(name, value)| Some((name.get().into(), Self::parse(value.get())?)));
                members.collect::<Option<_>>().map(Self::Object)
            }
            _ => {
                let scalar: &RawValue = serde_json::from_str(text).ok()?;
                Some(Self::Scalar(scalar.get().into()))
            }
        }
    }

    /// An object with these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let members = members.into_iter();
        Self::Object(members.map(|(name, value)| (quoted(name).into(), value)).collect())
    }

    /// The text of the value, without white space between its parts.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The member of an object with this name.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(known, _)| is_named(known, name)).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn member_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => members
                .iter_mut()
                .find(|(known, _)| is_named(known, name))
                .map(|(_, v)| v),
            _ => None,
        }
    }

    /// The first item of an array.
    pub fn first(&self) -> Option<&Self> {
        match self {
            Self::Array(items) => items.first(),
            _ => None,
        }
    }

    /// What a string says.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Scalar(text) if text.starts_with('"') => Some(unquoted(text)),
            _ => None,
        }
    }

    /// Sets the member of an object: in its place if there is one, otherwise as the last one. Nothing happens to a value
    /// that is not an object.
    pub fn set_member(&mut self, name: &str, value: Self) {
        let Self::Object(members) = self else {
            return;
        };
        match members.iter_mut().find(|(known, _)| is_named(known, name)) {
            Some((_, present)) => *present = value,
            None => members.push((quoted(name).into(), value)),
        }
    }

    /// Whether both are the same value (RFC 6902, section 4.6): numbers by what they stand for, strings by what they
    /// say, and objects whatever the order of their members is.
    pub fn is_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scalar(one), Self::Scalar(other)) => match (one.as_bytes().first(), other.as_bytes().first()) {
                (Some(b'"'), Some(b'"')) => unquoted(one) == unquoted(other),
                (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => are_equal(one, other),
                _ => one == other,
            },
            (Self::Array(one), Self::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_equal(other))
            }
            (Self::Object(one), Self::Object(others)) => {
                let others: HashMap<String, &Self> = names(others).collect();
                one.len() == others.len()
                    && names(one).all(|(name, value)| others.get(&name).is_some_and(|other| value.is_equal(other)))
            }
            _ => false,
        }
    }
}

/// The text of an object with each member of another object set: in its place if it is there, otherwise behind the
/// others. `None` if either text is not that of an object.
pub fn merge(present: &str, set: &str) -> Option<String> {
    let Members(present) = serde_json::from_str(present).ok()?;
    let Members(set) = serde_json::from_str(set).ok()?;
    let mut merged: Vec<(&str, &str)> = present.iter().map(|(name, value)| (name.get(), value.get())).collect();
    let places: HashMap<String, usize> = merged
        .iter()
        .enumerate()
        .map(|(place, (name, _))| (unquoted(name), place))
        .collect();
    for (name, value) in set {
        match places.get(&unquoted(name.get())) {
            Some(place) => merged[*place].1 = value.get(),
            None => merged.push((name.get(), value.get())),
        }
    }
    let members: Vec<String> = merged.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    Some(format!("{{{}}}", members.join(",")))
}

/// The members of an object with their names.
fn names(members: &[(Box<str>, Tree)]) -> impl Iterator<Item = (String, &Tree)> {
    members.iter().map(|(name, value)| (unquoted(name), value))
}

/// Whether a name in quotes is this one.
pub(super) fn is_named(quoted: &str, name: &str) -> bool {
    // Nearly all names have no escapes.
    match quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => plain == name,
        _ => unquoted(quoted) == name,
    }
}

/// What a string in quotes says.
fn unquoted(quoted: &str) -> String {
    serde_json::from_str(quoted).unwrap_or_default()
}

/// The string in quotes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The items of an array as they were written.
struct Items<'a>(Vec<&'a RawValue>);

/// The members of an object as they were written.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Items<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = array.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        Tree::parse(text).unwrap()
    }

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        for text in [
            "null",
            "true",
            r#""\u00e9\/ \"""#,
            "12345678901234567890123456789012345678901",
            "1.7976931348623157e308",
            "1E+999",
            "-0.0",
            "[]",
            "{}",
            r#"[1,[2.0,{"a":[]}],"x"]"#,
            r#"{"z":1.0,"a\u0062":{"":null},"é":1e5}"#,
        ] {
            assert_eq!(tree(text).to_text(), text);
        }
        assert_eq!(tree(" { \"a\" : [ 1 , 2 ] } ").to_text(), r#"{"a":[1,2]}"#);
        for text in ["", "{", "[1,]", "x", "1 2", "{\"a\"}"] {
            assert!(Tree::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_merge_keeps_what_is_not_named() {
        for (present, sent, expected) in [
            (r#"{"a":1,"b":2.0}"#, r#"{"c":3,"a":"x"}"#, r#"{"a":"x","b":2.0,"c":3}"#),
            (r#"{"\u0061":1}"#, r#"{"a":{"b":1}}"#, r#"{"\u0061":{"b":1}}"#),
            (r#"{"a":{"x":1}}"#, r#"{"a":{"y":2}}"#, r#"{"a":{"y":2}}"#),
            ("{}", "{}", "{}"),
        ] {
            assert_eq!(merge(present, sent).as_deref(), Some(expected));
        }
    }

    #[test]
    fn equal_values_may_be_written_differently() {
        for (one, other, expected) in [
            ("1", "1.0", true),
            ("1", "\"1\"", false),
            (r#""é""#, r#""\u00e9""#, true),
            ("true", "true", true),
            ("true", "false", false),
            ("null", "0", false),
            ("[1,2]", "[1.0,2]", true),
            ("[1,2]", "[2,1]", false),
            ("[1]", "[1,1]", false),
            (r#"{"a":1,"b":[2]}"#, r#"{"b":[2e0],"\u0061":1}"#, true),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
            (r#"{"a":1}"#, r#"{"b":1}"#, false),
        ] {
            assert_eq!(tree(one).is_equal(&tree(other)), expected, "{one} {other}");
            assert_eq!(tree(other).is_equal(&tree(one)), expected, "{other} {one}");
        }
    }
}
