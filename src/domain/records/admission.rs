//! Admission of new records: which ones a list accepts (docs/contract.md section 3.3).

use std::collections::HashSet;

use super::{identifiers::ExternalReference, phone_number::PhoneNumber, record::NewRecord};
use crate::domain::record_list::UniqueIdentifierType;

/// Whether a list accepts a new record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is accepted.
    Admitted,
    /// The list, or an earlier record of the same request, already has its identifier.
    Duplicate,
    /// The list identifies records by external provider and id, but this record has none.
    ExternalReferenceMissing,
}

/// Those identifiers of the new records that already occur in the list.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Phone numbers.
    pub phone_numbers: HashSet<PhoneNumber>,
    /// External references.
    pub external_references: HashSet<ExternalReference>,
}

/// Decides on each new record, in order. Later records are also compared with those accepted before them.
pub fn admit<'a>(
    identified_by: UniqueIdentifierType,
    records: impl IntoIterator<Item = &'a NewRecord>,
    mut taken: Taken,
) -> Vec<Admission> {
    let mut decide = |record: &NewRecord| match identified_by {
        UniqueIdentifierType::Nothing => Admission::Admitted,
        UniqueIdentifierType::PhoneNumber => {
            let numbers = || record.phone_numbers.iter().map(|line| &line.number);
            if numbers().any(|number| taken.phone_numbers.contains(number)) {
                return Admission::Duplicate;
            }
            taken.phone_numbers.extend(numbers().cloned());
            Admission::Admitted
        }
        UniqueIdentifierType::External => match &record.external {
            None => Admission::ExternalReferenceMissing,
            Some(reference) if taken.external_references.contains(reference) => Admission::Duplicate,
            Some(reference) => {
                taken.external_references.insert(reference.clone());
                Admission::Admitted
            }
        },
    };
    records.into_iter().map(&mut decide).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{ExtraData, PersonName, PhoneLine, PhoneType, Priority, RecordId, text::Line};

    fn number(n: u8) -> PhoneNumber {
        PhoneNumber::normalise(&format!("+1415555{n:04}")).unwrap()
    }

    fn reference(id: &str) -> ExternalReference {
        ExternalReference {
            provider: Line::new("salesforce").unwrap(),
            id: Line::new(id).unwrap(),
        }
    }

    fn record(numbers: &[u8], external: Option<&str>) -> NewRecord {
        NewRecord {
            id: RecordId(Uuid::now_v7()),
            first_name: PersonName::new("Ada").unwrap(),
            last_name: PersonName::new("Test").unwrap(),
            phone_numbers: numbers
                .iter()
                .map(|n| PhoneLine {
                    number: number(*n),
                    phone_type: PhoneType::Mobile,
                })
                .collect(),
            timezone: None,
            priority: Priority::BULK_DEFAULT,
            extra_data: ExtraData::default(),
            external: external.map(reference),
            external_url: None,
            sync_external_id: false,
        }
    }

    use Admission::{Admitted, Duplicate, ExternalReferenceMissing};

    #[test]
    fn a_phone_number_identifies() {
        let taken = Taken {
            phone_numbers: [number(1)].into(),
            ..Taken::default()
        };
        let records = [
            record(&[1], None),
            record(&[2, 1], None),
            record(&[3, 3], None),
            record(&[4, 3], None),
            record(&[2], None),
        ];
        assert_eq!(
            admit(UniqueIdentifierType::PhoneNumber, &records, taken),
            [Duplicate, Duplicate, Admitted, Duplicate, Admitted]
        );
    }

    #[test]
    fn an_external_reference_identifies_byte_by_byte() {
        let taken = Taken {
            external_references: [reference("003A")].into(),
            ..Taken::default()
        };
        let records = [
            record(&[1], Some("003A")),
            record(&[1], Some("003a")),
            record(&[1], Some("003a")),
            record(&[1], None),
        ];
        assert_eq!(
            admit(UniqueIdentifierType::External, &records, taken),
            [Duplicate, Admitted, Duplicate, ExternalReferenceMissing]
        );
    }

    #[test]
    fn nothing_identifies() {
        let records = [record(&[1], Some("a")), record(&[1], Some("a"))];
        assert_eq!(
            admit(UniqueIdentifierType::Nothing, &records, Taken::default()),
            [Admitted, Admitted]
        );
    }
}
