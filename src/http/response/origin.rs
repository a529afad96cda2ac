//! The origins of web pages that may use the API (docs/contract.md section 1.4).

use std::str::FromStr;

use thiserror::Error;
use url::Url;

/// The origin of a web page, as browsers send it: scheme and host, and the port unless it is the scheme's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// A text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an origin")]
pub struct NotAnOrigin;

impl Origin {
    /// The origin as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = Url::parse(text).map_err(|_| NotAnOrigin)?;
        let host = url.host_str().filter(|host| !host.is_empty() && !host.contains('*'));
        let has_more = !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        let (Some(host), false) = (host, has_more) else {
            return Err(NotAnOrigin);
        };
        // Schemes of apps and extensions have no origin in the library.
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{}://{}{port}", url.scheme(), host.to_ascii_lowercase())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for (text, origin) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://APP.example.com:443/", "https://app.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://b\u{fc}ro.example", "https://xn--bro-hoa.example"),
            (
                "chrome-extension://abcdefghijklmnop",
                "chrome-extension://abcdefghijklmnop",
            ),
            ("tauri://LOCALHOST", "tauri://localhost"),
        ] {
            assert_eq!(text.parse(), Ok(Origin(origin.to_owned())), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://*.example.com",
            "https://a.example/path",
            "https://a.example?x",
            "https://a.example#x",
            "https://user@a.example",
            "file:///x",
            "data:x",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
        }
    }
}
