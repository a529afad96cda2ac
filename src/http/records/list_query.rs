//! The query of `GET /record-lists/{record_list_id}/records` (docs/contract.md section A.9.1).

use entity::Word;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type, path::Parameter};

use super::EXTERNAL_REFERENCE;
use crate::{
    domain::{
        ExternalId, ExternalProvider, ExternalReference, ExtraDataFilter, Listing, Order, PhoneNumber, Priority,
        RecordConditions, RecordFilter, RecordListId, RecordOrder, RecordSelection, RecordSort, Search, SearchField,
        SearchText, SentExtraDataFilter, SentTimezone, Timezone, UploadRequestId,
    },
    http::{
        request::{
            faults::{Faults, fault, or_fault},
            paging::PageQuery,
            query::{
                FromQuery, FromText, PhoneNumberText, Query,
                array::{ByComma, Repeated},
                filter, query,
                values::{Time, time_range},
            },
        },
        schema::{Whole, WireType, inline_words},
    },
};

/// Which records are requested.
#[derive(Clone)]
pub struct RecordsQuery {
    /// Which ones, and in which order.
    pub selection: RecordSelection,
    /// Which page of them.
    pub page: PageQuery,
    /// The filters and the order as they were sent.
    sent: Vec<(&'static str, String)>,
}

query! {
    /// Which records are requested.
    pub struct RecordsFilter {
        /// Only records with this phone number, in international format such as `+442079460958`. Spaces, dots, dashes
        /// and brackets are ignored.
        phone_number: Option<PhoneNumberText>,
        /// Only records from this connected system; required with `external_id`.
        external_provider: Option<ExternalProvider>,
        /// Only the record with this id in the connected system; required with `external_provider`.
        external_id: Option<ExternalId>,
        /// Another name of `phone_number`.
        phone: Option<PhoneNumberText>,
        /// Only records of which a searched field begins with this, in upper or lower case. Phone numbers are searched
        /// with or without `+`.
        search: Option<SearchText>,
        /// The fields that are searched, separated by commas; all of them if it is absent. Only with `search`.
        search_fields: ByComma<SearchField>,
        /// Only records with one of these priorities, separated by commas.
        priorities: ByComma<PriorityNumber>,
        /// Only records with one of these time zones, separated by commas; names of the tz database in any case.
        timezones: ByComma<ZoneName>,
        /// Only records that were last changed at this time or later: RFC 3339, compared by the second.
        updated_at_from: Option<Time>,
        /// Only records that were last changed at this time or earlier.
        updated_at_to: Option<Time>,
        /// Only records that were created with this id.
        upload_request_id: Option<UploadRequestId>,
        /// Only records whose `extra_data` has this member, as `key:value`. A value that is not a string is compared by
        /// its JSON. Can be sent several times: all of them must match.
        extra_data_filter: Repeated<Member, { ExtraDataFilter::MAX }>,
        /// The order. Records with equal values are in order of creation, as all are without it.
        order_by: Option<OrderBy>,
    }
}

/// A priority, also that of a hot lead.
type PriorityNumber = Whole<{ Priority::LOWEST as u64 }, { Priority::HOT_LEAD as u64 }>;

/// The name of a time zone.
#[derive(Clone, PartialEq)]
pub struct ZoneName(Timezone);

impl FromText for ZoneName {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        let zone = Timezone::parse(&text).map(Self);
        zone.or_else(|| fault(name, "must be names of the tz database, separated by commas", faults))
    }
}

impl WireType for ZoneName {
    fn schema() -> RefOr<Schema> {
        SentTimezone::schema()
    }
}

/// A name, a colon and a value, without control characters except tabs and line breaks.
const MEMBER: &str = r"^[^:\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";

/// A member of `extra_data`.
#[derive(Clone)]
pub struct Member(ExtraDataFilter);

impl FromText for Member {
    fn from_text(text: String, name: &str, faults: &mut Faults) -> Option<Self> {
        or_fault(ExtraDataFilter::parse(&text), name, faults).map(Self)
    }
}

impl WireType for Member {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(2))
            .max_length(Some(SentExtraDataFilter::MAX))
            .pattern(Some(MEMBER))
            .into()
    }
}

