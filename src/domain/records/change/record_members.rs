//! Members of a record that a request sets (docs/contract.md section A.9.2, R14).

use entity::hide_values;

use super::refusal::Refusal;
use crate::domain::records::{
    extra_data::ExtraData,
    identifiers::{ExternalId, ExternalProvider, ExternalReference},
    phone_number::PhoneNumber,
    priority::Priority,
    record::{ExternalUrl, PersonName, PhoneLine, Record},
    timezone::Timezone,
};

/// The members to set; those that are `None` are kept.
#[derive(Clone, Default)]
pub struct RecordMembers {
    /// First name.
    pub first_name: Option<PersonName>,
    /// Last name.
    pub last_name: Option<PersonName>,
    /// All numbers, the main one first.
    pub phone_numbers: Option<Vec<PhoneLine>>,
    /// The main number. It does not count beside `phone_numbers`.
    pub phone_number: Option<PhoneNumber>,
    /// The person's time zone.
    pub timezone: Option<Timezone>,
    /// How early the record is dialled.
    pub priority: Option<Priority>,
    /// Free-form data.
    pub extra_data: Option<ExtraData>,
    /// What becomes of the data that the record has.
    pub present_extra_data: PresentExtraData,
    /// The connected system that the person comes from.
    pub external_provider: Option<ExternalProvider>,
    /// The person's id in that system.
    pub external_id: Option<ExternalId>,
    /// The person's URL in the connected system.
    pub external_url: Option<ExternalUrl>,
    /// Whether a connector keeps the external id up to date.
    pub sync_external_id: Option<bool>,
}

hide_values!(RecordMembers);

/// What becomes of the free-form data of a record when other data is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PresentExtraData {
    /// Members that are not set again stay.
    #[default]
    Stays,
    /// All of it goes.
    Goes,
}

impl RecordMembers {
    /// The phone numbers that the record may get.
    pub fn numbers(&self) -> impl Iterator<Item = &PhoneNumber> {
        let all = self.phone_numbers.iter().flatten().map(|line| &line.number);
        let main = self.phone_number.iter().filter(|_| self.phone_numbers.is_none());
        all.chain(main)
    }

    /// The external reference, if all of it is set.
    pub fn reference(&self) -> Option<ExternalReference> {
        let parts = self.external_provider.clone().zip(self.external_id.clone());
        parts.map(|(provider, id)| ExternalReference { provider, id })
    }

    /// The external reference of a record with this one, once the members are set.
    fn set_reference(&self, present: Option<&ExternalReference>) -> Result<Option<ExternalReference>, Refusal> {
        let provider = self
            .external_provider
            .as_ref()
            .or(present.map(|present| &present.provider));
        let id = self.external_id.as_ref().or(present.map(|present| &present.id));
        match (provider.cloned(), id.cloned()) {
            (Some(provider), Some(id)) => Ok(Some(ExternalReference { provider, id })),
            (None, None) => Ok(None),
            (provider, _) => Err(Refusal::HalfReference {
                has_provider: provider.is_some(),
            }),
        }
    }

    /// The record with these members set. Its times stay.
    pub fn set(&self, record: &Record) -> Result<Record, Refusal> {
        fn or_kept<T: Clone>(set: Option<&T>, kept: &T) -> T {
            set.unwrap_or(kept).clone()
        }
        let extra_data = match (&self.extra_data, self.present_extra_data) {
            (None, _) => record.extra_data.clone(),
            (Some(data), PresentExtraData::Goes) => data.clone(),
            (Some(data), PresentExtraData::Stays) => {
                let merged = record.extra_data.merged(data);
                merged.map_err(|_| Refusal::ExtraDataTooLarge)?
            }
        };
        Ok(Record {
            first_name: or_kept(self.first_name.as_ref(), &record.first_name),
            last_name: or_kept(self.last_name.as_ref(), &record.last_name),
            phone_numbers: match (&self.phone_numbers, &self.phone_number) {
                (Some(numbers), _) => numbers.clone(),
                (None, Some(number)) => with_main_number(&record.phone_numbers, number),
                (None, None) => record.phone_numbers.clone(),
            },
            timezone: self.timezone.clone().or_else(|| record.timezone.clone()),
            priority: self.priority.unwrap_or(record.priority),
            extra_data,
            external: self.set_reference(record.external.as_ref())?,
            external_url: self.external_url.clone().or_else(|| record.external_url.clone()),
            sync_external_id: self.sync_external_id.unwrap_or(record.sync_external_id),
            ..record.clone()
        })
    }
}

/// The numbers with this one as the main number. If it is one of them, it comes first, and none is lost; otherwise it
/// takes the place of the main number.
fn with_main_number(numbers: &[PhoneLine], number: &PhoneNumber) -> Vec<PhoneLine> {
    let mut numbers = numbers.to_vec();
    match numbers.iter().position(|line| line.number == *number) {
        Some(place) => numbers[..=place].rotate_right(1),
        None => {
            if let Some(main) = numbers.first_mut() {
                main.number = number.clone();
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhoneType;

    #[test]
    fn a_main_number_takes_the_place_of_the_first_or_moves_there() {
        let number = |text: &str| PhoneNumber::normalise(text).unwrap();
        let line = |text: &str, phone_type| PhoneLine {
            number: number(text),
            phone_type,
        };
        let (home, office) = (PhoneType::Home, PhoneType::Office);
        let numbers = [
            line("+101", home),
            line("+102", office),
            line("+103", PhoneType::Mobile),
        ];
        for (main, expected) in [
            ("+101", ["+101", "+102", "+103"]),
            ("+103", ["+103", "+101", "+102"]),
            ("+104", ["+104", "+102", "+103"]),
        ] {
            let numbers = with_main_number(&numbers, &number(main));
            let numbers: Vec<&str> = numbers.iter().map(|line| line.number.as_str()).collect();
            assert_eq!(numbers, expected);
        }
        assert_eq!(with_main_number(&numbers, &number("+102"))[0].phone_type, office);
        assert_eq!(with_main_number(&numbers, &number("+104"))[0].phone_type, home);
    }
}
