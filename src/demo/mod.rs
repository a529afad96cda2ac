//! The demo list. Its records are those of the documented examples, so that each example can be tried as it is.

mod tokens;

pub use tokens::DemoTokens;

use uuid::{Uuid, uuid};

use crate::{
    clock,
    domain::{
        AccountId, ExternalReference, ExtraData, ListName, NewRecord, NewRecordList, Paging, PersonName, PhoneLine,
        PhoneNumber, PhoneType, Position, Priority, RecordFilter, RecordId, RecordListId, RecordSelection, Timezone,
        UniqueIdentifierType, text::Line,
    },
    record_list::{CommandError, Registry},
    shares::Room,
    store::{
        ListKey, ReadError, Store,
        deletions::purge::{PurgeList, Purged},
        lists::{CreateList, FindList},
        records::{CreateRecords, PageOfRecords},
    },
};

/// The id of the demo list, as in the OpenAPI document.
pub const LIST: RecordListId = RecordListId(uuid!("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"));

/// The account that owns the demo list.
#[expect(clippy::expect_used, reason = "the text is a well-formed account id")]
pub fn account() -> AccountId {
    AccountId::new("demo").expect("a short text")
}

/// A demo record: first name, last name, record id, phone number and external id. The examples use the record ids given
/// here.
struct Person(
    &'static str,
    &'static str,
    Option<Uuid>,
    &'static str,
    Option<&'static str>,
);

const PEOPLE: [Person; 8] = [
    Person(
        "Ada",
        "Lovelace",
        Some(uuid!("8858c834-481d-4a02-8176-cffc02c50350")),
        "+441632960001",
        None,
    ),
    Person(
        "Alan",
        "Turing",
        Some(uuid!("3c1f6a52-9d0b-4c55-8a3e-5b7f0e6d2a41")),
        "+441632960002",
        None,
    ),
    Person(
        "Grace",
        "Hopper",
        Some(uuid!("f04b7e19-62c8-4f3d-b1a7-90d5c8e3b672")),
        "+14155550101",
        None,
    ),
    Person("Edsger", "Dijkstra", None, "+188888888", None),
    Person("Barbara", "Liskov", None, "+442079460958", None),
    Person("Donald", "Knuth", None, "+14155550132", None),
    Person("Radia", "Perlman", None, "+14155550133", Some("003DL0000212DetYAE")),
    Person("Leslie", "Lamport", None, "+14155550134", Some("003DL0000212DeuYAE")),
];

/// When to create demo data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// Never.
    No,
    /// If there is no demo list yet.
    Once,
    /// Always: deleted records are restored.
    Restore,
}

/// Creates the demo list or restores its missing records, if the limits leave room for them.
pub async fn seed(store: &Store, lists: &Registry, seed: Seed) -> Result<(), CommandError> {
    match restore(store, lists, seed).await {
        Err(CommandError::LimitExceeded(error)) => {
            tracing::warn!(%error, "there is no room for the demo list");
            Ok(())
        }
        restored => restored,
    }
}

async fn restore(store: &Store, lists: &Registry, seed: Seed) -> Result<(), CommandError> {
    if seed == Seed::No {
        return Ok(());
    }
    let list = ListKey {
        account: account(),
        id: LIST,
    };
    let is_there = match store.read(FindList(list.clone())).await {
        Ok(_) => true,
        Err(ReadError::ListNotFound) => false,
        Err(error) => return Err(error.into()),
    };
    if is_there && seed == Seed::Once {
        return Ok(());
    }
    if !is_there {
        // The id is not free until the deleted list that had it is purged. The new list goes on with its audit trail.
        let mut after = None;
        while let Purged::UpTo(record) = store
            .transact(PurgeList {
                list: list.clone(),
                after,
            })
            .await?
        {
            after = Some(record);
        }
        store.write_to_account(account(), CreateList(new_list()), None).await?;
    }
    let mut missing = Vec::new();
    for person in &PEOPLE {
        let record = person.record();
        let filter = RecordFilter::PhoneNumber(record.phone_numbers.first().map(|line| line.number.clone()));
        let first = Paging {
            per_page: 1,
            position: Position::Page(1),
        };
        let found = store.read(PageOfRecords {
            list: list.clone(),
            selection: RecordSelection::of(filter),
            looked_at: 0,
            paging: first,
        });
        if found.await?.items.is_empty() {
            missing.push(record);
        }
    }
    if !missing.is_empty() {
        let create = CreateRecords {
            records: missing,
            ..CreateRecords::default()
        };
        lists.write(&list, create, None, Room::none()).await?;
    }
    Ok(())
}

#[expect(clippy::expect_used, reason = "the name is well formed")]
fn new_list() -> NewRecordList {
    NewRecordList {
        id: LIST,
        name: ListName::new("Demo list").expect("a short text"),
        unique_identifier_type: UniqueIdentifierType::PhoneNumber,
    }
}

impl Person {
    #[expect(clippy::expect_used, reason = "the texts above are well formed, as a test shows")]
    fn record(&self) -> NewRecord {
        let Self(first_name, last_name, id, number, external_id) = self;
        NewRecord {
            id: RecordId(id.unwrap_or_else(clock::new_id)),
            first_name: PersonName::new(*first_name).expect("a short text"),
            last_name: PersonName::new(*last_name).expect("a short text"),
            phone_numbers: vec![PhoneLine {
                number: PhoneNumber::normalise(number).expect("a phone number"),
                phone_type: PhoneType::Mobile,
            }],
            timezone: Timezone::parse("Europe/London"),
            priority: Priority::BULK_DEFAULT,
            extra_data: ExtraData::default(),
            external: external_id.map(|id| ExternalReference {
                provider: Line::new("salesforce").expect("a short text"),
                id: Line::new(id).expect("a short text"),
            }),
            external_url: None,
            sync_external_id: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_person_is_a_record_with_a_number_of_its_own() {
        let numbers: std::collections::HashSet<_> = PEOPLE
            .iter()
            .flat_map(|person| person.record().phone_numbers)
            .map(|line| line.number)
            .collect();
        assert_eq!(numbers.len(), PEOPLE.len());
    }
}
