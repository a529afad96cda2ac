//! Admission of new records: which ones a list accepts (docs/contract.md section 3.3).

use std::collections::HashSet;

use super::{identifiers::ExternalReference, phone_number::PhoneNumber, record::NewRecord};
use crate::domain::record_list::UniqueIdentifierType;

/// Why a list does not accept a new record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The list, or an earlier record of the same request, already has these of its phone numbers, by position.
    PhoneNumbersTaken(Vec<usize>),
    /// The list, or an earlier record of the same request, already has its external reference.
    ExternalReferenceTaken,
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
) -> Vec<Result<(), Rejection>> {
    let decide = |record: &NewRecord| match identified_by {
        UniqueIdentifierType::Nothing => Ok(()),
        UniqueIdentifierType::PhoneNumber => {
            let numbers = || record.phone_numbers.iter().map(|line| &line.number);
            let known = numbers()
                .enumerate()
                .filter(|(_, number)| taken.phone_numbers.contains(number));
            let known: Vec<usize> = known.map(|(position, _)| position).collect();
            if !known.is_empty() {
                return Err(Rejection::PhoneNumbersTaken(known));
            }
            taken.phone_numbers.extend(numbers().cloned());
            Ok(())
        }
        UniqueIdentifierType::External => match &record.external {
            None => Err(Rejection::ExternalReferenceMissing),
            Some(reference) if taken.external_references.contains(reference) => Err(Rejection::ExternalReferenceTaken),
            Some(reference) => {
                taken.external_references.insert(reference.clone());
                Ok(())
            }
        },
    };
    records.into_iter().map(decide).collect()
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

    fn numbers_taken(positions: &[usize]) -> Result<(), Rejection> {
        Err(Rejection::PhoneNumbersTaken(positions.to_vec()))
    }

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
            [
                numbers_taken(&[0]),
                numbers_taken(&[1]),
                Ok(()),
                numbers_taken(&[1]),
                Ok(())
            ]
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
            [
                Err(Rejection::ExternalReferenceTaken),
                Ok(()),
                Err(Rejection::ExternalReferenceTaken),
                Err(Rejection::ExternalReferenceMissing)
            ]
        );
    }

    #[test]
    fn nothing_identifies() {
        let records = [record(&[1], Some("a")), record(&[1], Some("a"))];
        assert_eq!(
            admit(UniqueIdentifierType::Nothing, &records, Taken::default()),
            [Ok(()), Ok(())]
        );
    }
}
