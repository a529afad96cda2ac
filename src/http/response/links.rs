//! Absolute links (docs/contract.md section 1.1).
//!
//! Links start with the public URL if one is configured, and otherwise with the address that the request was sent to.
//! Forwarding headers count only if they come from a trusted proxy, because anyone can send them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{HttpRequest, http::header};
use ipnet::IpNet;
use url::{Url, form_urlencoded};

use super::hal::{unquoted, unquoted_parts};
use crate::domain::{RecordId, RecordListId};

/// What links start with.
#[derive(Clone, Debug)]
pub struct LinkSettings {
    /// How clients reach that address: `http`, or `https` if the server itself speaks TLS.
    pub own_scheme: &'static str,
    /// The address that the server listens on: the host of links if a request does not name one.
    pub own_address: SocketAddr,
    /// The URL at which clients reach the service, including its path.
    pub public_url: Option<Url>,
    /// The proxies whose forwarding headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
}

/// Words that mean something else in the place of a record id (docs/contract.md section 1.2).
pub const NEVER_RECORD_IDS: [&str; 2] = ["bulks", "timezones"];

/// The maximum length of the name of a host, and of a label in it.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// Creates the links of one response.
#[derive(Clone, Debug)]
pub struct Links {
    /// Scheme, host and path prefix, without a trailing slash.
    base: String,
}

impl Links {
    /// The links for the response to this request.
    pub fn for_request(request: &HttpRequest, settings: &LinkSettings) -> Self {
        let base = match &settings.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => base_from_request(request, settings),
        };
        Self { base }
    }

    /// The URL of a path of the API, with a query.
    pub fn to(&self, path: &str, query: &[(&str, &str)]) -> String {
        with_query(format!("{}{path}", self.base), query)
    }

    /// The URL of a record list.
    pub fn record_list(&self, list: RecordListId) -> String {
        format!("{}/record-lists/{}", self.base, list.0)
    }

    /// The URL of the records of a list.
    pub fn records(&self, list: RecordListId) -> String {
        format!("{}/record-lists/{}/records", self.base, list.0)
    }

    /// The URL of the records of a list, with a query.
    pub fn records_where(&self, list: RecordListId, query: &[(&str, &str)]) -> String {
        with_query(self.records(list), query)
    }

    /// The URL of the time zones of a list's records, with a query.
    pub fn timezones_where(&self, list: RecordListId, query: &[(&str, &str)]) -> String {
        with_query(format!("{}/timezones", self.records(list)), query)
    }

    /// The URL of the deletions of a list, or of the whole account, with a query.
    pub fn deletions(&self, list: Option<RecordListId>, query: &[(&str, &str)]) -> String {
        let deletions = match list {
            Some(list) => format!("{}/deletions", self.record_list(list)),
            None => format!("{}/deletions", self.base),
        };
        with_query(deletions, query)
    }

    /// The URL of a record.
    pub fn record(&self, list: RecordListId, record: RecordId) -> String {
        format!("{}/record-lists/{}/records/{}", self.base, list.0, record.0)
    }

    /// The URL that a record would have if this text were its id.
    pub fn record_as_sent(&self, list: RecordListId, record: &str) -> String {
        // As path segments, `.` and `..` would lead to the list even if encoded, and the other words lead elsewhere.
        if matches!(record, "." | "..") || NEVER_RECORD_IDS.contains(&record) {
            return self.records(list);
        }
        let mut link = self.records(list);
        link.push('/');
        link.extend(percent_encoding::utf8_percent_encode(record, SEGMENT));
        link
    }
}

