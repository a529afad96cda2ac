//! Parameters that may have several values.

use utoipa::openapi::{ArrayBuilder, RefOr, Schema, path::ParameterStyle};

use super::{FromText, Query, QueryParameter};
use crate::http::{
    request::faults::{Faults, fault},
    schema::WireType,
};

/// The values of a parameter that are separated by commas; empty if it is absent. It may also be sent several times.
#[derive(Clone)]
pub struct ByComma<T>(pub Vec<T>);

/// The values of a parameter that is sent once for each, at most `MAX` times.
#[derive(Clone)]
pub struct Repeated<T, const MAX: usize>(pub Vec<T>);

impl<T: FromText + PartialEq> QueryParameter for ByComma<T> {
    const STYLE: Option<(ParameterStyle, bool)> = Some((ParameterStyle::Form, false));

    fn default_value() -> Option<serde_json::Value> {
        None
    }

    fn take(query: &mut Query, name: &str, faults: &mut Faults) -> Self {
        let sent = query.take_all(name);
        let texts = sent.iter().flat_map(|value| value.split(','));
        let mut values = Vec::new();
        for text in texts {
            match T::from_text(text.to_owned(), name, faults) {
                Some(value) if values.contains(&value) => {}
                Some(value) => values.push(value),
                // One fault is enough.
                None => break,
            }
        }
        Self(values)
    }
}

impl<T: FromText, const MAX: usize> QueryParameter for Repeated<T, MAX> {
    const STYLE: Option<(ParameterStyle, bool)> = Some((ParameterStyle::Form, true));

    fn default_value() -> Option<serde_json::Value> {
        None
    }

    fn take(query: &mut Query, name: &str, faults: &mut Faults) -> Self {
        let sent = query.take_all(name);
        if sent.len() > MAX {
            fault::<()>(name, &format!("must appear at most {MAX} times"), faults);
            return Self(Vec::new());
        }
        let values = sent.into_iter().map_while(|text| T::from_text(text, name, faults));
        Self(values.collect())
    }
}

impl<T: WireType> WireType for ByComma<T> {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema()).min_items(Some(1)).into()
    }
}

impl<T: WireType, const MAX: usize> WireType for Repeated<T, MAX> {
    fn schema() -> RefOr<Schema> {
        let array = ArrayBuilder::new().items(T::schema());
        array.min_items(Some(1)).max_items(Some(MAX)).into()
    }
}
