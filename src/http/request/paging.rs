//! Which page is asked for (api.md section 1, "paging").

use entity::hide_values;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::{
    json::Faults,
    query::{FromQuery, Query},
};
use crate::{
    domain::{Cursor, Listing, Page, Paging, Position},
    http::{
        document::parameters::PageParameters,
        response::{
            error::{ApiError, ErrorCode, FieldError},
            hal::Link,
            paging::{Numbers, PageLinks},
        },
    },
};

/// Items on a page when nothing is said.
pub const DEFAULT_PER_PAGE: u64 = 50;
/// Items on a page at most.
pub const MAX_PER_PAGE: u64 = 200;
/// The last page that can be asked for: the document says `int64`, and the answer repeats the number.
const MAX_PAGE: u64 = i64::MAX as u64;

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
    const FAULTY: &'static str = "per_page=0";

    fn parameters() -> Vec<Parameter> {
        PageParameters::into_params(|| Some(ParameterIn::Query))
    }

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
    pub fn paging(&self, listing: Listing) -> Result<Paging, ApiError> {
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
        listing: Listing,
        page: &Page<T>,
        numbers: &Numbers,
        address: impl Fn(&[(&str, &str)]) -> String,
    ) -> PageLinks {
        let per_page = numbers.per_page.to_string();
        let link = |name: &str, value: &str| Link::to(address(&[(name, value), ("per_page", &per_page)]));
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