fn with_query(url: String, query: &[(&str, &str)]) -> String {
    if query.is_empty() {
        return url;
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    // A plus is a space here, but clients and this service may read it as a plus. A true one is already encoded.
    let query = query.replace('+', "%20");
    format!("{url}?{query}")
}

/// The characters that are encoded in a path segment: all except the unreserved ones.
const SEGMENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Scheme, host, port and path prefix as the client sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Forwarded {
    scheme: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    prefix: Option<String>,
}

fn base_from_request(request: &HttpRequest, settings: &LinkSettings) -> String {
    let forwarded = if is_trusted(request.peer_addr().map(|peer| peer.ip()), settings) {
        forwarded(header_text(request, "forwarded"), |name| header_text(request, name))
    } else {
        Forwarded::default()
    };
    let host = forwarded
        .host
        // A target with a host counts, and not the header (RFC 9112, section 3.2.2).
        .or_else(|| valid_host(request.uri().authority()?.as_str()))
        .or_else(|| header_text(request, header::HOST.as_str()).and_then(valid_host))
        .unwrap_or_else(|| settings.own_address.to_string());
    let scheme = forwarded.scheme.unwrap_or_else(|| settings.own_scheme.to_owned());
    let authority = with_port(&host, forwarded.port, &scheme);
    let prefix = forwarded.prefix.unwrap_or_default();
    format!("{scheme}://{authority}{prefix}")
}

fn is_trusted(peer: Option<IpAddr>, settings: &LinkSettings) -> bool {
    peer.is_some_and(|peer| {
        let peer = peer.to_canonical();
        settings.trusted_proxies.iter().any(|proxies| proxies.contains(&peer))
    })
}

fn header_text<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// Reads `Forwarded`, and the `X-Forwarded-*` headers for what it does not say. The first value of each counts, which
/// is the one nearest to the client.
fn forwarded<'h>(standard: Option<&'h str>, header: impl Fn(&str) -> Option<&'h str>) -> Forwarded {
    let parameter = |wanted: &str| {
        let nearest = unquoted_parts(standard?, ',').next()?;
        unquoted_parts(nearest, ';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| unquoted(value.trim()))
        })
    };
    let first = |name: &str| {
        let value = header(name)?.split(',').next()?.trim();
        (!value.is_empty()).then_some(value)
    };
    Forwarded {
        scheme: parameter("proto")
            .or_else(|| first("x-forwarded-proto").map(str::to_owned))
            .map(|scheme| scheme.to_ascii_lowercase())
            .filter(|scheme| matches!(scheme.as_str(), "http" | "https")),
        host: parameter("host")
            .or_else(|| first("x-forwarded-host").map(str::to_owned))
            .and_then(|host| valid_host(&host)),
        port: first("x-forwarded-port").and_then(|port| port.parse().ok()),
        prefix: first("x-forwarded-prefix").and_then(valid_prefix),
    }
}

/// A host, with or without a port, that can be used in a link.
fn valid_host(host: &str) -> Option<String> {
    (is_short(host) && (is_usual_host(host) || is_host(host))).then(|| host.to_owned())
}

/// Whether it could be resolved. It is in every link of a response, so a long one would make a long response.
fn is_short(host: &str) -> bool {
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    name.len() <= MAX_NAME
        && host.len() <= MAX_NAME + ":65535".len()
        && host.split(['.', ':']).all(|label| label.len() <= MAX_LABEL)
}

/// Whether it is a name of plain labels or an IPv4 address, with or without a port. Every request asks, and almost
/// always this spares it the URL parser.
fn is_usual_host(host: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_alphabetic())
            && label.bytes().all(is_plain)
            && !label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    };
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    port.is_none_or(|port| port.starts_with(|c: char| c.is_ascii_digit()) && port.parse::<u16>().is_ok())
        && (name.split('.').all(is_label) || name.parse::<Ipv4Addr>().is_ok())
}

fn is_host(host: &str) -> bool {
    let is_plain = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:[]%~".contains(&b));
    let url = Url::parse(&format!("http://{host}/"));
    is_plain && url.is_ok_and(|url| url.path() == "/" && url.username().is_empty())
}

/// `/dialer` from `/dialer/` or `dialer`; `None` from a text that cannot be used in a path.
fn valid_prefix(prefix: &str) -> Option<String> {
    let inner = prefix.trim_matches('/');
    let is_plain = !inner.is_empty()
        && !inner.contains("//")
        && inner
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b));
    is_plain.then(|| format!("/{inner}"))
}

