//! JSON Pointers (RFC 6901) into a record, whose leading slash may be missing.

use thiserror::Error;

/// The names of members and the positions of items that lead to a place in a document; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    first: String,
    rest: Vec<String>,
}

/// The maximum number of steps to a place: a body has no more levels.
const MAX_STEPS: usize = 32;

/// Why a text is not a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PointerError {
    /// It is empty, so it names the whole document.
    #[error("must name a member")]
    Empty,
    /// It leads deeper than a document goes.
    #[error("must have at most {MAX_STEPS} parts")]
    TooDeep,
    /// It has a `~` that is followed by neither 0 nor 1.
    #[error("must write ~ as ~0 and / within a name as ~1")]
    Escape,
}

impl Pointer {
    /// Reads a pointer, with or without its leading slash.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Err(PointerError::Empty);
        }
        if text.matches('/').count() > MAX_STEPS {
            return Err(PointerError::TooDeep);
        }
        let mut tokens = text.strip_prefix('/').unwrap_or(text).split('/').map(token);
        let first = tokens.next().unwrap_or(Err(PointerError::Empty))?;
        Ok(Self {
            first,
            rest: tokens.collect::<Result<_, _>>()?,
        })
    }

    /// The member of the document that the place is or is in.
    pub fn member(&self) -> &str {
        &self.first
    }

    /// Whether the place is that member itself.
    pub fn is_whole_member(&self) -> bool {
        self.rest.is_empty()
    }

    /// The way to the container of the place, and the place in it.
    pub(super) fn split(&self) -> (Vec<&str>, &str) {
        let mut tokens: Vec<&str> = vec![&self.first];
        tokens.extend(self.rest.iter().map(String::as_str));
        let last = tokens.pop().unwrap_or_default();
        (tokens, last)
    }
}

fn token(text: &str) -> Result<String, PointerError> {
    let mut parts = text.split('~');
    let mut token = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escaped, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            _ => return Err(PointerError::Escape),
        };
        token.push(escaped);
        token.push_str(rest);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_read_with_and_without_its_slash() {
        for (text, member, rest) in [
            ("/priority", "priority", vec![]),
            ("priority", "priority", vec![]),
            ("/extra_data/home", "extra_data", vec!["home"]),
            ("extra_data/a~1b/~01", "extra_data", vec!["a/b", "~1"]),
            ("/extra_data/", "extra_data", vec![""]),
            ("/", "", vec![]),
            ("//a", "", vec!["a"]),
        ] {
            let pointer = Pointer::parse(text).unwrap();
            assert_eq!(
                (pointer.member(), &pointer.rest),
                (member, &rest.iter().map(|s| (*s).to_owned()).collect())
            );
            assert_eq!(pointer.is_whole_member(), rest.is_empty());
        }
        assert_eq!(Pointer::parse(""), Err(PointerError::Empty));
        assert_eq!(Pointer::parse(&"/a".repeat(33)), Err(PointerError::TooDeep));
        assert!(Pointer::parse(&"/a".repeat(32)).is_ok());
        for text in ["/~", "/a~2", "/extra_data/~x", "~"] {
            assert_eq!(Pointer::parse(text), Err(PointerError::Escape), "{text}");
        }
    }
}
