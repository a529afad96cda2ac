//! Which records of a list to return, and in which order (docs/contract.md section A.9.1).

use entity::hide_values;
use thiserror::Error;

use super::{
    identifiers::ExternalReference, phone_number::PhoneNumber, record::UploadRequestId, search::Search,
    timezone::Timezone,
};
use crate::domain::{
    cursor::KeyType,
    order::Order,
    text::{Lines, TextFault},
    time_range::TimeRange,
};

/// Which records of a list to return.
#[derive(Clone, Debug)]
pub struct RecordSelection {
    /// Which records to look up.
    pub filter: RecordFilter,
    /// What else must be true of them.
    pub conditions: RecordConditions,
    /// Their order.
    pub order: RecordOrder,
}

impl RecordSelection {
    /// The selected records in order of creation, without further conditions.
    pub fn of(filter: RecordFilter) -> Self {
        Self {
            filter,
            conditions: RecordConditions::default(),
            order: Order::ascending(RecordSort::Id),
        }
    }

    /// Whether finding a page takes a look at every record that the filter finds: no index has the conditions or the
    /// order.
    pub fn looks_at_all(&self) -> bool {
        self.order.by != RecordSort::Id || !self.conditions.are_none()
    }
}

/// Which records of a list to look up by an index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordFilter {
    /// All of them.
    All,
    /// Those with this number. `None` if the value sent is not a phone number, in which case nothing matches.
    PhoneNumber(Option<PhoneNumber>),
    /// Those with this external provider and id.
    External(ExternalReference),
}

/// What must be true of a record, besides the filter: all of it.
#[derive(Clone, Debug, Default)]
pub struct RecordConditions {
    /// A field begins with a text.
    pub search: Option<Search>,
    /// Its priority is one of these, if there are any.
    pub priorities: Vec<u8>,
    /// Its time zone is one of these, if there are any.
    pub timezones: Vec<Timezone>,
    /// It was last changed in this time.
    pub updated_at: TimeRange,
    /// It came with this id.
    pub upload_request_id: Option<UploadRequestId>,
    /// Its free-form data has all of these members.
    pub extra_data: Vec<ExtraDataFilter>,
}

impl RecordConditions {
    /// Whether every record meets them.
    pub fn are_none(&self) -> bool {
        let Self {
            search,
            priorities,
            timezones,
            updated_at,
            upload_request_id,
            extra_data,
        } = self;
        search.is_none()
            && priorities.is_empty()
            && timezones.is_empty()
            && updated_at.is_everything()
            && upload_request_id.is_none()
            && extra_data.is_empty()
    }
}

/// What records can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordSort {
    /// The id alone: the order of creation.
    Id,
    /// The second in which they were last changed.
    UpdatedAt,
    /// The priority.
    Priority,
}

/// The order of records.
pub type RecordOrder = Order<RecordSort>;

impl RecordSort {
    /// The type of the values.
    pub fn key_type(self) -> KeyType {
        match self {
            Self::Id => KeyType::Nothing,
            Self::UpdatedAt | Self::Priority => KeyType::Number,
        }
    }
}

/// A member of a record's free-form data, and its value as text.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtraDataFilter {
    /// The name of the member.
    pub key: String,
    /// The content of a string, or the JSON of any other value.
    pub value: String,
}

hide_values!(ExtraDataFilter);

/// A filter as it is sent: 1 to 1024 characters.
pub type SentExtraDataFilter = Lines<1024>;

/// Why a text is no such filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExtraDataFilterFault {
    /// It is not a valid text.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// It has no colon, or nothing before it.
    #[error("must be the name of a member, a colon, and its value")]
    NoKey,
}

impl ExtraDataFilter {
    /// The maximum number of them in a request.
    pub const MAX: usize = 10;

    /// Reads `key:value`, which is split at the first colon.
    pub fn parse(text: &str) -> Result<Self, ExtraDataFilterFault> {
        let text = SentExtraDataFilter::new(text)?;
        match text.as_str().split_once(':') {
            Some((key, value)) if !key.is_empty() => Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err(ExtraDataFilterFault::NoKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_split_at_the_first_colon() {
        for (text, expected) in [
            ("a:b", Some(("a", "b"))),
            ("a:", Some(("a", ""))),
            ("a: b:c", Some(("a", " b:c"))),
            (" a :b", Some((" a ", "b"))),
            ("a", None),
            (":b", None),
            (":", None),
            ("", None),
            ("a:\0", None),
        ] {
            let parsed = ExtraDataFilter::parse(text).ok();
            let parsed = parsed.as_ref().map(|member| (&*member.key, &*member.value));
            assert_eq!(parsed, expected, "{text}");
        }
        assert!(ExtraDataFilter::parse(&format!("a:{}", "x".repeat(1022))).is_ok());
        assert!(ExtraDataFilter::parse(&format!("a:{}", "x".repeat(1023))).is_err());
    }
}