/// The host with its own port, or else with `port`; the default port of the scheme is left out.
fn with_port(host: &str, port: Option<u16>, scheme: &str) -> String {
    let default = if scheme == "https" { 443 } else { 80 };
    let (name, own_port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, None),
    };
    match own_port.or(port) {
        Some(port) if port != default => format!("{name}:{port}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(standard: Option<&str>, headers: &[(&str, &str)]) -> String {
        let forwarded = forwarded(standard, |name| {
            let found = headers.iter().find(|(header, _)| *header == name);
            found.map(|(_, value)| *value)
        });
        let scheme = forwarded.scheme.unwrap_or("http".into());
        let host = forwarded.host.unwrap_or("10.0.0.5:8080".into());
        let prefix = forwarded.prefix.unwrap_or_default();
        format!("{scheme}://{}{prefix}", with_port(&host, forwarded.port, &scheme))
    }

    #[test]
    fn the_value_nearest_to_the_client_counts() {
        let headers = [
            ("x-forwarded-proto", "https, http"),
            ("x-forwarded-host", "api.example.com, 10.0.0.5:8080"),
            ("x-forwarded-port", "443"),
        ];
        assert_eq!(base(None, &headers), "https://api.example.com");
        let standard = "for=192.0.2.1;proto=https;host=\"api.example.com:8443\", for=10.0.0.1";
        assert_eq!(base(Some(standard), &[]), "https://api.example.com:8443");
        assert_eq!(base(Some(standard), &headers), "https://api.example.com:8443");
    }

    #[test]
    fn what_is_empty_or_odd_is_absent() {
        for (headers, expected) in [
            ([("x-forwarded-host", "")], "http://10.0.0.5:8080"),
            ([("x-forwarded-host", "a/b")], "http://10.0.0.5:8080"),
            ([("x-forwarded-host", "u@h")], "http://10.0.0.5:8080"),
            ([("x-forwarded-host", &*"a".repeat(64))], "http://10.0.0.5:8080"),
            ([("x-forwarded-host", &*"a.".repeat(130))], "http://10.0.0.5:8080"),
            ([("x-forwarded-proto", "javascript")], "http://10.0.0.5:8080"),
            ([("x-forwarded-port", "x")], "http://10.0.0.5:8080"),
            ([("x-forwarded-prefix", "/")], "http://10.0.0.5:8080"),
            ([("x-forwarded-prefix", "/dialer/")], "http://10.0.0.5:8080/dialer"),
            ([("x-forwarded-prefix", "/a b")], "http://10.0.0.5:8080"),
        ] {
            assert_eq!(base(None, &headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn usual_hosts_are_hosts() {
        let parts = [
            "a", "A1", "1", "256", "0x7f", "-", ".", "..", ":", "80", "65536", "+1", "xn--", "XN--a", "_", "%41",
            "[::1]", "",
        ];
        let followed = |start: String| parts.map(|part| format!("{start}{part}"));
        let hosts = (0..3).fold(vec![String::new()], |hosts, _| {
            hosts.into_iter().flat_map(followed).collect()
        });
        let usual: Vec<&String> = hosts.iter().filter(|host| is_usual_host(host)).collect();
        assert!(usual.len() > 100, "{usual:?}");
        for host in usual {
            assert!(is_host(host), "{host}");
        }
        for host in ["localhost", "api.example.com:8443", "127.0.0.1:8080", "list-1.example"] {
            assert!(is_usual_host(host), "{host}");
        }
        for host in ["", "a:", "a:+1", "a.", "1.2.3.256", "xn--a", "a/b", "u@h", "[::1]"] {
            assert!(!is_usual_host(host), "{host}");
        }
    }

    #[test]
    fn default_ports_are_left_out() {
        for (host, port, scheme, expected) in [
            ("a:443", None, "https", "a"),
            ("a:80", None, "http", "a"),
            ("a:80", None, "https", "a:80"),
            ("a", Some(8443), "https", "a:8443"),
            ("a:1", Some(2), "http", "a:1"),
            ("[::1]", None, "http", "[::1]"),
            ("[::1]:8080", None, "http", "[::1]:8080"),
        ] {
            assert_eq!(with_port(host, port, scheme), expected);
        }
    }
}
