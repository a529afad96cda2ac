//! Query strings, parsed strictly: nothing may be repeated, and nothing is guessed (docs/contract.md section 1.9).

use std::borrow::Cow;

use utoipa::openapi::path::Parameter;

use super::faults::{Faults, NOT_A_BOOLEAN, REPEATED, fault, missing_half, or_fault};
use crate::{
    domain::{
        SentPhoneNumber, Status,
        text::{self, Text},
    },
    http::{
        document::documented::Documented,
        response::error::{ApiError, ErrorCode},
        schema::{Whole, WireType},
    },
};

/// Turns enums whose values are words into query filters.
macro_rules! filter {
    ($($filter:ty),+) => {
        $(impl $crate::http::request::query::FromText for $filter {
            fn from_text(text: String, name: &str, faults: &mut $crate::http::request::faults::Faults) -> Option<Self> {
                $crate::http::request::faults::word_or_fault(&text, name, faults)
            }
        })+
    };
}

/// Defines options of a query from enums whose values are words, each with its default.
macro_rules! option {
    ($($option:ty = $default:expr),+) => {
        $crate::http::request::query::filter!($($option),+);

        $(impl $crate::http::request::query::QueryParameter for $option {
            fn default_value() -> Option<serde_json::Value> {
                Some(entity::Word::word($default).into())
            }

            fn take(
                query: &mut $crate::http::request::query::Query,
                name: &str,
                faults: &mut $crate::http::request::faults::Faults,
            ) -> Self {
                query.take::<$option>(name, faults).unwrap_or($default)
            }
        })+
    };
}

/// A type that an operation reads from its query.
pub trait FromQuery: Sized {
    /// Whether the operation writes. If it does, an unknown parameter is a fault, because a misspelled option must not
    /// be ignored, and `Idempotency-Key` is read.
    const IS_WRITE: bool;

    /// A query that breaks a rule: the document shows the response to it. Empty if no query is rejected.
    const FAULTY: &'static str;

    /// The default values: sending one means the same as leaving the parameter out.
    fn defaults() -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The parameters as the document describes them.
    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }

    /// Takes the parameters that the operation knows and reports every fault. `None` only with a fault.
    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self>;
}

/// What the document says about a query.
pub(crate) fn documented<Q: FromQuery>() -> Documented {
    Documented {
        parameters: Q::parameters(),
        ..Documented::by_errors(Query::read::<Q>(Q::FAULTY).err())
    }
}

/// The query of an operation that reads and has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct AnyQuery;

impl FromQuery for AnyQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = "";

    fn from_query(_: &mut Query, _: &mut Faults) -> Option<Self> {
        Some(Self)
    }
}

/// The query of an operation that writes and has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct NoQuery;

impl FromQuery for NoQuery {
    const IS_WRITE: bool = true;
    const FAULTY: &'static str = "dry_run=true";

    fn from_query(_: &mut Query, _: &mut Faults) -> Option<Self> {
        Some(Self)
    }
}

/// The parameters that have not been taken yet.
#[derive(Clone)]
pub struct Query {
    parameters: Vec<(String, String)>,
}

impl Query {
    /// Parses a query string and lets the operation take the parameters that it knows.
    pub fn read<Q: FromQuery>(query: &str) -> Result<Q, ApiError> {
        let parameters = query.split('&').flat_map(|pair| {
            // Clients send the plus of a number unencoded, which would be read as a space.
            let unencoded = ["phone_number=+", "phone=+"].into_iter().find_map(|start| {
                let rest = pair.strip_prefix(start)?;
                Some(format!("{}%2B{rest}", start.trim_end_matches('+')))
            });
            let pair = unencoded.map_or(Cow::Borrowed(pair), Cow::Owned);
            let parsed = url::form_urlencoded::parse(pair.as_bytes());
            parsed.into_owned().collect::<Vec<_>>()
        });
        let mut query = Self {
            parameters: parameters.collect(),
        };
        let mut faults = Faults::default();
        let taken = Q::from_query(&mut query, &mut faults);
        if Q::IS_WRITE {
            for (name, _) in &query.parameters {
                faults.add(&*text::visible(name), "is not a parameter of this operation");
            }
        }
        match taken {
            Some(taken) if faults.is_empty() => Ok(taken),
            _ => Err(faults.into_error(ErrorCode::QueryInvalid)),
        }
    }

