//! Random lists and random batches of requests.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A record: phone numbers and an external id, as small numbers.
pub type Person = (Vec<u8>, Option<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Id,
    Phone,
    External,
}

/// The key that stands for an id or a number that can match nothing; external ids have none.
pub const INVALID: u8 = 7;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub kind: Kind,
    /// Places in the list for ids, else numbers; some name nothing.
    pub keys: Vec<u8>,
    pub dry_run: bool,
    pub all_or_none: bool,
    pub ignores_missing: bool,
    pub matches_sole: bool,
    pub idempotency_key: Option<u8>,
    pub by_post: bool,
}

/// Requests that wait together, in order.
pub type Batch = Vec<Request>;

#[derive(Clone, Debug)]
pub struct Case {
    pub people: Vec<Person>,
    pub batches: Vec<Batch>,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let person = (
        prop::collection::btree_set(0..6_u8, 1..3).prop_map(|set| set.into_iter().collect()),
        prop::option::of(0..5_u8),
    );
    let kind = prop_oneof![Just(Kind::Id), Just(Kind::Phone), Just(Kind::External)];
    let option = || prop::bool::weighted(0.3);
    let meant = (
        kind,
        prop::collection::vec(0..8_u8, 1..5),
        (option(), option(), option()),
    );
    let sent = (
        any::<prop::sample::Index>(),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.6, 0..2_u8),
        any::<bool>(),
    );
    let batch = prop::collection::vec(sent, 1..5);
    (
        prop::collection::vec(person, 0..7),
        // Few, so that requests are repeated, with the same key and with another.
        prop::collection::vec(meant, 1..4),
        prop::collection::vec(batch, 1..6),
    )
        .prop_map(|(people, meant, batches)| {
            let request = |(which, dry_run, is_changed, idempotency_key, by_post): Sent| {
                let (kind, keys, (all_or_none, ignores_missing, matches_sole)) = which.get(&meant).clone();
                Request {
                    kind,
                    keys,
                    dry_run,
                    all_or_none: all_or_none ^ is_changed,
                    ignores_missing,
                    matches_sole,
                    idempotency_key,
                    by_post,
                }
            };
            let batches = batches
                .into_iter()
                .map(|batch| batch.into_iter().map(request).collect());
            let batches = batches.collect();
            Case { people, batches }
        })
}

/// Which of a few meanings a request has; whether it is a rehearsal, and has one option changed; its key, and its way.
type Sent = (prop::sample::Index, bool, bool, Option<u8>, bool);

impl Case {
    /// The people as records to be made, in their order.
    pub fn records(&self) -> Vec<Value> {
        let record = |(phones, external): &Person| {
            let types = ["HOME", "OFFICE", "MOBILE"];
            let numbers: Vec<Value> = phones
                .iter()
                .zip(types)
                .map(|(number, kind)| json!({"phone_number": phone(*number), "phone_type": kind}))
                .collect();
            let mut record = json!({"first_name": "A", "last_name": "B", "phone_numbers": numbers});
            if let Some(id) = external {
                record["external_provider"] = "crm".into();
                record["external_id"] = id.to_string().into();
            }
            record
        };
        self.people.iter().map(record).collect()
    }
}

impl Request {
    /// What makes two requests the same: how it is sent does not count.
    pub fn meaning(&self) -> String {
        let options = (self.all_or_none, self.ignores_missing, self.matches_sole);
        format!("{:?} {:?} {options:?}", self.kind, self.keys)
    }

    pub fn query(&self) -> String {
        let mut query = Vec::new();
        for (is_on, parameter) in [
            (self.dry_run, "dry_run=true"),
            (self.all_or_none, "all_or_none=true"),
            (self.ignores_missing, "missing=ignore"),
            (self.matches_sole, "match=sole"),
        ] {
            if is_on {
                query.push(parameter);
            }
        }
        format!("?{}", query.join("&"))
    }

    pub fn body(&self, ids: &[String]) -> Value {
        let item = |key: &u8| match self.kind {
            Kind::Id if *key == INVALID => json!({"id": "no uuid"}),
            Kind::Phone if *key == INVALID => json!({"phone_number": "14155550132"}),
            Kind::Id => match ids.get(usize::from(*key)) {
                Some(id) => json!({"id": id}),
                None => json!({"id": format!("8858c834-481d-4a02-8176-00000000000{key}")}),
            },
            Kind::Phone => json!({"phone_number": phone(*key)}),
            Kind::External => json!({"external_provider": "crm", "external_id": key.to_string()}),
        };
        self.keys.iter().map(item).collect()
    }
}

pub fn phone(number: u8) -> String {
    format!("+1415555010{number}")
}