entity::words! {
    /// The order of records.
    pub enum OrderBy {
        /// The first changed first.
        UpdatedAt = "updated_at",
        /// The same.
        UpdatedAtAsc = "updated_at:asc",
        /// The last changed first.
        UpdatedAtDesc = "updated_at:desc",
        /// The lowest priority first.
        Priority = "priority",
        /// The same.
        PriorityAsc = "priority:asc",
        /// The highest priority first.
        PriorityDesc = "priority:desc",
    }
}

filter!(SearchField, OrderBy);
inline_words!(SearchField, OrderBy);

impl From<OrderBy> for RecordOrder {
    fn from(order: OrderBy) -> Self {
        match order {
            OrderBy::UpdatedAt | OrderBy::UpdatedAtAsc => Self::ascending(RecordSort::UpdatedAt),
            OrderBy::UpdatedAtDesc => Self::descending(RecordSort::UpdatedAt),
            OrderBy::Priority | OrderBy::PriorityAsc => Self::ascending(RecordSort::Priority),
            OrderBy::PriorityDesc => Self::descending(RecordSort::Priority),
        }
    }
}

impl FromQuery for RecordsQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = PageQuery::FAULTY;

    fn parameters() -> Vec<Parameter> {
        [RecordsFilter::parameters(), PageQuery::parameters()].concat()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        query.require_both(EXTERNAL_REFERENCE, faults);
        let numbers = ["phone_number", "phone"].map(|name| (name, query.has(name)));
        if let [(name, true), (_, true)] = numbers {
            faults.add(name, "must not be used together with phone");
        }
        if EXTERNAL_REFERENCE.iter().any(|name| query.has(name)) {
            for (name, _) in numbers.into_iter().filter(|(_, is_sent)| *is_sent) {
                let rule = "must not be used together with external_provider or external_id";
                faults.add(name, rule);
            }
        }
        if query.has_any("search_fields") && !query.has("search") {
            faults.add("search_fields", "must be used together with search");
        }
        let sent = query.sent(RecordsFilter::KNOWN);
        let filter = RecordsFilter::take(query, faults);
        let page = PageQuery::from_query(query, faults)?;
        let selection = filter.selection(faults);
        Some(Self { selection, page, sent })
    }
}

impl RecordsFilter {
    /// What it selects. If it has a fault, which was reported, then nothing is made of it.
    fn selection(self, faults: &mut Faults) -> RecordSelection {
        let conditions = RecordConditions {
            search: self
                .search
                .map(|text| Search::new(text, all_if_none(self.search_fields.0))),
            priorities: self.priorities.0.into_iter().map(in_a_byte).collect(),
            timezones: self.timezones.0.into_iter().map(|zone| zone.0).collect(),
            updated_at: time_range(self.updated_at_from, self.updated_at_to, "updated_at_to", faults),
            upload_request_id: self.upload_request_id,
            extra_data: self.extra_data_filter.0.into_iter().map(|member| member.0).collect(),
        };
        let number = self.phone_number.or(self.phone);
        let filter = match (number, self.external_provider.zip(self.external_id)) {
            (Some(PhoneNumberText(number)), _) => {
                RecordFilter::PhoneNumber(PhoneNumber::normalise(number.as_str()).ok())
            }
            (None, Some((provider, id))) => RecordFilter::External(ExternalReference { provider, id }),
            (None, None) => RecordFilter::All,
        };
        RecordSelection {
            filter,
            conditions,
            order: self
                .order_by
                .map_or(Order::ascending(RecordSort::Id), RecordOrder::from),
        }
    }
}

fn all_if_none(fields: Vec<SearchField>) -> Vec<SearchField> {
    if fields.is_empty() {
        return SearchField::ALL.to_vec();
    }
    fields
}

fn in_a_byte(priority: PriorityNumber) -> u8 {
    u8::try_from(priority.get()).unwrap_or(Priority::HOT_LEAD)
}

impl RecordsQuery {
    /// The listing of these records of a list, for cursors.
    pub fn listing(&self, list: RecordListId) -> Listing {
        let list = list.0.to_string();
        let sent = self.parameters();
        let sent = sent.iter().flat_map(|(name, value)| [*name, *value]);
        let listing = Listing::new("records", [list.as_str()].into_iter().chain(sent));
        listing.sorted_by(self.selection.order.by.key_type())
    }

    /// The filters and the order as they were sent, for use in links.
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        self.sent.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}
