//! The schemas of enums whose values are words.

use entity::Word;
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema, Type};

use super::{Schemas, WireType, object::prose};
use crate::domain::{OperationKind, PhoneType, Status, UniqueIdentifierType};

/// The schema of a text that is one of the words; `named!` adds what they are.
pub(crate) fn closed<W: Word>() -> ObjectBuilder {
    let words = W::ALL.iter().map(|value| value.word());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

/// The schema of a text to which more words may be added later.
pub(crate) fn open<W: Word>() -> RefOr<Schema> {
    let first = W::ALL.first().map(|value| value.word());
    ObjectBuilder::new().schema_type(Type::String).examples(first).into()
}

/// The note about the words that are known of such a text.
pub(crate) fn known<W: Word>(what: &str) -> String {
    let words: Vec<&str> = W::ALL.iter().map(|value| value.word()).collect();
    format!("More {what} may be added. Known {what}: {}.", words.join(", "))
}

/// The rule that a text breaks if it is none of the words.
pub fn one_of<W: Word>() -> String {
    let words: Vec<&str> = W::ALL.iter().map(|value| value.word()).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("must be {} or {last}", others.join(", ")),
        _ => format!("must be {}", words.concat()),
    }
}

/// Gives enums whose values are words a schema without a name.
macro_rules! inline_words {
    ($($words:ty),+) => {
        $(impl $crate::http::schema::WireType for $words {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::http::schema::closed::<Self>().into()
            }
        })+
    };
}

pub(crate) use inline_words;

/// Gives enums whose values are words a schema with a name.
macro_rules! named {
    ($($words:ty as $name:literal),+) => {
        $(impl WireType for $words {
            fn schema() -> RefOr<Schema> {
                Ref::from_schema_name($name).into()
            }

            fn collect(schemas: &mut Schemas) {
                let schema = closed::<Self>().description(Some(prose(Self::ABOUT)));
                schemas.push(($name.to_owned(), schema.into()));
            }
        })+
    };
}

named!(PhoneType as "PhoneType", UniqueIdentifierType as "UniqueIdentifierType", Status as "RecordListStatus");

impl WireType for OperationKind {
    fn schema() -> RefOr<Schema> {
        open::<Self>()
    }

    fn note() -> Option<String> {
        Some(known::<Self>("kinds"))
    }
}
