//! Query strings, parsed strictly: nothing may be repeated, and nothing is guessed (docs/contract.md section 1.9).

pub mod array;
mod text;
pub mod values;

use utoipa::openapi::path::{Parameter, ParameterStyle};

use self::text::pairs;
use super::faults::{Faults, NOT_A_BOOLEAN, REPEATED, fault, missing_half, or_fault};
use crate::{
    domain::{
        SentPhoneNumber, Status,
        text::{Text, visible},
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

    /// A query that breaks a rule: the document shows the response to it.
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

/// The parameters of a query as they are compared: those that are not UTF-8 were refused.
pub(super) fn sent(query: &str) -> Vec<(String, String)> {
    text::pairs(query, &mut Faults::default())
}

/// The query of an operation that reads and has no parameters. It only has to be UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct AnyQuery;

impl FromQuery for AnyQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = "a=%FF";

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
        let mut faults = Faults::default();
        let parameters = pairs(query, &mut faults);
        if !faults.is_empty() {
            return Err(faults.into_error(ErrorCode::QueryInvalid));
        }
        let mut query = Self { parameters };
        let taken = Q::from_query(&mut query, &mut faults);
        if Q::IS_WRITE {
            for (name, _) in &query.parameters {
                faults.add(&*visible(name), "is not a parameter of this operation");
            }
        }
        match taken {
            Some(taken) if faults.is_empty() => Ok(taken),
            _ => Err(faults.into_error(ErrorCode::QueryInvalid)),
        }
    }

    /// Takes a parameter; `None` if it is absent or has a fault.
    pub fn take<T: FromText>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        let mut values = self.take_where(|parameter| parameter == name);
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
        self.take_where(|parameter| parameter == name);
    }

    /// Takes all values of a parameter that may have several; `name[]` means the same as `name`.
    pub fn take_all(&mut self, name: &str) -> Vec<String> {
        self.take_where(|sent| sent == name || is_array_of(sent, name))
    }

    fn take_where(&mut self, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let mut values = Vec::new();
        self.parameters.retain_mut(|(parameter, value)| {
            let is_it = is_it(parameter);
            if is_it {
                values.push(std::mem::take(value));
            }
            !is_it
        });
        values
    }

    /// The parameters with these names as they were sent, in the order of the names: for links, and to tell listings
    /// apart. Nothing is taken.
    pub fn sent(&self, names: &[Known]) -> Vec<(&'static str, String)> {
        let of = |known: &Known| {
            let Known { name, is_array } = *known;
            let is_it = move |sent: &str| sent == name || is_array && is_array_of(sent, name);
            let sent = self.parameters.iter().filter(move |(parameter, _)| is_it(parameter));
            sent.map(move |(_, value)| (name, value.clone()))
        };
        names.iter().flat_map(of).collect()
    }

    /// Whether a parameter that has not been taken yet was sent.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(parameter, _)| parameter == name)
    }

    /// The same of a parameter that may have several values.
    pub fn has_any(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|(parameter, _)| parameter == name || is_array_of(parameter, name))
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
                faults.add(*name, "is not supported");
            }
        }
    }
}

/// A parameter that an operation knows.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// Whether it may have several values, and its name may have `[]` behind it.
    pub is_array: bool,
}

/// Whether a parameter that was sent is an array with this name.
fn is_array_of(sent: &str, name: &str) -> bool {
    sent.strip_suffix("[]") == Some(name)
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
    /// How several values are sent, and whether each is a parameter of its own; `None` if there is one value.
    const STYLE: Option<(ParameterStyle, bool)> = None;

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
                    <$of as $crate::http::request::query::QueryParameter>::STYLE,
                )),+]
            }

            /// The parameters that a request may have.
            pub const KNOWN: &'static [$crate::http::request::query::Known] = &[$(
                $crate::http::request::query::Known {
                    name: $crate::http::schema::object::wire_name!($field $($wire)?),
                    is_array: <$of as $crate::http::request::query::QueryParameter>::STYLE.is_some(),
                },
            )+];

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
