//! Which way round a page of a listing is read: from the end that is nearer to it. The last page therefore costs as
//! much as the first.

use uuid::Uuid;

use super::paging::{Page, Paging, Position};

/// By how many items a listing may have grown or shrunk since its total was read. A window that begins at the end is
/// wider than the page by as many items on both sides.
const SLACK: u64 = 100;

/// The end of a listing from which items are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where the first page is.
    First,
    /// Where the last page is.
    Last,
}

/// The items that are read to get a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where counting starts.
    pub from: End,
    /// The number of items that are passed over.
    pub offset: u64,
    /// The number of items that are read.
    pub limit: u64,
}

impl Window {
    /// The window for a page of a listing that had `total` items a moment ago.
    pub fn of(paging: Paging, total: u64) -> Self {
        let behind = behind(paging, total);
        let is_numbered = matches!(paging.position, Position::Page(_));
        if !is_numbered || behind >= paging.offset() {
            return Self::from_first(paging);
        }
        let offset = behind.saturating_sub(SLACK);
        Self {
            from: End::Last,
            offset,
            limit: (behind - offset) + paging.per_page + SLACK,
        }
    }

    /// The window that contains the page whatever the total is: the page, and the item that shows that there is another
    /// page.
    pub fn from_first(paging: Paging) -> Self {
        Self {
            from: End::First,
            offset: match paging.position {
                Position::Page(_) => paging.offset(),
                Position::After(_) => 0,
            },
            limit: paging.per_page + 1,
        }
    }

    /// Takes the page out of the window's items, which are in the order of the listing and were read when it had `total`
    /// items. `None` if the listing has changed so much that the page is not in the window.
    pub fn page<T>(self, mut items: Vec<T>, paging: Paging, total: u64, id: impl Fn(&T) -> Uuid) -> Option<Page<T>> {
        if self.from == End::First {
            return Some(Page::beginning(items, &paging, total, id));
        }
        let count = total.saturating_sub(paging.offset()).min(paging.per_page);
        if count == 0 {
            return Some(Page::empty(total));
        }
        let behind = behind(paging, total);
        let behind_in_window = usize::try_from(behind.checked_sub(self.offset)?).ok()?;
        let count = usize::try_from(count).ok()?;
        let end = items.len().checked_sub(behind_in_window)?;
        let start = end.checked_sub(count)?;
        let items: Vec<T> = items.drain(start..end).collect();
        Some(Page {
            next_after: items.last().filter(|_| behind > 0).map(id),
            items,
            total,
        })
    }
}

/// The number of items behind a numbered page.
fn behind(paging: Paging, total: u64) -> u64 {
    total.saturating_sub(paging.offset().saturating_add(paging.per_page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Cursor;

    fn paging(page: u64, per_page: u64) -> Paging {
        Paging {
            per_page,
            position: Position::Page(page),
        }
    }

    /// The ids of a listing with so many items, the newest first.
    fn listing(total: u64) -> Vec<Uuid> {
        (0..total).rev().map(|n| Uuid::from_u128(n.into())).collect()
    }

    /// What a database reads of a listing.
    fn read(listing: &[Uuid], window: Window) -> Vec<Uuid> {
        let (offset, limit) = (window.offset as usize, window.limit as usize);
        match window.from {
            End::First => listing.iter().skip(offset).take(limit).copied().collect(),
            End::Last => {
                let mut items: Vec<_> = listing.iter().rev().skip(offset).take(limit).copied().collect();
                items.reverse();
                items
            }
        }
    }

    #[test]
    fn a_page_is_read_from_the_nearer_end() {
        let last = |offset, limit| Window {
            from: End::Last,
            offset,
            limit,
        };
        let first = |offset, limit| Window {
            from: End::First,
            offset,
            limit,
        };
        for (page, per_page, total, expected) in [
            (1, 50, 0, first(0, 51)),
            (1, 50, 7, first(0, 51)),
            (1, 50, 1_000_000, first(0, 51)),
            (2, 50, 1_000_000, first(50, 51)),
            (10_000, 50, 1_000_000, first(499_950, 51)),
            (10_001, 50, 1_000_000, last(499_850, 250)),
            (19_999, 50, 1_000_000, last(0, 200)),
            (20_000, 50, 1_000_000, last(0, 150)),
            (20_001, 50, 1_000_000, last(0, 150)),
            (u64::MAX, 200, 1_000_000, last(0, 300)),
            (2, 3, 5, last(0, 103)),
            (2, 3, 9, first(3, 4)),
        ] {
            let window = Window::of(paging(page, per_page), total);
            assert_eq!(window, expected, "page {page} of {per_page} among {total}");
        }
        let after = Position::After(Cursor {
            after: Uuid::nil(),
            page: 20_000,
        });
        let after = Paging {
            per_page: 50,
            position: after,
        };
        assert_eq!(Window::of(after, 1_000_000), first(0, 51));
    }

    #[test]
    fn a_page_is_the_same_from_both_ends() {
        for total in [0, 1, 2, 5, 6, 7, 12, 13, 250, 333] {
            let listing = listing(total);
            for per_page in [1, 2, 3, 5, 6, 50, 200] {
                for page in 1..=(total / per_page + 3) {
                    let paging = paging(page, per_page);
                    let expected = Window::from_first(paging);
                    let expected = expected
                        .page(read(&listing, expected), paging, total, |id| *id)
                        .unwrap();
                    let window = Window::of(paging, total);
                    let found = window.page(read(&listing, window), paging, total, |id| *id).unwrap();
                    let of = format!("page {page} of {per_page} among {total}");
                    assert_eq!(found.items, expected.items, "{of}");
                    assert_eq!(found.next_after, expected.next_after, "{of}");
                    assert_eq!(found.total, total);
                }
            }
        }
    }

    #[test]
    fn a_page_is_that_of_the_moment_in_which_it_is_read() {
        for (before, now) in [(500, 501), (500, 599), (500, 499), (500, 401), (3, 0), (3, 90), (90, 3)] {
            for page in 1..60 {
                let paging = paging(page, 10);
                let window = Window::of(paging, before);
                let listing = listing(now);
                let found = window.page(read(&listing, window), paging, now, |id| *id).unwrap();
                let start = listing.len().min((page as usize - 1) * 10);
                let end = listing.len().min(start + 10);
                assert_eq!(found.items, listing[start..end], "page {page}: {before} to {now}");
                assert_eq!(found.next_after.is_some(), end < listing.len() && start < end);
            }
        }
    }

    #[test]
    fn a_page_that_has_left_the_window_is_read_again() {
        let paging = paging(40, 10);
        let window = Window::of(paging, 500);
        for now in [700, 395, 399] {
            let listing = listing(now);
            let found = window.page(read(&listing, window), paging, now, |id| *id);
            // With fewer items, this is the last page: it is at the end and in the window.
            assert_eq!(found.is_none(), now == 700, "{now}");
        }
        let middle = Window::of(self::paging(60, 10), 1_000);
        let shrunk = listing(750);
        assert!(
            middle
                .page(read(&shrunk, middle), self::paging(60, 10), 750, |id| *id)
                .is_none()
        );
    }
}
