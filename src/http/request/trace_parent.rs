//! The trace that a request belongs to: the header `traceparent` of the W3C recommendation "Trace Context".

use actix_web::http::header::{HeaderMap, HeaderName};

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// The length of the header in version 00, and of the part that later versions share with it.
const LENGTH: usize = 55;

/// The trace that a request belongs to, and the span of the caller that sent it. Both are numbers, so nothing else that a
/// caller sends can reach the log through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceParent {
    /// The id of the trace; never 0.
    pub(crate) trace: u128,
    /// The id of the caller's span; never 0.
    pub(crate) parent: u64,
    /// Whether the caller keeps the trace.
    pub(crate) is_sampled: bool,
}

impl TraceParent {
    /// That of a request, if its header is valid and the only one.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut sent = headers.get_all(&TRACE_PARENT);
        match (sent.next(), sent.next()) {
            (Some(only), None) => Self::parse(only.to_str().ok()?),
            _ => None,
        }
    }

    fn parse(header: &str) -> Option<Self> {
        let (known, rest) = header.split_at_checked(LENGTH)?;
        let mut parts = known.split('-');
        let mut part = |length| parts.next().filter(|part| is_lower_hex(part, length));
        let (version, trace, parent, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let is_complete = match version {
            "00" => rest.is_empty(),
            "ff" => false,
            // A later version may add parts.
            _ => rest.is_empty() || rest.starts_with('-'),
        };
        let trace = u128::from_str_radix(trace, 16).ok()?;
        let parent = u64::from_str_radix(parent, 16).ok()?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        (is_complete && trace != 0 && parent != 0).then_some(Self {
            trace,
            parent,
            is_sampled: flags & 1 == 1,
        })
    }

    /// The id of the trace: 32 hexadecimal digits.
    pub(crate) fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The id of the caller's span: 16 hexadecimal digits.
    pub(crate) fn parent_id(self) -> String {
        format!("{:016x}", self.parent)
    }
}

fn is_lower_hex(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";

    fn is_valid(header: &str) -> bool {
        TraceParent::parse(header).is_some()
    }

    #[test]
    fn the_ids_are_those_that_were_sent() {
        for (header, is_sampled) in [
            (format!("00-{TRACE}-{PARENT}-01"), true),
            (format!("00-{TRACE}-{PARENT}-00"), false),
            (format!("00-{TRACE}-{PARENT}-fe"), false),
            (format!("00-{TRACE}-{PARENT}-ff"), true),
            (format!("01-{TRACE}-{PARENT}-01"), true),
            (format!("cc-{TRACE}-{PARENT}-01-what-the-future-brings"), true),
            (format!("fe-{TRACE}-{PARENT}-00-"), false),
        ] {
            let parsed = TraceParent::parse(&header).expect(&header);
            assert_eq!(parsed.trace_id(), TRACE, "{header}");
            assert_eq!(parsed.parent_id(), PARENT, "{header}");
            assert_eq!(parsed.is_sampled, is_sampled, "{header}");
        }
    }

    #[test]
    fn other_headers_are_invalid() {
        for header in [
            String::new(),
            "00".to_owned(),
            format!("00-{TRACE}-{PARENT}-0"),
            format!("00-{TRACE}-{PARENT}-01-"),
            format!("00-{TRACE}-{PARENT}-01-00"),
            format!("00-{TRACE}-{PARENT}-011"),
            format!("01-{TRACE}-{PARENT}-01.00"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("FE-{TRACE}-{PARENT}-01"),
            format!("0-0{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", PARENT.to_uppercase()),
            format!("00-{TRACE}-{PARENT}-0A"),
            format!("00-{TRACE}-{PARENT}-0g"),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-+{}-{PARENT}-01", &TRACE[1..]),
            format!("00-{TRACE}{PARENT}---01"),
            format!("00_{TRACE}_{PARENT}_01"),
            format!(" 0-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01é", &TRACE[1..]),
        ] {
            assert!(!is_valid(&header), "{header}");
        }
    }

    #[test]
    fn of_several_headers_none_counts() {
        let header = |parent| HeaderValue::from_str(&format!("00-{TRACE}-{parent}-01")).expect("a header");
        let mut headers = HeaderMap::new();
        assert_eq!(TraceParent::of(&headers), None);
        headers.append(TRACE_PARENT, header(PARENT));
        assert!(TraceParent::of(&headers).is_some());
        headers.append(TRACE_PARENT, header(PARENT));
        assert_eq!(TraceParent::of(&headers), None);
    }
}
