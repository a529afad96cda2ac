//! Cursors: where in a listing the next page starts (docs/contract.md section 1.11).
//!
//! A cursor names the last item seen, by its id and by what the listing is ordered by, so it stays right whatever is
//! deleted, that item too.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entity::hide_values;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a cursor pages through. Tying a cursor to one account or list, its filters and its order guards against mistakes,
/// not against forgery: a forged cursor shows only what the caller may see anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    binding: [u8; 8],
    sorted_by: KeyType,
}

/// The type of the value that a listing is ordered by, before the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// There is none: the id alone decides.
    Nothing,
    /// A number.
    Number,
    /// A text, compared byte by byte.
    Text,
}

impl Listing {
    /// The listing with this name for these parts: the account or list, and the filters. No part contains a NUL, so the
    /// separator keeps them apart.
    pub fn new<'a>(name: &'static str, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in [name].into_iter().chain(parts) {
            hash.update(part);
            hash.update([0]);
        }
        let digest = hash.finalize();
        let mut binding = [0; 8];
        binding.copy_from_slice(&digest[..8]);
        Self {
            binding,
            sorted_by: KeyType::Nothing,
        }
    }

    /// The same listing, ordered by values of this type. Which values is one of its parts.
    pub fn sorted_by(self, sorted_by: KeyType) -> Self {
        Self { sorted_by, ..self }
    }
}

/// What the cursors of a listing name an item by.
pub trait ItemKey: Sized {
    /// Writes the key behind the other bytes of a cursor.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads what [`ItemKey::write`] wrote; `None` for anything else.
    fn read(bytes: &[u8], sorted_by: KeyType) -> Option<Self>;
}

/// The id of the item, in a listing that is ordered by ids.
impl ItemKey for Uuid {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_bytes());
    }

    fn read(bytes: &[u8], _: KeyType) -> Option<Self> {
        Self::from_slice(bytes).ok()
    }
}

/// The item itself, in a listing of different texts.
impl ItemKey for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_bytes());
    }

    fn read(bytes: &[u8], _: KeyType) -> Option<Self> {
        // The databases have no text with a NUL.
        let text = Self::from_utf8(bytes.to_vec()).ok()?;
        (!text.contains('\0')).then_some(text)
    }
}

/// The value that an item is sorted by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// None: the id alone decides.
    Nothing,
    /// A number.
    Number(i64),
    /// A text, compared byte by byte.
    Text(String),
}

/// The value that an item is sorted by, and its id.
#[derive(Clone, PartialEq, Eq)]
pub struct SortedKey {
    /// The value.
    pub value: SortValue,
    /// The id, which decides among equal values.
    pub id: Uuid,
}

impl ItemKey for SortedKey {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.id.write(bytes);
        match &self.value {
            SortValue::Nothing => {}
            SortValue::Number(number) => bytes.extend(number.to_be_bytes()),
            SortValue::Text(text) => text.write(bytes),
        }
    }

    fn read(bytes: &[u8], sorted_by: KeyType) -> Option<Self> {
        let (id, value) = bytes.split_first_chunk::<16>()?;
        let value = match sorted_by {
            KeyType::Nothing => value.is_empty().then_some(SortValue::Nothing),
            KeyType::Number => Some(SortValue::Number(i64::from_be_bytes(value.try_into().ok()?))),
            KeyType::Text => String::read(value, sorted_by).map(SortValue::Text),
        };
        Some(Self {
            value: value?,
            id: Uuid::from_bytes(*id),
        })
    }
}

/// A place in one listing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cursor<K = Uuid> {
    /// The last item before the page.
    pub after: K,
    /// The number of the page that starts after it.
    pub page: u64,
}

hide_values!(SortValue, SortedKey);

impl<K> fmt::Debug for Cursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(***)")
    }
}

/// Changes whenever the meaning of the bytes changes, so that an old cursor is rejected rather than misread.
const VERSION: u8 = 2;

impl<K: ItemKey> Cursor<K> {
    /// Encodes the cursor for this listing, in base64url; [`Cursor::decode`] accepts it for no other.
    pub fn encode(&self, listing: Listing) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(listing.binding);
        bytes.extend(self.page.to_be_bytes());
        self.after.write(&mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Decodes a cursor; `None` if it did not come from [`Cursor::encode`] for this listing.
    pub fn decode(text: &str, listing: Listing) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (binding, rest) = rest.split_first_chunk::<8>()?;
        let (page, rest) = rest.split_first_chunk::<8>()?;
        let page = u64::from_be_bytes(*page);
        if *version != VERSION || page < 2 || *binding != listing.binding {
            return None;
        }
        let after = K::read(rest, listing.sorted_by)?;
        Some(Self { after, page })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CURSOR: Cursor = Cursor {
        after: Uuid::from_u128(7),
        page: 3,
    };

    #[test]
    fn a_cursor_comes_back_for_its_listing_alone() {
        let listings = [
            Listing::new("records", ["1", "all"]),
            Listing::new("records", ["2", "all"]),
            Listing::new("records", ["1", "number", ""]),
            Listing::new("records", ["1", "number", "+1"]),
            Listing::new("records", ["1", "number+1"]),
            Listing::new("deletions", ["1", "all"]),
        ];
        for made_for in listings {
            let text = CURSOR.encode(made_for);
            assert_eq!(text.len(), 44);
            for listing in listings {
                let expected = (listing == made_for).then_some(CURSOR);
                assert_eq!(Cursor::decode(&text, listing), expected, "{listing:?}");
            }
        }
        let distinct: HashSet<_> = listings.map(|listing| listing.binding).into();
        assert_eq!(distinct.len(), listings.len());
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let listing = Listing::new("records", ["1"]);
        let text = CURSOR.encode(listing);
        let cut = &text[..text.len() - 1];
        let longer = format!("{text}A");
        for text in ["", "\0", cut, &longer, "U0VMRUNUIDE7", "%00", &"A".repeat(44)] {
            assert_eq!(Cursor::<Uuid>::decode(text, listing), None, "{text}");
        }
    }

    #[test]
    fn a_cursor_has_the_value_that_its_listing_is_sorted_by() {
        let listing = Listing::new("records", ["1"]);
        let types = [KeyType::Nothing, KeyType::Number, KeyType::Text];
        let values = [
            SortValue::Nothing,
            SortValue::Number(-7),
            SortValue::Text("Zoë".to_owned()),
        ];
        for (sorted_by, value) in types.into_iter().zip(values) {
            let id = Uuid::from_u128(7);
            let cursor = Cursor {
                after: SortedKey { value, id },
                page: 2,
            };
            let text = cursor.encode(listing);
            let read = |sorted_by| Cursor::decode(&text, listing.sorted_by(sorted_by));
            assert_eq!(read(sorted_by), Some(cursor.clone()));
            // An empty text, or any text, may be the value of another type.
            for other in [KeyType::Nothing, KeyType::Number] {
                assert_eq!(read(other).is_some(), other == sorted_by, "{other:?}");
            }
        }
        let broken = [SortValue::Text("a\0".to_owned())];
        for value in broken {
            let id = Uuid::from_u128(7);
            let cursor = Cursor {
                after: SortedKey { value, id },
                page: 2,
            };
            let listing = listing.sorted_by(KeyType::Text);
            assert_eq!(Cursor::<SortedKey>::decode(&cursor.encode(listing), listing), None);
        }
    }
}
