//! Pages and cursors (api.md section 1, "paging").
//!
//! A page by number is an offset and moves when records go; a cursor names the last record seen and does not.
//! Links to the next page carry a cursor.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{RecordFilter, RecordId, RecordListId};

/// What part of a listing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Items on a page, 1..200.
    pub per_page: u64,
    /// Where the page starts.
    pub position: Position,
}

/// Where a page starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// At the page of this number, from 1.
    Page(u64),
    /// Behind the item that the cursor names.
    After(Cursor),
}

impl Position {
    /// The number of the page, from 1.
    pub fn page(&self) -> u64 {
        match self {
            Self::Page(page) => *page,
            Self::After(cursor) => cursor.page,
        }
    }
}

/// A page of a listing.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, at most as many as asked for.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
    /// The record behind which the next page starts; `None` on the last page.
    pub next_after: Option<RecordId>,
}

/// A place in the records of one list under one filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The record before the page.
    pub after: RecordId,
    /// The number of the page that starts here.
    pub page: u64,
}

/// Changed whenever the meaning of the bytes changes, so that an old cursor is refused and not misread.
const VERSION: u8 = 1;
const LENGTH: usize = 1 + 8 + 8 + 16;

impl Cursor {
    /// Writes the cursor so that only this list with this filter takes it back: 44 characters of base64url.
    pub fn encode(&self, list: RecordListId, filter: &RecordFilter) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(self.page.to_be_bytes());
        bytes.extend(self.after.0.as_bytes());
        bytes.extend(binding(list, filter));
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor; `None` when it was not made by [`Cursor::encode`] for this list and filter.
    pub fn decode(text: &str, list: RecordListId, filter: &RecordFilter) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (page, rest) = rest.split_first_chunk::<8>()?;
        let (after, rest) = rest.split_first_chunk::<16>()?;
        let page = u64::from_be_bytes(*page);
        let well_formed = *version == VERSION && page >= 2 && rest == binding(list, filter);
        well_formed.then(|| Self {
            after: RecordId(Uuid::from_bytes(*after)),
            page,
        })
    }
}

/// Ties a cursor to its list and filter. It guards against mistakes, not against forgery: a forged cursor shows
/// only records that the caller may read anyway.
fn binding(list: RecordListId, filter: &RecordFilter) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(list.0.as_bytes());
    match filter {
        RecordFilter::All => hash.update([0]),
        RecordFilter::PhoneNumber(number) => {
            hash.update([1]);
            hash.update(number.as_ref().map_or("", |number| number.as_str()));
        }
        RecordFilter::External(reference) => {
            hash.update([2]);
            hash.update(&reference.provider);
            // No character of the text is a NUL, so that the two parts cannot run together.
            hash.update([0]);
            hash.update(&reference.id);
        }
    }
    let digest = hash.finalize();
    let mut binding = [0; 8];
    binding.copy_from_slice(&digest[..8]);
    binding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ExternalReference;

    fn list(n: u128) -> RecordListId {
        RecordListId(Uuid::from_u128(n))
    }

    fn external(provider: &str, id: &str) -> RecordFilter {
        RecordFilter::External(ExternalReference {
            provider: provider.into(),
            id: id.into(),
        })
    }

    const CURSOR: Cursor = Cursor {
        after: RecordId(Uuid::from_u128(7)),
        page: 3,
    };

    #[test]
    fn a_cursor_comes_back_for_its_list_and_filter() {
        for filter in [
            RecordFilter::All,
            RecordFilter::PhoneNumber(None),
            external("a", "b"),
        ] {
            let text = CURSOR.encode(list(1), &filter);
            assert_eq!(text.len(), 44);
            assert_eq!(Cursor::decode(&text, list(1), &filter), Some(CURSOR));
        }
    }

    #[test]
    fn a_cursor_of_something_else_is_refused() {
        let text = CURSOR.encode(list(1), &external("a", "b"));
        assert_eq!(Cursor::decode(&text, list(2), &external("a", "b")), None);
        assert_eq!(Cursor::decode(&text, list(1), &external("a", "c")), None);
        assert_eq!(Cursor::decode(&text, list(1), &RecordFilter::All), None);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let text = CURSOR.encode(list(1), &RecordFilter::All);
        let cut = &text[..text.len() - 1];
        let longer = format!("{text}A");
        for text in [
            "",
            "\0",
            cut,
            &longer,
            "U0VMRUNUIDE7",
            "%00",
            &"A".repeat(44),
        ] {
            assert_eq!(
                Cursor::decode(text, list(1), &RecordFilter::All),
                None,
                "{text}"
            );
        }
    }
}
