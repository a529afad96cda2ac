//! `/record-lists/{record_list_id}/records`

pub mod bulks;
pub mod change;
pub mod create;
pub mod deletion;
pub mod get;
pub mod list;
pub mod list_query;
pub mod new_record;
pub mod patch;
pub mod record_members;
pub mod timezones;
pub mod wire;

use super::request::{faults::Faults, json::Members};

/// The members, or parameters, of an external reference.
pub(super) const EXTERNAL_REFERENCE: [&str; 2] = ["external_provider", "external_id"];

/// The rule of an external reference: provider and id go together.
fn external_reference_is_whole(members: &mut Members<'_, '_>, faults: &mut Faults) {
    members.require_both(EXTERNAL_REFERENCE, faults);
}
