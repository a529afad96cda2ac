//! A JSON text as it was sent: all members in order, including repeated ones, and each number as it was written.

use std::{borrow::Cow, collections::HashSet};

use hifijson::{Expect, SliceLexer, num::LexWrite, str::LexAlloc, token::Lex};
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
    /// A number, as it was written: it may be too large or too precise for any type.
    Number(&'a str),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// A JSON object.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub struct Object<'a> {
    /// The members in order, equal names included.
    pub members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// The object as it was written, from brace to brace.
    pub text: &'a str,
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
        /// Counted in bytes, from 1.
        column: usize,
    },
    /// Arrays and objects are nested too deeply.
    #[error("the body has more than {MAX_DEPTH} levels of arrays and objects")]
    TooDeep,
}

impl<'a> Json<'a> {
    /// Reads a whole body; one leading byte order mark is skipped.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|_| ParseError::NotUtf8)?;
        if text.trim_ascii().is_empty() {
            return Err(ParseError::Blank);
        }
        let reader = Reader(text);
        let mut lexer = SliceLexer::new(body);
        lexer
            .exactly_one(SliceLexer::ws_peek, |next, lexer| reader.value(next, lexer, MAX_DEPTH))
            .map_err(|stop| match stop {
                Stop::TooDeep => ParseError::TooDeep,
                Stop::Syntax => reader.syntax_error(reader.position(&lexer)),
            })
    }

    /// Writes the value without white space and with the members of each object sorted by name, so that equal values
    /// give equal bytes.
    pub fn write_sorted(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(value.to_string().bytes()),
            Self::Number(number) => out.extend(number.bytes()),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for item in items {
                    item.write_sorted(out);
                    out.push(b',');
                }
                out.push(b']');
            }
            Self::Object(object) => {
                let mut members: Vec<_> = object.members.iter().collect();
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
            Self::Object(object) => {
                let named = object.members.iter().filter(|(member, _)| member == name);
                named.map(|(_, value)| value).find(|value| **value != Self::Null)
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

    /// Whether it is, or contains, an object with two members of the same name.
    pub fn has_repeated_members(&self) -> bool {
        match self {
            Self::Array(items) => items.iter().any(Self::has_repeated_members),
            Self::Object(Object { members, .. }) => {
                let mut names = HashSet::with_capacity(members.len());
                let mut values = members.iter();
                values.any(|(name, value)| !names.insert(name) || value.has_repeated_members())
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    /// Whether a string or the name of a member in it has this property.
    pub fn any_text(&self, has: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::String(text) => has(text),
            Self::Array(items) => items.iter().any(|item| item.any_text(has)),
            Self::Object(Object { members, .. }) => {
                members.iter().any(|(name, value)| has(name) || value.any_text(has))
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    // The length takes the place of quoting: no text can be mistaken for several.
    out.extend(format!("{}\"", text.len()).bytes());
    out.extend(text.bytes());
}

/// Makes room for one more, at first for no others: most arrays and objects of a hostile body have one item.
fn grow<T>(items: &mut Vec<T>) {
    if items.is_empty() {
        items.reserve_exact(1);
    }
}

/// Reads the values of this text.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a str);

/// Why reading stopped, at the position of the lexer.
enum Stop {
    Syntax,
    TooDeep,
}

impl From<Expect> for Stop {
    fn from(_: Expect) -> Self {
        Self::Syntax
    }
}

impl From<hifijson::str::Error> for Stop {
    fn from(_: hifijson::str::Error) -> Self {
        Self::Syntax
    }
}

impl From<hifijson::num::Error> for Stop {
    fn from(_: hifijson::num::Error) -> Self {
        Self::Syntax
    }
}

impl<'a> Reader<'a> {
    /// Reads the value that begins with `next` and has at most this many levels.
    fn value(self, next: u8, lexer: &mut SliceLexer<'a>, levels: usize) -> Result<Json<'a>, Stop> {
        Ok(match next {
            b'"' => Json::String(lexer.discarded().str_string()?),
            b'-' | b'0'..=b'9' => Json::Number(lexer.num_string().validated()?.0),
            b'[' | b'{' if levels == 0 => return Err(Stop::TooDeep),
            b'[' => Json::Array(self.items(lexer, levels - 1)?),
            b'{' => {
                let start = self.position(lexer);
                let members = self.members(lexer, levels - 1)?;
                let text = &self.0[start..self.position(lexer)];
                Json::Object(Object { members, text })
            }
            _ => match lexer.null_or_bool().ok_or(Expect::Value)? {
                None => Json::Null,
                Some(value) => Json::Bool(value),
            },
        })
    }

    fn items(self, lexer: &mut SliceLexer<'a>, levels: usize) -> Result<Vec<Json<'a>>, Stop> {
        let mut items = Vec::new();
        lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
            grow(&mut items);
            items.push(self.value(next, lexer, levels)?);
            Ok::<_, Stop>(())
        })?;
        Ok(items)
    }

    fn members(self, lexer: &mut SliceLexer<'a>, levels: usize) -> Result<Vec<(Cow<'a, str>, Json<'a>)>, Stop> {
        let mut members = Vec::new();
        lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
            lexer.expect(|_| Some(next), b'"').ok_or(Expect::String)?;
            let name = lexer.str_string()?;
            lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
            let next = lexer.ws_peek().ok_or(Expect::Value)?;
            grow(&mut members);
            members.push((name, self.value(next, lexer, levels)?));
            Ok::<_, Stop>(())
        })?;
        Ok(members)
    }

    /// How many bytes have been read.
    fn position(self, lexer: &SliceLexer<'a>) -> usize {
        self.0.len() - lexer.as_slice().len()
    }

    /// The error at the last byte that was read. The lexer may stand one byte before the fault or after it.
    fn syntax_error(self, position: usize) -> ParseError {
        let read = &self.0.as_bytes()[..position];
        let line_start = read.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        ParseError::Syntax {
            line: read.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: (position - line_start).max(1),
        }
    }
}

#[cfg(test)]
#[path = "tree_test.rs"]
mod tests;
