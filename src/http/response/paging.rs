//! Pages of items on the wire (docs/contract.md section 1.11).

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeMap};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema},
};

use super::{format::HasAdditions, hal::Link};
use crate::{
    domain::{Cursor, ItemKey, Listing, Page, Paging},
    http::schema::{
        Count, Items, Schemas, Whole, WireType,
        object::{ObjectSchema, response},
    },
};

/// The maximum number of items on a page.
const MAX_PER_PAGE: u64 = 200;

const MAX_ITEMS: usize = MAX_PER_PAGE as usize;

/// The number of a page. The document says `int64`.
pub type PageNumber = Whole<1, { i64::MAX as u64 }>;

/// The maximum number of items on a page, as it is requested.
pub type PageSize = Whole<1, MAX_PER_PAGE>;

/// A type that pages can consist of.
pub trait PageItem: WireType + Serialize {
    /// The name of the page's schema.
    const PAGE: &'static str;
    /// The name of the schema of `_embedded`.
    const EMBEDDED: &'static str;
    /// The member of `_embedded` that contains the items.
    const MEMBER: &'static str;
    /// What the items are and how they are ordered.
    const ABOUT: &'static str;
    /// Whether the published form of the page has `total`.
    const HAS_PUBLISHED_TOTAL: bool = true;
}

/// A page of a listing.
#[derive(Clone, Serialize)]
pub struct PageBody<T: PageItem> {
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Count>,
    count: Whole<0, MAX_PER_PAGE>,
    page: PageNumber,
    per_page: PageSize,
    total_pages: Count,
    #[serde(rename = "_links")]
    links: PageLinks,
    #[serde(rename = "_embedded")]
    embedded: Embedded<T>,
}

response! {
    /// Links to other pages.
    pub struct PageLinks as "PageLinks" {
        /// This page.
        self_ as "self": Link,
        /// The first page.
        first: Link,
        /// The previous page; absent on the first page.
        prev: Option<Link>,
        /// The next page; absent on the last page. Its cursor stays valid while items are created or deleted.
        next: Option<Link>,
        /// The last page.
        last: Link,
    }
}

/// The URLs of the pages of a listing.
pub struct PageAddress<'a, F> {
    /// The listing.
    pub listing: Listing,
    /// The cursor that was sent.
    pub cursor: Option<&'a str>,
    /// Creates the URL of the listing with these parameters.
    pub with: F,
}

impl<T: PageItem> PageBody<T> {
    /// The page as the caller sees it; `body` converts the items that were read.
    pub fn new<I, K: ItemKey>(
        page: Page<I, K>,
        paging: &Paging<K>,
        address: &PageAddress<'_, impl Fn(&[(&str, &str)]) -> String>,
        body: impl Fn(I) -> T,
    ) -> Self {
        let numbers = Numbers::of(page.total, paging);
        Self {
            total: Some(Count::of(page.total)),
            count: Whole::of(page.items.len()),
            page: Whole::of(numbers.page),
            per_page: Whole::of(paging.per_page),
            total_pages: Count::of(numbers.total_pages),
            links: numbers.links(
                page.next_after.map(|after| Cursor {
                    after,
                    page: numbers.page.saturating_add(1),
                }),
                paging,
                address,
            ),
            embedded: Embedded(Items::of(page.items.into_iter().map(body).collect())),
        }
    }
}

impl<T: PageItem> HasAdditions for PageBody<T> {
    fn without_additions(self) -> Self {
        Self {
            total: self.total.filter(|_| T::HAS_PUBLISHED_TOTAL),
            ..self
        }
    }
}

impl<T: PageItem> PartialSchema for PageBody<T> {
    fn schema() -> RefOr<Schema> {
        let page = ObjectSchema::new(&["One page of results."]);
        let page = if T::HAS_PUBLISHED_TOTAL {
            page.member::<Count>("total", &["Total number of items."], None)
        } else {
            let about = "Total number of items; absent in the published form.";
            page.member::<Option<Count>>("total", &[about], None)
        };
        page.member::<Whole<0, MAX_PER_PAGE>>("count", &["Number of items on this page."], None)
            .member::<PageNumber>("page", &["The number of this page."], None)
            .member::<PageSize>("per_page", &["Maximum number of items per page."], None)
            .member::<Count>("total_pages", &["Number of pages; 0 if there are no items."], None)
            .member::<PageLinks>("_links", &["Links to other pages."], None)
            .member::<Embedded<T>>("_embedded", &["The items of the page."], None)
            .open()
    }
}

impl<T: PageItem> ToSchema for PageBody<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::PAGE)
    }

    fn schemas(schemas: &mut Schemas) {
        PageLinks::collect(schemas);
        Embedded::<T>::collect(schemas);
    }
}

/// The items of a page, in a member that says what they are.
#[derive(Clone)]
struct Embedded<T>(Items<T, 0, MAX_ITEMS>);

impl<T: PageItem> WireType for Embedded<T> {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(T::EMBEDDED).into()
    }

    fn collect(schemas: &mut Schemas) {
        let object = ObjectSchema::new(&["The items of a page."]);
        let object = object.member::<Items<T, 0, MAX_ITEMS>>(T::MEMBER, &[T::ABOUT], None);
        schemas.push((T::EMBEDDED.to_owned(), object.open()));
        T::collect(schemas);
    }
}

impl<T: PageItem> Serialize for Embedded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(T::MEMBER, &self.0)?;
        map.end()
    }
}

/// The numbers of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    /// The number of this page, from 1.
    page: u64,
    /// The number of pages; 0 if there are no items.
    total_pages: u64,
}

impl Numbers {
    fn of<K>(total: u64, paging: &Paging<K>) -> Self {
        Self {
            page: paging.position.page(),
            total_pages: total.div_ceil(paging.per_page),
        }
    }

    /// The number of the previous page: the last page that exists if this one is past the end.
    fn previous(&self) -> Option<u64> {
        let before = self.page.saturating_sub(1).min(self.total_pages);
        (before >= 1).then_some(before)
    }

    /// The number of the last page; 1 if there is none.
    fn last(&self) -> u64 {
        self.total_pages.max(1)
    }

    fn links<K: ItemKey>(
        &self,
        next: Option<Cursor<K>>,
        paging: &Paging<K>,
        address: &PageAddress<'_, impl Fn(&[(&str, &str)]) -> String>,
    ) -> PageLinks {
        let per_page = paging.per_page.to_string();
        let link = |name: &str, value: &str| Link::to((address.with)(&[(name, value), ("per_page", &per_page)]));
        let to_page = |number: u64| link("page", &number.to_string());
        PageLinks {
            self_: match address.cursor {
                Some(cursor) => link("cursor", cursor),
                None => to_page(self.page),
            },
            first: to_page(1),
            prev: self.previous().map(to_page),
            next: next.map(|cursor| link("cursor", &cursor.encode(address.listing))),
            last: to_page(self.last()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_page_is_one_that_exists() {
        for (page, total_pages, expected) in [
            (1, 3, None),
            (2, 3, Some(1)),
            (3, 3, Some(2)),
            (4, 3, Some(3)),
            (u64::MAX, 3, Some(3)),
            (1, 0, None),
            (5, 0, None),
        ] {
            let numbers = Numbers { page, total_pages };
            assert_eq!(numbers.previous(), expected, "{page} of {total_pages}");
        }
    }
}
