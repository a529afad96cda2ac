//! The text of a query: its pairs of names and values, decoded.

use std::string::FromUtf8Error;

use crate::{domain::text, http::request::faults::Faults};

/// Numbers, whose plus clients send unencoded; it is read as a space.
const NUMBERS: [&str; 2] = ["phone_number", "phone"];

/// Times, whose offset may begin with such a plus.
const TIMES: [&str; 4] = ["created_at_from", "created_at_to", "updated_at_from", "updated_at_to"];

/// How long an offset is: `+02:00`.
const OFFSET: usize = 6;

/// The pairs of a query. A pair that is not UTF-8 is a fault: a filter must not be compared with something that nobody
/// has sent.
pub(super) fn pairs(query: &str, faults: &mut Faults) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decoded(name), decoded(value)) {
            (Ok(name), Ok(value)) => {
                let value = with_plus(&name, value);
                pairs.push((name, value));
            }
            (name, _) => {
                let name = name.unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned());
                faults.add(&*text::visible(&name), "must be UTF-8");
            }
        }
    }
    pairs
}

/// A name or value without its encoding.
fn decoded(text: &str) -> Result<String, FromUtf8Error> {
    let text = text.replace('+', " ");
    String::from_utf8(percent_encoding::percent_decode_str(&text).collect())
}

/// The value with the plus that its sender did not encode.
fn with_plus(name: &str, value: String) -> String {
    let place = if NUMBERS.contains(&name) {
        Some(0)
    } else if TIMES.contains(&name) {
        value.len().checked_sub(OFFSET)
    } else {
        None
    };
    let Some((before, after)) = place.and_then(|place| value.split_at_checked(place)) else {
        return value;
    };
    match after.strip_prefix(' ') {
        // A number that has its plus may have a blank before it.
        Some(after) if !after.contains('+') => format!("{before}+{after}"),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_get_their_plus_back() {
        for (query, name, value) in [
            ("a", "a", ""),
            ("&&a=b=c&", "a", "b=c"),
            ("a%5B%5D=%C3%A9+x%2B", "a[]", "é x+"),
            ("a=%", "a", "%"),
            ("phone_number=+14155550101", "phone_number", "+14155550101"),
            ("phone=+14155550101", "phone", "+14155550101"),
            ("phone=%2014155550101", "phone", "+14155550101"),
            ("phone=++1415", "phone", "+ 1415"),
            ("phone=+%2B1415", "phone", " +1415"),
            ("phone=1+415", "phone", "1 415"),
            ("search=+1415", "search", " 1415"),
            (
                "updated_at_to=2026-11-30T01:02:03+02:00",
                "updated_at_to",
                "2026-11-30T01:02:03+02:00",
            ),
            (
                "created_at_from=2026-11-30T01:02:03%2B02:00",
                "created_at_from",
                "2026-11-30T01:02:03+02:00",
            ),
            ("created_at_to=+2:00", "created_at_to", " 2:00"),
            ("created_at_to=%C3%A9%C3%A9%C3%A9a", "created_at_to", "éééa"),
            ("name=2026-11-30T01:02:03+02:00", "name", "2026-11-30T01:02:03 02:00"),
        ] {
            let mut faults = Faults::default();
            let expected = vec![(name.to_owned(), value.to_owned())];
            assert_eq!(pairs(query, &mut faults), expected, "{query}");
            assert!(faults.is_empty(), "{query}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_named() {
        let mut faults = Faults::default();
        assert_eq!(pairs("a=%ff&b=1&%ff=2&c=%C3", &mut faults).len(), 1);
        let (listed, _) = faults.into_parts();
        let names: Vec<String> = listed.into_iter().map(|fault| fault.name).collect();
        assert_eq!(names, ["a", "\u{fffd}", "c"]);
    }
}
