//! Pages (docs/contract.md section 1.11).
//!
//! A page number is an offset, so the page shifts when records before it are deleted. A cursor names the last record
//! seen and does not shift, which is why links to the next page use a cursor.

use uuid::Uuid;

use super::cursor::Cursor;

/// Which part of a listing is requested. `K` is what the cursors of the listing name its items by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging<K = Uuid> {
    /// Number of items per page, 1 to 200.
    pub per_page: u64,
    /// Where the page starts.
    pub position: Position<K>,
}

impl<K> Paging<K> {
    /// The number of items before the page, if it is requested by number.
    pub fn offset(&self) -> u64 {
        let before = self.position.page().saturating_sub(1);
        before.saturating_mul(self.per_page)
    }

    /// How much it costs to read the page, in records. A record before it costs a fraction of one on it.
    pub fn weight(&self) -> usize {
        self.weight_with(0)
    }

    /// The same if so many records have to be looked at to find those of the page. That costs as much as to pass them
    /// over.
    pub fn weight_with(&self, looked_at: u64) -> usize {
        let passed = self.offset().max(looked_at);
        usize::try_from(self.per_page.saturating_add(passed / 32)).unwrap_or(usize::MAX)
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
pub enum Position<K = Uuid> {
    /// At this page number, counting from 1.
    Page(u64),
    /// After the item that the cursor names.
    After(Cursor<K>),
}

impl<K> Position<K> {
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
pub struct Page<T, K = Uuid> {
    /// The items, at most `per_page` of them.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: u64,
    /// The item after which the next page starts; `None` on the last page.
    pub next_after: Option<K>,
}

impl<T, K> Page<T, K> {
    /// A page after the last of `total` items.
    pub fn empty(total: u64) -> Self {
        Self {
            items: Vec::new(),
            total,
            next_after: None,
        }
    }

    /// The page that begins with these items, out of `total`. One item more than `per_page` means that there is a next
    /// page; `key` gives what that page continues from.
    pub fn beginning<P>(mut items: Vec<T>, paging: &Paging<P>, total: u64, key: impl Fn(&T) -> K) -> Self {
        let has_more = items.len() as u64 > paging.per_page;
        items.truncate(usize::try_from(paging.per_page).unwrap_or(usize::MAX));
        Self {
            next_after: items.last().filter(|_| has_more).map(key),
            items,
            total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_are_passed_over_or_looked_at_weigh_a_fraction() {
        for (page, looked_at, expected) in [
            (1, 0, 50),
            (65, 0, 150),
            (1, 250_000, 7_862),
            (65, 250_000, 7_862),
            (65, 32, 150),
            (u64::MAX, u64::MAX, 576_460_752_303_423_537),
        ] {
            let paging: Paging = Paging {
                per_page: 50,
                position: Position::Page(page),
            };
            assert_eq!(paging.weight_with(looked_at), expected, "page {page}, {looked_at}");
        }
    }
}
