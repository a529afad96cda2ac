//! Paging parameters: which page a client requests (docs/contract.md section 1.11).

use entity::hide_values;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type, path::Parameter};

use super::{
    faults::Faults,
    query::{FromQuery, FromText, Query, QueryParameter, query},
};
use crate::{
    domain::{Cursor, ItemKey, Listing, Paging, Position},
    http::{
        response::{
            error::{ApiError, ErrorCode, FieldError},
            paging::{PageAddress, PageNumber, PageSize},
        },
        schema::{Whole, WireType},
    },
};

/// The maximum number of items on a page.
#[derive(Clone, Copy)]
pub struct PerPage(PageSize);

impl Default for PerPage {
    fn default() -> Self {
        Self(Whole::of(50_u64))
    }
}

query! {
    /// Which page is requested. A cursor is read once its listing is known.
    pub struct PageQuery {
        /// The number of the page, counted from 1. Must not be used together with `cursor`.
        page: Option<PageNumber>,
        /// The maximum number of items on the page.
        per_page: PerPage,
        /// Where the page starts: a cursor from a `next` link. Must not be used together with `page`.
        cursor: Option<CursorText>,
    }
}

hide_values!(PageQuery);

impl FromQuery for PageQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = "per_page=0";

    fn parameters() -> Vec<Parameter> {
        Self::parameters()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let taken = Self::take(query, faults);
        if taken.page.is_some() && taken.cursor.is_some() {
            faults.add("cursor", "must not be used together with page");
        }
        Some(taken)
    }
}

impl PageQuery {
    /// Where the page starts in this listing; a cursor of another listing is rejected.
    pub fn paging<K: ItemKey>(&self, listing: Listing) -> Result<Paging<K>, ApiError> {
        let position = match &self.cursor {
            None => Position::Page(self.page.map_or(1, PageNumber::get)),
            Some(cursor) => {
                let cursor = Cursor::decode(cursor.0.as_str(), listing);
                Position::After(cursor.ok_or_else(unknown_cursor)?)
            }
        };
        Ok(Paging {
            per_page: self.per_page.0.get(),
            position,
        })
    }

    /// The URLs of the pages of this listing; `address` creates the URL of the listing with the given parameters.
    pub fn address<F: Fn(&[(&str, &str)]) -> String>(&self, listing: Listing, address: F) -> PageAddress<'_, F> {
        PageAddress {
            listing,
            cursor: self.cursor.as_ref().map(|cursor| cursor.0.as_str()),
            with: address,
        }
    }
}

/// A cursor as it was sent: any text that is not one belongs to no listing.
#[derive(Clone)]
pub struct CursorText(String);

impl FromText for CursorText {
    fn from_text(text: String, _: &str, _: &mut Faults) -> Option<Self> {
        Some(Self(text))
    }
}

impl WireType for CursorText {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .into()
    }
}

impl QueryParameter for PerPage {
    fn default_value() -> Option<serde_json::Value> {
        Some(Self::default().0.get().into())
    }

    fn take(query: &mut Query, name: &str, faults: &mut Faults) -> Self {
        query.take(name, faults).map_or_else(Self::default, Self)
    }
}

impl WireType for PerPage {
    fn schema() -> RefOr<Schema> {
        PageSize::schema()
    }
}

fn unknown_cursor() -> ApiError {
    ApiError::new(ErrorCode::QueryInvalid).with_fields(vec![FieldError {
        name: "cursor".to_owned(),
        description: "is not a cursor from a next link with this filter".to_owned(),
    }])
}
