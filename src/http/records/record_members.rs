//! Members of a record that a request sets (docs/contract.md section A.9.2, R14).

use super::new_record::{NewPhoneNumbers, NewRecordRequest, RequestedPhoneNumber, RequestedPriority};
use crate::{
    domain::{
        ExternalId, ExternalProvider, ExternalUrl, ExtraData, PersonName, PresentExtraData, RecordMembers, Timezone,
    },
    http::request::json::request,
};

request! {
    /// Members of a record to set. Those that are left out are kept.
    pub struct RecordMembersRequest as "RecordMembers" {
        /// First name.
        #[example("Ada")]
        first_name: Option<PersonName>,
        /// Last name.
        #[example("Lovelace")]
        last_name: Option<PersonName>,
        /// All numbers to call, the main number first; at most one per type.
        phone_numbers: Option<NewPhoneNumbers>,
        /// The main number. If the record has it already, it becomes the first one; otherwise it replaces the first one.
        /// If `phone_numbers` is also sent, this number must be valid but is ignored.
        #[deprecated = "Use `phone_numbers`."]
        phone_number: Option<RequestedPhoneNumber>,
        /// The person's time zone: a name or alias from the tz database. Case does not matter.
        #[example("Europe/London")]
        timezone: Option<Timezone>,
        /// The priority: 10 is dialled first.
        priority: Option<RequestedPriority>,
        /// Free-form data; with the data that the record keeps at most 16 KiB without white space.
        extra_data: Option<ExtraData>,
        /// The connected system that the person comes from; required with `external_id` if the record has none.
        #[example("salesforce")]
        external_provider: Option<ExternalProvider>,
        /// The person's id in that system; required with `external_provider` if the record has none.
        #[example("003DL0000212DetYAE")]
        external_id: Option<ExternalId>,
        /// The person's URL in that system.
        external_url: Option<ExternalUrl>,
        /// Whether a connector keeps the external id up to date.
        sync_external_id: Option<bool>,
    }
}

impl RecordMembersRequest {
    /// The members to set.
    pub fn into_members(self, present_extra_data: PresentExtraData) -> RecordMembers {
        RecordMembers {
            first_name: self.first_name,
            last_name: self.last_name,
            phone_numbers: self.phone_numbers.map(NewPhoneNumbers::into_lines),
            phone_number: self.phone_number.map(RequestedPhoneNumber::into_number),
            timezone: self.timezone,
            priority: self.priority.map(RequestedPriority::get),
            extra_data: self.extra_data,
            present_extra_data,
            external_provider: self.external_provider,
            external_id: self.external_id,
            external_url: self.external_url,
            sync_external_id: self.sync_external_id,
        }
    }
}

/// The members that were sent of a record to create, to be set if the list has the record.
impl From<NewRecordRequest> for RecordMembers {
    fn from(request: NewRecordRequest) -> Self {
        let members = RecordMembersRequest {
            first_name: Some(request.first_name),
            last_name: Some(request.last_name),
            phone_numbers: request.phone_numbers,
            phone_number: request.phone_number,
            timezone: request.timezone,
            priority: request.priority,
            extra_data: request.extra_data,
            external_provider: request.external_provider,
            external_id: request.external_id,
            external_url: request.external_url,
            sync_external_id: request.sync_external_id,
        };
        members.into_members(PresentExtraData::Stays)
    }
}
