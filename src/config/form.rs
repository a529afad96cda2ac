//! The forms of values. One parser serves the flag, the variable and the key of the file, and its error says what the
//! value must be. No error repeats a value, because it may be a secret.

use std::{any::TypeId, borrow::Cow, error::Error, ffi::OsStr, net::IpAddr, time::Duration};

use clap::{
    Arg, Command,
    builder::{PossibleValue, TypedValueParser},
    error::{ContextKind, ContextValue, ErrorKind},
};
use ipnet::IpNet;
use thiserror::Error;
use url::Url;

use crate::{
    auth::{Issuer, KeyUrl, UrlFault},
    http::response::origin::Origin,
};

/// What a value must be. The message follows the name of the setting.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Form(Cow<'static, str>);

impl Form {
    /// The form with this name, such as "must be a number".
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// The form that a value does not have, if that is why the command line was refused.
    pub fn missed(error: &clap::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::ValueValidation => error.source()?.downcast_ref().cloned(),
            ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(words)) if !words.is_empty() => {
                    Some(Self::new(format!("must be {}", words.join(" or "))))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether values of this setting are yes or no. Only such a setting has a meaning when it is empty.
pub fn is_yes_or_no(setting: &Arg) -> bool {
    setting.get_value_parser().type_id() == TypeId::of::<bool>()
}

/// Whether values of this setting are whole numbers.
pub fn is_number(setting: &Arg) -> bool {
    let numbers = [TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>()];
    let parser = setting.get_value_parser();
    numbers.iter().any(|number| parser.type_id() == *number)
}

/// A whole number within these bounds.
pub fn count<N>(least: u64, most: u64) -> impl Fn(&str) -> Result<N, Form> + Clone + Send + Sync + 'static
where
    N: TryFrom<u64> + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| Form::new(format!("must be a whole number from {least} to {most}")))
    }
}

/// The shortest time that a setting can have. PostgreSQL takes 0 for no limit.
const SHORTEST: Duration = Duration::from_millis(1);

/// The longest time that a setting can have.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A time with a unit.
pub fn time(text: &str) -> Result<Duration, Form> {
    let time = humantime::parse_duration(text).ok();
    time.filter(|time| (SHORTEST..=LONGEST).contains(time))
        .ok_or(Form::new("must be a time with a unit, from 1ms to 24h, such as \"3s\""))
}

/// The shortest period: for a day, saved responses and the audit trail tell what was carried out.
const SHORTEST_PERIOD: Duration = LONGEST;

/// The longest period, in years of 365.25 days.
const LONGEST_PERIOD: Duration = Duration::from_secs(100 * 31_557_600);

/// A period of days or years.
pub fn period(text: &str) -> Result<Duration, Form> {
    let period = humantime::parse_duration(text).ok();
    period
        .filter(|period| (SHORTEST_PERIOD..=LONGEST_PERIOD).contains(period))
        .ok_or(Form::new(
            "must be a period with a unit, from 1day to 100years, such as \"400days\"",
        ))
}

/// The base URL of links.
pub fn base_url(text: &str) -> Result<Url, Form> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
        let has_user = !url.username().is_empty() || url.password().is_some();
        is_web && !has_user && url.query().is_none() && url.fragment().is_none()
    });
    url.ok_or(Form::new(
        "must be a URL with http:// or https://, a host and maybe a path, such as \"https://dialer.example.com/lists\"",
    ))
}

/// Where a key set is published.
pub fn key_url(text: &str) -> Result<KeyUrl, Form> {
    text.parse().map_err(|fault: UrlFault| Form::new(fault.to_string()))
}

/// The name of an OpenID provider.
pub fn issuer(text: &str) -> Result<Issuer, Form> {
    text.parse().map_err(|fault: UrlFault| Form::new(fault.to_string()))
}

/// A network, or one host.
pub fn network(text: &str) -> Result<IpNet, Form> {
    let host = text.parse::<IpAddr>().map(IpNet::from);
    host.or_else(|_| text.parse())
        .map_err(|_| Form::new("must be a network or an IP address, such as \"10.0.0.0/8\""))
}

/// The origin of web pages.
pub fn origin(text: &str) -> Result<Origin, Form> {
    text.parse().map_err(|_| {
        Form::new(
            "must be an origin, that is a scheme, a host and maybe a port, such as \"https://app.example.com\", and \
             nothing else",
        )
    })
}

/// Yes or no in common words. Empty is no: so a variable can be switched off.
#[derive(Clone, Copy)]
pub struct YesOrNo;

impl TypedValueParser for YesOrNo {
    type Value = bool;

    fn parse_ref(&self, command: &Command, setting: Option<&Arg>, value: &OsStr) -> Result<bool, clap::Error> {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "off" | "0" | "" => Ok(false),
            _ => Err(Form::new("must be true or false")),
        };
        TypedValueParser::parse_ref(&parse, command, setting, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(["true", "false"].into_iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_what_links_can_start_with() {
        for text in ["https://dialer.example.com", "http://10.0.0.1:8080/lists/"] {
            assert!(base_url(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "dialer.example.com",
            "localhost:8080",
            "//dialer.example.com",
            "/lists",
            "ftp://dialer.example.com",
            "https://",
            "https://user:password@dialer.example.com",
            "https://dialer.example.com?x=1",
            "https://dialer.example.com/#x",
        ] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_may_be_one_host() {
        for (text, network) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(super::network(text).unwrap().to_string(), network);
        }
        for text in ["", "10.0.0.0/33", "proxy.example.com", "10.0.0"] {
            assert!(super::network(text).is_err(), "{text}");
        }
    }
}
