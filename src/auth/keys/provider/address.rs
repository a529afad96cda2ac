//! Where keys are published.

use std::{fmt, str::FromStr};

use thiserror::Error;
use url::{Host, Url};

/// What an issuer's URL is followed by (OpenID Connect Discovery 1.0, section 4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The URL of a key set or of a discovery document: `https`, or `http` for a loopback host, without user, password and
/// fragment. It is shown without its query, which may hold what is not for the log.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyUrl(Url);

/// Why keys are not read from a URL. The message follows its name and does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "must be a URL with https://, or with http:// and a loopback host, without user, password and fragment, such as \
     \"https://id.example.com/keys\""
)]
pub struct UrlFault;

impl KeyUrl {
    /// The URL as it is requested.
    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for KeyUrl {
    type Err = UrlFault;

    fn from_str(text: &str) -> Result<Self, UrlFault> {
        let url = Url::parse(text).map_err(|_| UrlFault)?;
        let is_private = match url.scheme() {
            "https" => true,
            "http" => url.host().is_some_and(|host| is_loopback(&host)),
            _ => false,
        };
        let has_user = !url.username().is_empty() || url.password().is_some();
        // What the client cannot request is refused here, and not at each attempt.
        let can_be_requested = url.as_str().parse::<hyper::Uri>().is_ok();
        if is_private && !has_user && url.fragment().is_none() && can_be_requested {
            Ok(Self(url))
        } else {
            Err(UrlFault)
        }
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl fmt::Display for KeyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        shown.set_query(None);
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for KeyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyUrl({self})")
    }
}

/// An OpenID provider: its name, which is the `iss` of its tokens, and where it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    name: String,
    discovery: KeyUrl,
}

impl Issuer {
    /// The name, exactly as configured.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its discovery document is.
    pub(super) fn discovery(&self) -> &KeyUrl {
        &self.discovery
    }
}

impl FromStr for Issuer {
    type Err = UrlFault;

    /// Accepts what [`KeyUrl`] does, but no query: the path of the document is appended.
    fn from_str(name: &str) -> Result<Self, UrlFault> {
        // Checked by itself first: what is appended would change the meaning of a query or a fragment.
        name.parse::<KeyUrl>()?;
        if name.contains('?') || name.trim() != name {
            return Err(UrlFault);
        }
        let discovery = format!("{}{DISCOVERY}", name.strip_suffix('/').unwrap_or(name));
        Ok(Self {
            name: name.to_owned(),
            discovery: discovery.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_an_encrypted_connection_or_from_this_machine() {
        for text in [
            "https://id.example.com/keys",
            "https://id.example.com:8443/keys?tenant=a",
            "https://192.0.2.7/keys",
            "http://localhost/keys",
            "http://LOCALHOST:8080/keys",
            "http://127.0.0.1:8080",
            "http://127.1.2.3/keys",
            "http://[::1]:8080/keys",
        ] {
            assert!(text.parse::<KeyUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "id.example.com/keys",
            "/keys",
            "file:///keys",
            "ftp://127.0.0.1/keys",
            "https://",
            "http://id.example.com/keys",
            "http://192.0.2.7/keys",
            "http://localhost.example.com/keys",
            "http://[::2]/keys",
            "https://user@id.example.com/keys",
            "https://:password@id.example.com/keys",
            "https://id.example.com/keys#first",
        ] {
            assert!(text.parse::<KeyUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_query_is_requested_and_not_shown() {
        let url: KeyUrl = "https://id.example.com/keys?code=marked".parse().unwrap();
        assert!(url.as_url().as_str().ends_with("?code=marked"));
        assert_eq!(url.to_string(), "https://id.example.com/keys");
        assert!(!format!("{url:?}").contains("marked"));
    }

    #[test]
    fn an_issuer_keeps_its_name_and_its_path() {
        for (name, expected) in [
            (
                "https://id.example.com",
                "https://id.example.com/.well-known/openid-configuration",
            ),
            (
                "https://id.example.com/",
                "https://id.example.com/.well-known/openid-configuration",
            ),
            (
                "https://id.example.com/realms/a",
                "https://id.example.com/realms/a/.well-known/openid-configuration",
            ),
            (
                "http://localhost:8080/a/",
                "http://localhost:8080/a/.well-known/openid-configuration",
            ),
        ] {
            let issuer: Issuer = name.parse().unwrap();
            assert_eq!(issuer.name(), name);
            assert_eq!(issuer.discovery().as_url().as_str(), expected);
        }
        for name in [
            "",
            "id.example.com",
            "http://id.example.com",
            "https://id.example.com?a=b",
            "https://id.example.com?",
            "https://id.example.com#a",
            " https://id.example.com",
        ] {
            assert!(name.parse::<Issuer>().is_err(), "{name}");
        }
    }
}
