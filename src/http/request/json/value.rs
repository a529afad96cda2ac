//! A JSON text as it was sent: all members in order, including repeated ones, and each number as it was written.
//!
//! An array or an object is its text, and its values are read when they are asked for. A hostile body of a million
//! values therefore occupies no more than its bytes: what is read is bounded by what an operation accepts.

use std::{borrow::Cow, collections::HashSet};

use hifijson::{SliceLexer, str::LexAlloc};

use super::syntax::{self, ParseError};

/// How many members of an object are sorted. Only a faulty record can have more.
const MAX_SORTED: usize = 4_096;

/// A JSON value.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written: it may be too large or too precise for any type.
    Number(&'a str),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Array<'a>),
    /// An object.
    Object(Object<'a>),
}

/// A JSON array.
#[derive(Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub struct Array<'a>(&'a str);

/// A JSON object.
#[derive(Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub struct Object<'a>(&'a str);

/// The items of an array that have not been read.
#[derive(Clone)]
pub struct Values<'a>(&'a str);

/// The members of an object that have not been read.
pub struct UnreadMembers<'a>(&'a str);

/// A member of an object whose value has not been read.
pub struct UnreadMember<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// The value as it was written.
    text: &'a str,
}

impl<'a> Json<'a> {
    /// Checks a whole body; one leading byte order mark is skipped.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|_| ParseError::NotUtf8)?;
        syntax::check(text)?;
        Ok(read(take(&mut after_blanks(text), value_end)))
    }

    /// Writes the value without white space and with the members of each object sorted by name, so that equal values
    /// give equal bytes. Of an object with more than 4,096 members, those after them keep their order.
    pub fn write_sorted(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(value.to_string().bytes()),
            Self::Number(number) => out.extend(number.bytes()),
            Self::String(text) => write_string(text, out),
            Self::Array(array) => {
                out.push(b'[');
                for item in array.items() {
                    item.write_sorted(out);
                    out.push(b',');
                }
                out.push(b']');
            }
            Self::Object(object) => {
                out.push(b'{');
                let mut members = object.unread_members();
                let mut sorted: Vec<_> = members.by_ref().take(MAX_SORTED).collect();
                sorted.sort_by(|a, b| a.name.cmp(&b.name));
                for member in sorted.into_iter().chain(members) {
                    write_string(&member.name, out);
                    out.push(b':');
                    member.value().write_sorted(out);
                    out.push(b',');
                }
                out.push(b'}');
            }
        }
    }

    /// The first members of an object with these names that are not null, in the order of the names.
    pub fn members_named<const N: usize>(&self, names: [&str; N]) -> [Option<Self>; N] {
        let mut found = [const { None }; N];
        let Self::Object(object) = self else {
            return found;
        };
        for member in object.unread_members() {
            let place = names.iter().position(|wanted| *wanted == member.name);
            if let Some(place) = place
                && found[place].is_none()
            {
                found[place] = Some(member.value()).filter(|value| *value != Self::Null);
            }
        }
        found
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is, or contains, an object with two members of the same name.
    pub fn has_repeated_members(&self) -> bool {
        match self {
            Self::Array(array) => array.items().any(|item| item.has_repeated_members()),
            Self::Object(object) => {
                let mut names = HashSet::new();
                let mut members = object.members();
                members.any(|(name, value)| !names.insert(name) || value.has_repeated_members())
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    /// Whether a string or the name of a member in it has this property.
    pub fn any_text(&self, has: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::String(text) => has(text),
            Self::Array(array) => array.items().any(|item| item.any_text(has)),
            Self::Object(object) => {
                let mut members = object.members();
                members.any(|(name, value)| has(&name) || value.any_text(has))
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

impl<'a> Array<'a> {
    /// The items in order.
    pub fn items(self) -> Values<'a> {
        Values(&self.0[1..])
    }

    /// The number of items.
    pub fn len(self) -> usize {
        let mut items = self.items();
        std::iter::from_fn(|| items.next_unread()).count()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.items().next_unread().is_none()
    }
}

impl<'a> Object<'a> {
    /// The members in order, equal names included.
    pub fn members(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        self.unread_members().map(|member| {
            let value = member.value();
            (member.name, value)
        })
    }

    /// The same without their values.
    pub fn unread_members(self) -> UnreadMembers<'a> {
        UnreadMembers(&self.0[1..])
    }

    /// The object as it was written, from brace to brace.
    pub fn text(self) -> &'a str {
        self.0
    }
}

impl<'a> Values<'a> {
    fn next_unread(&mut self) -> Option<&'a str> {
        self.0 = after_blanks(self.0);
        (!self.0.starts_with(']')).then(|| take(&mut self.0, value_end))
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        self.next_unread().map(read)
    }
}

impl<'a> UnreadMember<'a> {
    /// The value as it was written.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Reads the value.
    pub fn value(&self) -> Json<'a> {
        read(self.text)
    }
}

impl<'a> Iterator for UnreadMembers<'a> {
    type Item = UnreadMember<'a>;

    fn next(&mut self) -> Option<UnreadMember<'a>> {
        self.0 = after_blanks(self.0);
        if self.0.starts_with('}') {
            return None;
        }
        let name = take(&mut self.0, string_end);
        self.0 = after_blanks(self.0);
        Some(UnreadMember {
            name: unescaped(name),
            text: take(&mut self.0, value_end),
        })
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    // The length takes the place of quoting: no text can be mistaken for several.
    out.extend(format!("{}\"", text.len()).bytes());
    out.extend(text.bytes());
}

/// What follows white space and separators. The text was checked, so they are where they have to be.
fn after_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\n', '\r', '\t', ',', ':'])
}

/// Reads the value that the text is.
fn read(text: &str) -> Json<'_> {
    match text {
        "null" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => match text.as_bytes().first() {
            Some(b'"') => Json::String(unescaped(text)),
            Some(b'[') => Json::Array(Array(text)),
            Some(b'{') => Json::Object(Object(text)),
            _ => Json::Number(text),
        },
    }
}

/// Takes what ends where `end` says.
fn take<'a>(rest: &mut &'a str, end: impl Fn(&[u8]) -> usize) -> &'a str {
    let (taken, left) = rest.split_at(end(rest.as_bytes()));
    *rest = left;
    taken
}

/// The end of the value that the bytes begin with.
fn value_end(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => string_end(bytes),
        Some(b'[' | b'{') => container_end(bytes),
        _ => word_end(bytes),
    }
}

/// The end of the string that the bytes begin with.
fn string_end(bytes: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// The end of the array or object that the bytes begin with.
fn container_end(bytes: &[u8]) -> usize {
    let mut levels = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += string_end(&bytes[at..]);
                continue;
            }
            b'[' | b'{' => levels += 1,
            b']' | b'}' => levels -= 1,
            _ => {}
        }
        at += 1;
        if levels == 0 {
            return at;
        }
    }
    bytes.len()
}

/// The end of the number or word that the bytes begin with.
fn word_end(bytes: &[u8]) -> usize {
    let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
    bytes.iter().position(is_end).unwrap_or(bytes.len())
}

/// What a string in quotes says.
fn unescaped(quoted: &str) -> Cow<'_, str> {
    // The string was checked.
    SliceLexer::new(&quoted.as_bytes()[1..])
        .str_string()
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "value_test.rs"]
mod tests;