    /// Takes a parameter; `None` if it is absent or has a fault.
    pub fn take<T: FromText>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        let mut values = Vec::new();
        self.parameters.retain_mut(|(parameter, value)| {
            let is_it = parameter == name;
            if is_it {
                values.push(std::mem::take(value));
            }
            !is_it
        });
        if values.len() > 1 {
            return fault(name, REPEATED, faults);
        }
        T::from_text(values.pop()?, name, faults)
    }

    /// Takes a parameter that must be there; `None` only with a fault.
    pub fn require<T: FromText>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        if !self.has(name) {
            return fault(name, "is required", faults);
        }
        self.take(name, faults)
    }

    /// Takes a parameter whose value does not matter.
    pub fn ignore(&mut self, name: &str) {
        self.parameters.retain(|(parameter, _)| parameter != name);
    }

    /// Whether a parameter that has not been taken yet was sent.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(parameter, _)| parameter == name)
    }

    /// Reports the missing one of two parameters if only the other was sent.
    pub fn require_both(&self, names: [&'static str; 2], faults: &mut Faults) {
        if let Some((name, description)) = missing_half(names, |name| self.has(name)) {
            faults.add(name, description);
        }
    }

    /// Rejects filters that the contract defines here and that are not supported. A filter is never ignored, because a
    /// client that deletes what it listed would then delete everything.
    pub fn refuse(&mut self, names: &[&str], faults: &mut Faults) {
        for name in names {
            let sent = self.parameters.len();
            self.parameters.retain(|(parameter, _)| parameter != name);
            if self.parameters.len() < sent {
                faults.add(*name, "is not supported yet");
            }
        }
    }
}

/// A type that can be read from the text of a parameter.
pub trait FromText: Sized {
    /// Reads the text and reports every fault. `None` only with a fault.
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self>;
}

/// Accepts exactly `true` or `false`.
impl FromText for bool {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        match text.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => fault(name, NOT_A_BOOLEAN, faults),
        }
    }
}

impl<const MAX: usize, const CONTROLS: u8> FromText for Text<MAX, CONTROLS> {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        or_fault(Self::new(text), name, faults)
    }
}

/// Accepts only digits.
impl<const MIN: u64, const MAX: u64> FromText for Whole<MIN, MAX> {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_digits).and_then(Self::new);
        number.or_else(|| fault(name, &Self::rule(), faults))
    }
}

/// A phone number in a query.
#[derive(Clone)]
pub struct PhoneNumberText(pub SentPhoneNumber);

impl FromText for PhoneNumberText {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        SentPhoneNumber::from_text(text, name, faults).map(Self)
    }
}

impl WireType for PhoneNumberText {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        SentPhoneNumber::schema()
    }
}

filter!(Status);

/// A parameter of a query.
pub trait QueryParameter: Sized {
    /// Its value if it is absent, as the document shows it; `None` if it has no default.
    fn default_value() -> Option<serde_json::Value>;

    /// Takes the parameter.
    fn take(query: &mut Query, name: &str, faults: &mut Faults) -> Self;
}

impl<T: FromText> QueryParameter for Option<T> {
    fn default_value() -> Option<serde_json::Value> {
        None
    }

    fn take(query: &mut Query, name: &str, faults: &mut Faults) -> Self {
        query.take(name, faults)
    }
}

/// `false` by default.
impl QueryParameter for bool {
    fn default_value() -> Option<serde_json::Value> {
        Some(false.into())
    }

    fn take(query: &mut Query, name: &str, faults: &mut Faults) -> Self {
        query.take(name, faults).unwrap_or(false)
    }
}

/// Defines the parameters of a query: each states its name, type and description once. A parameter has a default unless
/// its type is an `Option`.
macro_rules! query {
    (
        $(#[doc = $about:literal])+
        pub struct $type:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident $(as $wire:literal)?: $of:ty,
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone)]
        pub struct $type {
            $($(#[doc = $doc])+ pub $field: $of,)+
        }

        impl $type {
            /// The parameters as the document describes them.
            pub fn parameters() -> Vec<utoipa::openapi::path::Parameter> {
                vec![$($crate::http::document::parameters::of_query::<$of>(
                    $crate::http::schema::object::wire_name!($field $($wire)?),
                    &[$($doc),+],
                    <$of as $crate::http::request::query::QueryParameter>::default_value(),
                )),+]
            }

            /// The parameters that have a default.
            pub fn defaults() -> Vec<(&'static str, String)> {
                let all = [$((
                    $crate::http::schema::object::wire_name!($field $($wire)?),
                    <$of as $crate::http::request::query::QueryParameter>::default_value(),
                )),+];
                let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                all.into_iter().filter_map(|(name, default)| Some((name, text(default?)))).collect()
            }

            /// Takes the parameters and reports every fault.
            pub fn take(
                query: &mut $crate::http::request::query::Query,
                faults: &mut $crate::http::request::faults::Faults,
            ) -> Self {
                Self {
                    $($field: <$of as $crate::http::request::query::QueryParameter>::take(
                        query,
                        $crate::http::schema::object::wire_name!($field $($wire)?),
                        faults,
                    ),)+
                }
            }
        }
    };
}

pub(crate) use {filter, option, query};
