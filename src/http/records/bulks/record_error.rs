//! The vendor's codes of records that were not created or changed (docs/contract.md section A.9.2).

use entity::Word;
use utoipa::openapi::{RefOr, Schema};

use crate::http::{
    request::faults::{FaultKind, Place},
    schema::{WireType, known, open},
};

entity::words! {
    /// Why a record was not created or changed. The order is that of the codes in a response.
    pub enum RecordError {
        /// A phone number is not one, or has no type, an unknown one or that of another number.
        PhoneNumberInvalid = "PHONE_NUMBER_INVALID",
        /// There is no phone number.
        PhoneNumberMissing = "PHONE_NUMBER_MISSING",
        /// Another record of the list has the phone number.
        PhoneNumberNotUnique = "PHONE_NUMBER_NOT_UNIQUE",
        /// The first name is too long, is not a text, or has control characters.
        FirstNameInvalid = "FIRST_NAME_INVALID",
        /// There is no first name.
        FirstNameMissing = "FIRST_NAME_MISSING",
        /// The last name is too long, is not a text, or has control characters.
        LastNameInvalid = "LAST_NAME_INVALID",
        /// There is no last name.
        LastNameMissing = "LAST_NAME_MISSING",
        /// The time zone is unknown.
        TimezoneInvalid = "TIMEZONE_INVALID",
        /// Published, but never sent.
        TimezoneMissing = "TIMEZONE_MISSING",
        /// Published, but never sent.
        TimezoneUnmatched = "TIMEZONE_UNMATCHED",
        /// The priority is not a whole number in its range.
        PriorityInvalid = "PRIORITY_INVALID",
        /// The external provider, the external id or both are missing.
        ExternalRefMissing = "EXTERNAL_REF_MISSING",
        /// Published, but never sent.
        RequiredFields = "REQUIRED_FIELDS",
        /// Anything else.
        Other = "OTHER",
    }
}

impl RecordError {
    /// The code of a fault. The place is that of the record in the request, of a member of it, or within one.
    pub fn of(place: Place<'_>, kind: FaultKind) -> Self {
        use FaultKind::{Invalid, Missing};
        use Place::{Item, Member};
        match (place, kind) {
            (Member(Item(Member(_, "phone_numbers"), _), "phone_number"), Missing)
            | (Item(Member(_, "phone_numbers"), _), Missing) => Self::PhoneNumberMissing,
            (Member(Item(Member(_, "phone_numbers"), _), "phone_number" | "phone_type"), _)
            | (Item(Member(_, "phone_numbers"), _), Invalid) => Self::PhoneNumberInvalid,
            (Member(record, name), kind) if is_record(record) => Self::of_member(name, kind),
            // A member of a number is not the member of the record with that name.
            _ => Self::Other,
        }
    }

    fn of_member(name: &str, kind: FaultKind) -> Self {
        use FaultKind::{Invalid, Missing};
        match (name, kind) {
            ("phone_numbers" | "phone_number", Missing) => Self::PhoneNumberMissing,
            ("phone_numbers" | "phone_number", Invalid) => Self::PhoneNumberInvalid,
            ("first_name", Missing) => Self::FirstNameMissing,
            ("first_name", Invalid) => Self::FirstNameInvalid,
            ("last_name", Missing) => Self::LastNameMissing,
            ("last_name", Invalid) => Self::LastNameInvalid,
            ("timezone", _) => Self::TimezoneInvalid,
            ("priority", _) => Self::PriorityInvalid,
            ("external_provider" | "external_id", Missing) => Self::ExternalRefMissing,
            _ => Self::Other,
        }
    }
}

/// Whether a record, or members of one, are at this place: `records[3]` when records are created, `[3].value` when they
/// are changed.
fn is_record(place: &Place<'_>) -> bool {
    use Place::{Body, Item, Member};
    matches!(place, Item(Member(Body, "records"), _) | Member(Item(Body, _), "value"))
}

impl WireType for RecordError {
    fn schema() -> RefOr<Schema> {
        open::<Self>()
    }

    fn note() -> Option<String> {
        let [missing, unmatched, required] =
            [Self::TimezoneMissing, Self::TimezoneUnmatched, Self::RequiredFields].map(Self::word);
        Some(format!(
            "{} {missing}, {unmatched} and {required} are published and never sent.",
            known::<Self>("codes")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_the_code_of_its_place() {
        let records = Place::from("records");
        check(Place::Item(&records, 3));
        let item = Place::Item(&Place::Body, 3);
        check(Place::Member(&item, "value"));
    }

    fn check(record: Place<'_>) {
        let numbers = Place::Member(&record, "phone_numbers");
        let number = Place::Item(&numbers, 0);
        let member = |name| Place::Member(&record, name);
        let of_number = |name| Place::Member(&number, name);
        for (place, missing, invalid) in [
            (record, "OTHER", "OTHER"),
            (numbers, "PHONE_NUMBER_MISSING", "PHONE_NUMBER_INVALID"),
            (number, "PHONE_NUMBER_MISSING", "PHONE_NUMBER_INVALID"),
            (
                of_number("phone_number"),
                "PHONE_NUMBER_MISSING",
                "PHONE_NUMBER_INVALID",
            ),
            (of_number("phone_type"), "PHONE_NUMBER_INVALID", "PHONE_NUMBER_INVALID"),
            (of_number("first_name"), "OTHER", "OTHER"),
            (of_number("unknown"), "OTHER", "OTHER"),
            (member("phone_number"), "PHONE_NUMBER_MISSING", "PHONE_NUMBER_INVALID"),
            (member("first_name"), "FIRST_NAME_MISSING", "FIRST_NAME_INVALID"),
            (member("last_name"), "LAST_NAME_MISSING", "LAST_NAME_INVALID"),
            (member("timezone"), "TIMEZONE_INVALID", "TIMEZONE_INVALID"),
            (member("priority"), "PRIORITY_INVALID", "PRIORITY_INVALID"),
            (member("external_provider"), "EXTERNAL_REF_MISSING", "OTHER"),
            (member("external_id"), "EXTERNAL_REF_MISSING", "OTHER"),
            (member("external_url"), "OTHER", "OTHER"),
            (member("extra_data"), "OTHER", "OTHER"),
            (member("unknown"), "OTHER", "OTHER"),
        ] {
            let codes = [FaultKind::Missing, FaultKind::Invalid].map(|kind| RecordError::of(place, kind).word());
            assert_eq!(codes, [missing, invalid], "{place}");
        }
    }
}
