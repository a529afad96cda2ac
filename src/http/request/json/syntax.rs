//! Whether a text is JSON. Nothing is kept but the string that is being read, so a body costs little memory however many
//! values it has.

use hifijson::{Expect, SliceLexer, num::LexWrite, str::LexAlloc, token::Lex};
use thiserror::Error;

/// The maximum nesting of arrays and objects in a body (docs/contract.md section 1.8).
const MAX_DEPTH: usize = 32;

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

/// Checks that the text is one JSON value.
pub(super) fn check(text: &str) -> Result<(), ParseError> {
    if text.trim_ascii().is_empty() {
        return Err(ParseError::Blank);
    }
    let mut lexer = SliceLexer::new(text.as_bytes());
    lexer
        .exactly_one(SliceLexer::ws_peek, |next, lexer| check_value(next, lexer, MAX_DEPTH))
        .map_err(|stop| match stop {
            Stop::TooDeep => ParseError::TooDeep,
            Stop::Syntax => syntax_error(text, text.len() - lexer.as_slice().len()),
        })
}

/// Why checking stopped, at the position of the lexer.
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

/// Checks the value that begins with `next` and has at most this many levels.
fn check_value(next: u8, lexer: &mut SliceLexer<'_>, levels: usize) -> Result<(), Stop> {
    match next {
        b'"' => {
            lexer.discarded().str_string()?;
        }
        b'-' | b'0'..=b'9' => {
            lexer.num_string().validated()?;
        }
        b'[' | b'{' if levels == 0 => return Err(Stop::TooDeep),
        b'[' => lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
            check_value(next, lexer, levels - 1)
        })?,
        b'{' => lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
            lexer.expect(|_| Some(next), b'"').ok_or(Expect::String)?;
            lexer.str_string()?;
            lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
            let next = lexer.ws_peek().ok_or(Expect::Value)?;
            check_value(next, lexer, levels - 1)
        })?,
        _ => {
            lexer.null_or_bool().ok_or(Expect::Value)?;
        }
    }
    Ok(())
}

/// The error at the last byte that was read. The lexer may stand one byte before the fault or after it.
fn syntax_error(text: &str, position: usize) -> ParseError {
    let read = &text.as_bytes()[..position];
    let line_start = read.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    ParseError::Syntax {
        line: read.iter().filter(|byte| **byte == b'\n').count() + 1,
        column: (position - line_start).max(1),
    }
}
