//! Enums whose values are words, the same in the database, in requests and in responses.

use serde::Serialize;

/// An enum whose values are words. [`words!`](crate::words) defines one.
pub trait Word: Copy + Eq + Serialize + 'static {
    /// The lines of the enum's doc comment.
    const ABOUT: &'static [&'static str];

    /// All values, in order.
    const ALL: &'static [Self];

    /// The word for this value.
    fn word(self) -> &'static str;

    /// The value for a word; `None` for any other text.
    fn from_word(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == text)
    }
}

/// Defines an enum whose values are words: `words! { /// About. pub enum Name { /// About. Variant = "WORD", } }`. With
/// `stored` in place of `pub`, the enum can also be the type of a column.
#[macro_export]
macro_rules! words {
    (
        $(#[doc = $about:literal])+
        stored enum $name:ident { $($(#[doc = $doc:literal])+ $value:ident = $word:tt,)+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sea_orm::EnumIter, sea_orm::DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name { $($(#[doc = $doc])+ #[sea_orm(string_value = $word)] $value,)+ }
        $crate::words! { @word $name [$($about),+] $($value = $word),+ }
    };
    (
        $(#[doc = $about:literal])+
        pub enum $name:ident { $($(#[doc = $doc:literal])+ $value:ident = $word:expr,)+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $doc])+ $value,)+ }
        $crate::words! { @word $name [$($about),+] $($value = $word),+ }
    };
    (@word $name:ident [$($about:literal),+] $($value:ident = $word:expr),+) => {
        impl $crate::Word for $name {
            const ABOUT: &'static [&'static str] = &[$($about),+];
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::Word::word(*self))
            }
        }
    };
}
