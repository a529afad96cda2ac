//! Random sequences of writes.

use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};

use super::{
    super::cases::{INVALID, Kind, Request, phone},
    operations::{external_id, first_name, free_data, number, numbers, operations, priority, provider},
};

/// One write. A key counts the records from the newest on; some name nothing.
#[derive(Clone, Debug)]
pub enum Write {
    Create(Value),
    CreateMany {
        on_duplicate: Option<&'static str>,
        records: Vec<Value>,
    },
    Patch {
        key: u8,
        operations: Vec<Value>,
    },
    ChangeMany {
        on_missing: Option<&'static str>,
        items: Vec<Item>,
    },
    Delete(u8),
    DeleteByNumber(String),
    DeleteByReference(&'static str, String),
    DeleteMany(Request),
    Rename {
        name: &'static str,
        /// Which of the bodies that set a name.
        form: u8,
    },
}

/// One item of a change of many records.
#[derive(Clone, Debug)]
pub struct Item {
    pub op: &'static str,
    /// Without one, the external reference in the value leads to the record.
    pub key: Option<u8>,
    pub value: Value,
}

/// Writes one after the other.
#[derive(Clone, Debug)]
pub struct Step {
    pub writes: Vec<Write>,
    /// Whether they wait together, in order.
    pub wait_together: bool,
    /// Whether each is sent twice with one key, unless they wait together.
    pub are_repeated: bool,
    /// Whether everything is dated back before.
    pub ages: bool,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub identified_by: &'static str,
    pub steps: Vec<Step>,
}

/// The names of lists; the first is that of a new one.
pub const NAMES: [&str; 3] = ["a list", "b", "ç"];

pub fn cases() -> impl Strategy<Value = Case> {
    let identified_by = prop::sample::select(vec!["PHONE_NUMBER", "EXTERNAL", "NOTHING"]);
    let first = vec(record(), 2..7).prop_map(|records| Write::CreateMany {
        on_duplicate: None,
        records,
    });
    let first = first.prop_map(|first| Step {
        writes: vec![first],
        wait_together: false,
        are_repeated: false,
        ages: false,
    });
    let step = (
        vec(write(), 1..6),
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.3),
    );
    let step = step.prop_map(|(writes, wait_together, are_repeated, ages)| Step {
        writes,
        wait_together,
        are_repeated,
        ages,
    });
    (identified_by, first, vec(step, 1..7)).prop_map(|(identified_by, first, mut steps)| {
        steps.insert(0, first);
        Case { identified_by, steps }
    })
}

fn write() -> impl Strategy<Value = Write> {
    let on_duplicate = option::weighted(0.8, prop::sample::select(vec!["fail", "skip", "update"]));
    let on_missing = option::weighted(0.7, prop::sample::select(vec!["fail", "create"]));
    let kind = prop::sample::select(vec![Kind::Id, Kind::Phone, Kind::External]);
    let wish = || prop::bool::weighted(0.3);
    let deleted_number = prop_oneof![9 => 0..6_u8, 1 => Just(INVALID)].prop_map(|number| match number {
        INVALID => "14155550132".to_owned(),
        number => phone(number),
    });
    prop_oneof![
        3 => record().prop_map(Write::Create),
        3 => (on_duplicate, vec(record(), 1..5))
            .prop_map(|(on_duplicate, records)| Write::CreateMany { on_duplicate, records }),
        8 => (key(), operations()).prop_map(|(key, operations)| Write::Patch { key, operations }),
        8 => (on_missing, vec(item(), 1..6)).prop_map(|(on_missing, items)| Write::ChangeMany { on_missing, items }),
        1 => key().prop_map(Write::Delete),
        1 => deleted_number.prop_map(Write::DeleteByNumber),
        1 => (provider(), external_id()).prop_map(|(provider, id)| Write::DeleteByReference(provider, id)),
        1 => (kind, vec(0..8_u8, 1..4), (wish(), wish(), wish())).prop_map(
            |(kind, keys, (all_or_none, ignores_missing, matches_sole))| Write::DeleteMany(Request {
                kind,
                keys,
                dry_run: false,
                all_or_none,
                ignores_missing,
                matches_sole,
                idempotency_key: None,
                by_post: false,
            })
        ),
        1 => (prop::sample::select(&NAMES[..]), 0..4_u8).prop_map(|(name, form)| Write::Rename { name, form }),
    ]
}

/// A key that mostly names a record.
fn key() -> impl Strategy<Value = u8> {
    prop_oneof![8 => 0..3_u8, 2 => 3..8_u8]
}

fn item() -> impl Strategy<Value = Item> {
    let op = || prop::sample::select(vec!["add", "replace"]);
    let by_id = (op(), key(), members(0.3, 0.35, 0.1)).prop_map(|(op, key, value)| Item {
        op,
        key: Some(key),
        value,
    });
    let by_reference =
        |value: BoxedStrategy<Value>| (op(), value).prop_map(|(op, value)| Item { op, key: None, value });
    prop_oneof![
        4 => by_id,
        2 => by_reference(members(0.3, 0.95, 0.03).boxed()),
        // Such as may be created.
        2 => by_reference(members(0.95, 0.98, 0.01).boxed()),
    ]
}

/// A record to be made, that mostly has what it takes.
fn record() -> impl Strategy<Value = Value> {
    members(0.98, 0.8, 0.03)
}

/// Members of a record: each that a new one needs with one probability, an external reference with another, and half of
/// one with a third.
fn members(needed: f64, reference: f64, half: f64) -> impl Strategy<Value = Value> {
    let names = (
        option::weighted(needed, first_name()),
        option::weighted(needed, Just("B".to_owned())),
    );
    // Beside the others, the one number is only looked at.
    let phones = (option::weighted(needed, numbers()), option::weighted(0.15, number()));
    let halves = prop_oneof![
        (half * 100.0) as u32 => any::<bool>().prop_map(|first| (first, !first)),
        (reference * 100.0) as u32 => Just((true, true)),
        100 - ((reference + half) * 100.0) as u32 => Just((false, false)),
    ];
    let reference = (provider(), external_id(), halves);
    let rest = (
        option::weighted(0.4, priority()),
        option::weighted(0.5, free_data()),
        prop::bool::weighted(0.1),
    );
    (names, phones, reference, rest).prop_map(
        |(names, phones, (provider, external_id, halves), (priority, free, has_nulls))| {
            let members: [(&str, Option<Value>); 8] = [
                ("first_name", names.0.map(Value::from)),
                ("last_name", names.1.map(Value::from)),
                ("phone_numbers", phones.0),
                ("phone_number", phones.1.map(Value::from)),
                ("external_provider", halves.0.then(|| provider.into())),
                ("external_id", halves.1.then(|| external_id.into())),
                ("priority", priority),
                ("extra_data", free),
            ];
            let mut record = json!({});
            for (name, value) in members {
                match value {
                    Some(value) => record[name] = value,
                    // It counts as absent.
                    None if has_nulls => record[name] = Value::Null,
                    None => {}
                }
            }
            record
        },
    )
}
