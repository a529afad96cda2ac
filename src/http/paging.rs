//! Pages on the wire (api.md section 1, "paging").

use entity::hide_values;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::{ApiError, ErrorCode, FieldError},
    hal::Link,
    json::Faults,
    query::{FromQuery, Query},
};
use crate::domain::{Cursor, Listing, Page, Paging, Position};

/// Items on a page when nothing is said.
pub const DEFAULT_PER_PAGE: u64 = 50;
/// Items on a page at most.
pub const MAX_PER_PAGE: u64 = 200;
/// The last page that can be asked for: the document says `int64`, and the answer repeats the number.
const MAX_PAGE: u64 = i64::MAX as u64;

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

/// Which page is asked for. A cursor is read when its listing is known.
#[derive(Clone)]
pub struct PageQuery {
    page: Option<u64>,
    per_page: u64,
    cursor: Option<String>,
}

hide_values!(PageQuery);

impl FromQuery for PageQuery {
    const IS_WRITE: bool = false;

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let page = query.integer("page", 1, MAX_PAGE, faults);
        let per_page = query.integer("per_page", 1, MAX_PER_PAGE, faults);
        let cursor = query.text("cursor", faults);
        if page.is_some() && cursor.is_some() {
            faults.add("cursor", "must not stand beside page");
        }
        Some(Self {
            page,
            per_page: per_page.unwrap_or(DEFAULT_PER_PAGE),
            cursor,
        })
    }
}

impl PageQuery {
    /// Where the page starts in this listing; a cursor of another one is refused.
    pub fn paging(&self, listing: Listing<'_>) -> Result<Paging, ApiError> {
        let position = match &self.cursor {
            None => Position::Page(self.page.unwrap_or(1)),
            Some(cursor) => {
                let cursor = Cursor::decode(cursor, listing);
                Position::After(cursor.ok_or_else(unknown_cursor)?)
            }
        };
        Ok(Paging {
            per_page: self.per_page,
            position,
        })
    }

    /// The links of a page; `address` makes the URL of the listing with these parameters.
    pub fn links<T>(
        &self,
        listing: Listing<'_>,
        page: &Page<T>,
        numbers: &Numbers,
        address: impl Fn(&[(&str, &str)]) -> String,
    ) -> PageLinks {
        let per_page = numbers.per_page.to_string();
        let link =
            |name: &str, value: &str| Link::to(address(&[(name, value), ("per_page", &per_page)]));
        let to_page = |number: u64| link("page", &number.to_string());
        PageLinks {
            self_: match &self.cursor {
                Some(cursor) => link("cursor", cursor),
                None => to_page(numbers.page),
            },
            first: to_page(1),
            prev: numbers.previous().map(to_page),
            next: page.next_after.map(|after| {
                let cursor = Cursor {
                    after,
                    page: numbers.page.saturating_add(1),
                };
                link("cursor", &cursor.encode(listing))
            }),
            last: to_page(numbers.last()),
        }
    }
}

fn unknown_cursor() -> ApiError {
    ApiError::new(ErrorCode::QueryInvalid).with_fields(vec![FieldError {
        name: "cursor".to_owned(),
        description: "is not a cursor of this list and filter".to_owned(),
    }])
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
            assert_eq!(
                numbers(page, total).previous(),
                expected,
                "{page} of {total}"
            );
        }
    }
}
