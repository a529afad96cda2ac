//! Pages on the wire (api.md section 1, "paging").

use serde::Serialize;
use utoipa::ToSchema;

use super::hal::Link;
use crate::domain::{Page, Paging};

/// The ways from a page to others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PageLinks {
    /// This page.
    #[serde(rename = "self")]
    pub self_: Link,
    /// The first page.
    pub first: Link,
    /// The page before; absent on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub prev: Option<Link>,
    /// The page behind, by a cursor that stays true when items come and go; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<Link>,
    /// The last page.
    pub last: Link,
}

/// The numbers of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Items on all pages.
    pub total: u64,
    /// Items on this page.
    pub count: u64,
    /// The number of this page, from 1.
    pub page: u64,
    /// Items on a page at most.
    pub per_page: u64,
    /// Pages; 0 when there are no items.
    pub total_pages: u64,
}

impl Numbers {
    /// The numbers of what a listing gave.
    pub fn of<T>(page: &Page<T>, paging: Paging) -> Self {
        Self {
            total: page.total,
            count: page.items.len() as u64,
            page: paging.position.page(),
            per_page: paging.per_page,
            total_pages: page.total.div_ceil(paging.per_page),
        }
    }

    /// The number of the page before: the last page there is, when this one is past the end.
    pub fn previous(&self) -> Option<u64> {
        let before = self.page.saturating_sub(1).min(self.total_pages);
        (before >= 1).then_some(before)
    }

    /// The number of the last page; 1 when there is none.
    pub fn last(&self) -> u64 {
        self.total_pages.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(page: u64, total: u64) -> Numbers {
        Numbers {
            total,
            count: 0,
            page,
            per_page: 50,
            total_pages: total.div_ceil(50),
        }
    }

    #[test]
    fn the_page_before_is_one_that_exists() {
        for (page, total, expected) in [
            (1, 120, None),
            (2, 120, Some(1)),
            (3, 120, Some(2)),
            (4, 120, Some(3)),
            (u64::MAX, 120, Some(3)),
            (1, 0, None),
            (5, 0, None),
        ] {
            assert_eq!(numbers(page, total).previous(), expected, "{page} of {total}");
        }
    }
}
