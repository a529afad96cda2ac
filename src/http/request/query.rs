//! Query strings: nothing repeated, nothing guessed (api.md section 1, "query on writes").

use utoipa::openapi::path::Parameter;

use super::json::Faults;
use crate::{
    domain::text,
    http::{
        document::documented::Documented,
        response::error::{ApiError, ErrorCode},
    },
};

/// What an operation takes from its query.
pub trait FromQuery: Sized {
    /// Whether the operation writes. Then a parameter that it does not know is a fault, because a misspelt option
    /// must not be passed over, and `Idempotency-Key` counts.
    const IS_WRITE: bool;

    /// Values that mean the same as no parameter at all.
    const DEFAULTS: &'static [(&'static str, &'static str)] = &[];

    /// A query that breaks a rule: the document shows the answer to it. Empty where no query is refused.
    const FAULTY: &'static str;

    /// The parameters as the document describes them.
    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }

    /// Takes the parameters that the operation knows; notes every fault. `None` only with a fault.
    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self>;
}

/// What the document says of a query.
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

/// The parameters that are not taken yet.
#[derive(Clone)]
pub struct Query {
    parameters: Vec<(String, String)>,
}

impl Query {
    /// Takes a query string apart and gives the operation what it knows.
    pub fn read<Q: FromQuery>(query: &str) -> Result<Q, ApiError> {
        let parameters = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut query = Self { parameters };
        let mut faults = Faults::default();
        let taken = Q::from_query(&mut query, &mut faults);
        if Q::IS_WRITE {
            for (name, _) in &query.parameters {
                faults.add(text::visible(name), "is not a parameter of this operation");
            }
        }
        match taken {
            Some(taken) if faults.is_empty() => Ok(taken),
            _ => Err(ApiError::new(ErrorCode::QueryInvalid).with_fields(faults.into_fields())),
        }
    }

    /// Takes a parameter.
    pub fn text(&mut self, name: &str, faults: &mut Faults) -> Option<String> {
        self.text_without(text::has_control_characters, name, faults)
    }

    fn text_without(&mut self, unwanted: fn(&str) -> bool, name: &str, faults: &mut Faults) -> Option<String> {
        let mut values = Vec::new();
        self.parameters.retain_mut(|(parameter, value)| {
            let is_it = parameter == name;
            if is_it {
                values.push(std::mem::take(value));
            }
            !is_it
        });
        if values.len() > 1 {
            faults.add(name, "must not be there more than once");
        }
        let value = values.pop()?;
        if unwanted(&value) {
            faults.add(name, "must not hold control characters");
        }
        Some(value)
    }

    /// Refuses filters that others know here and that are not served: a filter is never passed over, for whoever deletes
    /// what it listed would delete everything.
    pub fn refuse(&mut self, names: &[&str], faults: &mut Faults) {
        for name in names {
            let sent = self.parameters.len();
            self.parameters.retain(|(parameter, _)| parameter != name);
            if self.parameters.len() < sent {
                faults.add(*name, "is not supported here");
            }
        }
    }

    /// Takes `true` or `false`, in just this spelling.
    pub fn boolean(&mut self, name: &str, faults: &mut Faults) -> Option<bool> {
        match self.text(name, faults)?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                faults.add(name, "must be true or false");
                None
            }
        }
    }

    /// Takes one of these words; tells what it stands for.
    pub fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)], faults: &mut Faults) -> Option<T> {
        let value = self.text(name, faults)?;
        let known = words.iter().find(|(word, _)| *word == value);
        if known.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let expected = match names.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => String::new(),
            };
            faults.add(name, format!("must be {expected}"));
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// Takes a text of so many characters.
    pub fn text_of(&mut self, name: &str, max: usize, faults: &mut Faults) -> Option<String> {
        let value = self.text(name, faults);
        value.inspect(|value| check_length(name, value, max, faults))
    }

    /// Takes a name of so many characters: tabs and line breaks are allowed in it.
    pub fn name_of(&mut self, name: &str, max: usize, faults: &mut Faults) -> Option<String> {
        let unwanted = text::has_control_characters_except_breaks;
        let value = self.text_without(unwanted, name, faults);
        value.inspect(|value| check_length(name, value, max, faults))
    }

    /// Takes a phone number. Clients send its plus raw, and a raw plus means a space in a query.
    pub fn phone_number(&mut self, name: &str, faults: &mut Faults) -> Option<String> {
        let value = self.text_of(name, 20, faults)?;
        Some(match value.strip_prefix(' ') {
            Some(rest) => format!("+{rest}"),
            None => value,
        })
    }

    /// Takes a whole number from `min` to `max`, written in digits alone.
    pub fn integer(&mut self, name: &str, min: u64, max: u64, faults: &mut Faults) -> Option<u64> {
        let value = self.text(name, faults)?;
        let is_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value
            .parse::<u64>()
            .ok()
            .filter(|number| is_digits && (min..=max).contains(number));
        if number.is_none() {
            let expected = format!("must be a whole number from {min} to {max}");
            faults.add(name, expected);
        }
        number
    }
}

fn check_length(name: &str, value: &str, max: usize, faults: &mut Faults) {
    if !text::has_length(value, 1, max) {
        faults.add(name, format!("must have 1 to {max} characters"));
    }
}
