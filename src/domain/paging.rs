//! Pages and cursors (docs/contract.md section 1.11).
//!
//! A page number is an offset, so the page shifts when records before it are deleted. A cursor names the last record
//! seen and does not shift, which is why links to the next page use a cursor.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entity::hide_values;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Which part of a listing is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Number of items per page, 1 to 200.
    pub per_page: u64,
    /// Where the page starts.
    pub position: Position,
}

impl Paging {
    /// The number of items before the page, if it is requested by number.
    pub fn offset(&self) -> u64 {
        let before = self.position.page().saturating_sub(1);
        before.saturating_mul(self.per_page)
    }

    /// How much it costs to read the page, in records. A record before it costs a fraction of one on it.
    pub fn weight(&self) -> usize {
        usize::try_from(self.per_page.saturating_add(self.offset() / 32)).unwrap_or(usize::MAX)
    }

    /// Whether a page requested by number starts after the last of `total` items, so that nothing has to be read.
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
    /// At this page number, counting from 1.
    Page(u64),
    /// After the item that the cursor names.
    After(Cursor),
}

impl Position {
    /// The page number, counting from 1.
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
    /// The items, at most `per_page` of them.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: u64,
    /// The item after which the next page starts; `None` on the last page.
    pub next_after: Option<Uuid>,
}

impl<T> Page<T> {
    /// A page after the last of `total` items.
    pub fn empty(total: u64) -> Self {
        Self {
            items: Vec::new(),
            total,
            next_after: None,
        }
    }

    /// The page that begins with these items, out of `total`. One item more than `per_page` means that there is a next
    /// page; `id` gives the id from which that page continues.
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

/// What a cursor pages through. Tying a cursor to one account or list and one filter guards against mistakes, not
/// against forgery: a forged cursor shows only what the caller may see anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing([u8; 8]);

impl Listing {
    /// The listing with this name for these parts: the account or list, and the filter. No part contains a NUL, so the
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
        Self(binding)
    }
}

/// A place in one listing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last item before the page.
    pub after: Uuid,
    /// The number of the page that starts after it.
    pub page: u64,
}

hide_values!(Cursor);

/// Changes whenever the meaning of the bytes changes, so that an old cursor is rejected rather than misread.
const VERSION: u8 = 1;
const LENGTH: usize = 1 + 8 + 8 + 16;

impl Cursor {
    /// Encodes the cursor for this listing, as 44 base64url characters; [`Cursor::decode`] accepts it for no other.
    pub fn encode(&self, listing: Listing) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(self.page.to_be_bytes());
        bytes.extend(self.after.as_bytes());
        bytes.extend(listing.0);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Decodes a cursor; `None` if it did not come from [`Cursor::encode`] for this listing.
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
