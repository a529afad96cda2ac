//! The types that a member of a request can have: each reads itself and reports its faults.

use super::{Json, Members, members::NOT_AN_OBJECT, number};
use crate::{
    domain::{
        ExtraData, PhoneType, SentTimezone, Timezone, UniqueIdentifierType,
        text::{self, Text, TextFault},
    },
    http::{
        request::faults::{FaultKind, Faults, NOT_A_BOOLEAN, Place, fault, or_fault, word_or_fault},
        schema::Items,
    },
};

/// A type that can be read from JSON.
pub trait FromJson: Sized {
    /// Reads the value at this place and reports every fault in it. `None` only with a fault.
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self>;
}

impl FromJson for bool {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(value),
            _ => fault(place, NOT_A_BOOLEAN, faults),
        }
    }
}

/// A whole number; `5.0` counts as one.
impl FromJson for i64 {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let whole = match json {
            Json::Number(number) => number::whole(number),
            _ => None,
        };
        whole.or_else(|| fault(place, "must be a whole number", faults))
    }
}

impl FromJson for String {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::String(text) => Some(text.into_owned()),
            _ => fault(place, "must be a string", faults),
        }
    }
}

impl<const MAX: usize, const CONTROLS: u8> FromJson for Text<MAX, CONTROLS> {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let text = String::from_json(json, place, faults)?;
        let kind = if text.is_empty() {
            FaultKind::Missing
        } else {
            FaultKind::Invalid
        };
        Self::new(text)
            .map_err(|rule| faults.report(place, kind, rule.to_string()))
            .ok()
    }
}

impl FromJson for Timezone {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let sent = SentTimezone::from_json(json, place, faults)?;
        Self::parse(sent.as_str()).or_else(|| fault(place, "is not a time zone of the tz database", faults))
    }
}

/// An object in which no member is repeated and no text has control characters other than tabs and line breaks.
impl FromJson for ExtraData {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Object(object) = json else {
            return fault(place, NOT_AN_OBJECT, faults);
        };
        let data = or_fault(Self::new(object.text()), place, faults)?;
        if json.any_text(&text::has_control_characters_except_breaks) {
            return or_fault(Err(TextFault::ControlCharacter), place, faults);
        }
        if json.has_repeated_members() {
            return fault(place, "must not contain the same member more than once", faults);
        }
        Some(data)
    }
}

/// If there are more items than allowed, only the first ones are read.
impl<T: FromJson, const MIN: usize, const MAX: usize> FromJson for Items<T, MIN, MAX> {
    fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Array(array) = json else {
            return fault(place, "must be an array", faults);
        };
        let kind = if array.is_empty() {
            FaultKind::Missing
        } else {
            FaultKind::Invalid
        };
        let checked = Self::check(array.len()).map_err(|rule| faults.report(place, kind, rule));
        let items = array.items().take(MAX).enumerate();
        let read = items.map(|(index, item)| T::from_json(item, &Place::Item(place, index), faults));
        // All of them are read before a fault ends the reading, so that every fault is reported.
        let read: Vec<Option<T>> = read.collect();
        checked.ok()?;
        read.into_iter().collect::<Option<Vec<T>>>().map(Self::of)
    }
}

/// Reads enums whose values are words.
macro_rules! words {
    ($($words:ty),+) => {
        $(impl FromJson for $words {
            fn from_json(json: Json<'_>, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
                let text = String::from_json(json, place, faults)?;
                word_or_fault(&text, place, faults)
            }
        })+
    };
}

words!(PhoneType, UniqueIdentifierType);

/// A member of an object, which is required unless its type is an `Option`.
pub trait Member: Sized {
    /// Takes the member. `None` only with a fault.
    fn take(members: &mut Members<'_, '_>, name: &str, faults: &mut Faults) -> Option<Self>;
}

impl<T: FromJson> Member for T {
    fn take(members: &mut Members<'_, '_>, name: &str, faults: &mut Faults) -> Option<Self> {
        members.required(name, faults)
    }
}

impl<T: FromJson> Member for Option<T> {
    fn take(members: &mut Members<'_, '_>, name: &str, faults: &mut Faults) -> Option<Self> {
        members.optional(name, faults)
    }
}

/// Defines an object in requests. A member is required unless its type is an `Option`, and any member that is not
/// stated is a fault. `where` names rules about which members go together; they are checked before the members are
/// read. `knows` names a list of all members that they ask for, if those are more than the type has.
///
/// ```ignore
/// request! {
///     /// What it is.
///     pub struct NewRecordRequest as "NewRecord" where external_reference {
///         /// What the member is.
///         #[example("Ada")]
///         first_name: PersonName,
///         /// A member that is optional and should not be used any more.
///         #[deprecated = "Use `phone_numbers`."]
///         phone_number: Option<PhoneNumber>,
///     }
/// }
/// ```
macro_rules! request {
    (
        $(#[doc = $about:literal])+
        pub struct $type:ident as $name:literal $(knows $known:ident)? $(where $($rule:path),+)? {
            $(
                $(#[doc = $doc:literal])+
                $(#[example($example:literal)])?
                $(#[deprecated = $deprecated:literal])?
                $field:ident: $of:ty,
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone)]
        #[cfg_attr(test, derive(Debug))]
        pub struct $type {
            $(
                $(#[doc = $doc])+
                pub $field: $of,
            )+
        }

        $crate::http::schema::object::named_schema!($type, $name, [$($of),+], {
            let object = $crate::http::schema::object::ObjectSchema::new(&[$($about),+]);
            $(
                let object = object.member::<$of>(
                    stringify!($field),
                    &[$($doc),+],
                    $crate::http::schema::object::wire_example!($($example)?),
                );
                $(let object = object.deprecate(stringify!($field), $deprecated);)?
            )+
            object.closed()
        });

        impl $crate::http::request::json::FromJson for $type {
            fn from_json(
                json: $crate::http::request::json::Json<'_>,
                place: &$crate::http::request::faults::Place<'_>,
                faults: &mut $crate::http::request::faults::Faults,
            ) -> Option<Self> {
                // The first list counts.
                let known: &[&[&str]] = &[$(&$known,)? &[$(stringify!($field)),+]];
                let mut members = $crate::http::request::json::Members::of(json, place, known[0], faults)?;
                $($($rule(&mut members, faults);)+)?
                $(let $field = <$of as $crate::http::request::json::Member>::take(&mut members, stringify!($field), faults);)+
                members.finish(faults);
                Some(Self { $($field: $field?,)+ })
            }
        }
    };
}

pub(crate) use request;
