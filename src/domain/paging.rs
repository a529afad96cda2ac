//! Pages and cursors (docs/contract.md section 1.11).
//!
//! A page by number is an offset and moves when records go; a cursor names the last record seen and does not.
//! Links to the next page carry a cursor.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entity::hide_values;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What part of a listing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Items on a page, 1..200.
    pub per_page: u64,
    /// Where the page starts.
    pub position: Position,
}

impl Paging {
    /// How many items stand before a page by number.
    pub fn offset(&self) -> u64 {
        let before = self.position.page().saturating_sub(1);
        before.saturating_mul(self.per_page)
    }

    /// Whether a page by number starts behind the last of so many items: nothing has to be read for it.
    pub fn is_past_the_end(&self, total: u64) -> bool {
        match self.position {
            Position::After(_) => false,
            Position::Page(_) => self.offset() >= total,
        }
    }
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
    /// The item behind which the next page starts; `None` on the last page.
    pub next_after: Option<Uuid>,
}

impl<T> Page<T> {
    /// A page behind the last of so many items.
    pub fn empty(total: u64) -> Self {
        Self {
            items: Vec::new(),
            total,
            next_after: None,
        }
    }

    /// The page of so many items that begins with these; one more than were asked for shows that there is another.
    /// `id` tells by what the next page finds its place.
    pub fn beginning(mut items: Vec<T>, paging: Paging, total: u64, id: impl Fn(&T) -> Uuid) -> Self {
        let has_more = items.len() as u64 > paging.per_page;
        items.truncate(usize::try_from(paging.per_page).unwrap_or(usize::MAX));
        Self {
            next_after: items.last().filter(|_| has_more).map(id),
            items,
            total,
        }
    }
}

/// What is paged through. It ties a cursor to one account or list and filter, which guards against mistakes, not against
/// forgery: a forged cursor shows only what the caller may see anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing([u8; 8]);

impl Listing {
    /// The listing with this name of what these texts say: the account or list, and the filter. None of them holds a NUL,
    /// so that they cannot run together.
    pub fn new<'a>(name: &'static str, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in [name].into_iter().chain(parts) {
            hash.update(part);
            hash.update([0]);
        }
        let digest = hash.finalize();
        let mut binding = [0; 8];
        binding.copy_from_slice(&digest[..8]);
        Self(binding)
    }
}

/// A place in one listing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The item before the page.
    pub after: Uuid,
    /// The number of the page that starts here.
    pub page: u64,
}

hide_values!(Cursor);

/// Changed whenever the meaning of the bytes changes, so that an old cursor is refused and not misread.
const VERSION: u8 = 1;
const LENGTH: usize = 1 + 8 + 8 + 16;

impl Cursor {
    /// Writes the cursor so that only this listing takes it back: 44 characters of base64url.
    pub fn encode(&self, listing: Listing) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(self.page.to_be_bytes());
        bytes.extend(self.after.as_bytes());
        bytes.extend(listing.0);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor; `None` when it was not made by [`Cursor::encode`] for this listing.
    pub fn decode(text: &str, listing: Listing) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (page, rest) = rest.split_first_chunk::<8>()?;
        let (after, rest) = rest.split_first_chunk::<16>()?;
        let page = u64::from_be_bytes(*page);
        let well_formed = *version == VERSION && page >= 2 && rest == listing.0;
        well_formed.then(|| Self {
            after: Uuid::from_bytes(*after),
            page,
        })
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
        let distinct: HashSet<_> = listings.map(|Listing(binding)| binding).into();
        assert_eq!(distinct.len(), listings.len());
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let listing = Listing::new("records", ["1"]);
        let text = CURSOR.encode(listing);
        let cut = &text[..text.len() - 1];
        let longer = format!("{text}A");
        for text in ["", "\0", cut, &longer, "U0VMRUNUIDE7", "%00", &"A".repeat(44)] {
            assert_eq!(Cursor::decode(text, listing), None, "{text}");
        }
    }
}
