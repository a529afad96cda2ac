//! Random values of members, and random operations of a JSON Patch.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::super::cases::phone;
use crate::support::LONG_AGO;

/// The types of numbers that are used.
pub const TYPES: [&str; 4] = ["MOBILE", "HOME", "OFFICE", "EXTRA_1"];

pub fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        40 => (0..6_u8).prop_map(phone),
        4 => (0..6_u8).prop_map(|number| format!("+1 (415) 555-010{number}")),
        1 => Just("14155550132".to_owned()),
    ]
}

/// Some numbers, of which none or all have one type.
pub fn numbers() -> impl Strategy<Value = Value> {
    (vec(number(), 1..4), 0..TYPES.len(), prop::bool::weighted(0.04)).prop_map(|(numbers, first, have_one_type)| {
        let number = |(place, number): (usize, String)| {
            let place = if have_one_type { 0 } else { place };
            let phone_type = TYPES[(first + place) % TYPES.len()];
            json!({"phone_number": number, "phone_type": phone_type})
        };
        numbers.into_iter().enumerate().map(number).collect()
    })
}

pub fn first_name() -> impl Strategy<Value = String> {
    let names = prop_oneof![30 => Just("A"), 15 => Just("Zoë"), 15 => Just("C"), 1 => Just("")];
    names.prop_map(str::to_owned)
}

pub fn priority() -> impl Strategy<Value = Value> {
    prop_oneof![
        20 => prop::sample::select(vec![1, 5, 9]).prop_map(Value::from),
        1 => Just(json!(5.0)),
        1 => prop::sample::select(vec![0, 11]).prop_map(Value::from),
    ]
}

pub fn provider() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("crm"), 1 => Just("CRM")]
}

pub fn external_id() -> impl Strategy<Value = String> {
    prop_oneof![2 => 0..2_u8, 1 => 0..4_u8].prop_map(|id| id.to_string())
}

/// A value in the free data.
fn free_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(1),
        json!(2),
        json!("1"),
        json!(null),
        json!({"a": 1}),
        json!({"0": 2}),
        json!([1, 2]),
        json!([]),
    ])
}

/// The whole free data.
pub fn free_data() -> impl Strategy<Value = Value> {
    vec((prop::sample::select(vec!["a", "b", "c/d"]), free_value()), 0..3).prop_map(|members| {
        let mut data = json!({});
        for (name, value) in members {
            data[name] = value;
        }
        data
    })
}

/// The operations of a patch.
pub fn operations() -> impl Strategy<Value = Vec<Value>> {
    let some = prop_oneof![
        12 => setting().prop_map(|operation| vec![operation]),
        4 => removal().prop_map(|operation| vec![operation]),
        3 => test().prop_map(|operation| vec![operation]),
        4 => whole_reference(),
        // What it means to be the first.
        4 => vec(about_numbers(), 2..4),
    ];
    vec(some, 0..5).prop_map(|some| some.concat())
}

fn operation(op: &str, path: &str, has_slash: bool, value: Value) -> Value {
    let path = if has_slash { format!("/{path}") } else { path.to_owned() };
    json!({"op": op, "path": path, "value": value})
}

/// A path below the free data.
fn free_path() -> impl Strategy<Value = String> {
    let below = prop_oneof![
        4 => Just(""),
        1 => prop::sample::select(vec!["/a", "/0", "/-", "/2"]),
    ];
    let name = prop::sample::select(vec!["a", "b", "c~1d"]);
    (name, below).prop_map(|(name, below)| format!("extra_data/{name}{below}"))
}

/// A number with its type.
fn typed_number() -> impl Strategy<Value = Value> {
    (number(), prop::sample::select(&TYPES[..]))
        .prop_map(|(number, phone_type)| json!({"phone_number": number, "phone_type": phone_type}))
}

fn setting() -> impl Strategy<Value = Value> {
    let text = |path: &'static str, value: BoxedStrategy<Value>| value.prop_map(move |value| (path.to_owned(), value));
    let place = || 0..3_u8;
    let set = prop_oneof![
        4 => text("priority", priority().boxed()),
        4 => text("first_name", first_name().prop_map(Value::from).boxed()),
        2 => text("phone_numbers", numbers().boxed()),
        2 => (place(), typed_number()).prop_map(|(place, number)| (format!("phone_numbers/{place}"), number)),
        3 => text("phone_numbers/-", typed_number().boxed()),
        3 => (place(), number())
            .prop_map(|(place, number)| (format!("phone_numbers/{place}/phone_number"), number.into())),
        1 => (place(), prop::sample::select(&TYPES[..]))
            .prop_map(|(place, phone_type)| (format!("phone_numbers/{place}/phone_type"), phone_type.into())),
        3 => text("phone_number", number().prop_map(Value::from).boxed()),
        1 => text("external_provider", provider().prop_map(Value::from).boxed()),
        2 => text("external_id", external_id().prop_map(Value::from).boxed()),
        2 => text("extra_data", free_data().boxed()),
        6 => (free_path(), free_value()),
        1 => prop::sample::select(vec!["priority", "extra_data", "external_id", "first_name"])
            .prop_map(|path| (path.to_owned(), Value::Null)),
    ];
    let op = prop::sample::select(vec!["add", "replace"]);
    (op, prop::bool::weighted(0.8), set)
        .prop_map(|(op, has_slash, (path, value))| operation(op, &path, has_slash, value))
}

/// An operation on the first number, or on the numbers by their places.
fn about_numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => number().prop_map(|number| operation("replace", "phone_number", true, number.into())),
        1 => (0..6_u8).prop_map(|number| operation("test", "phone_number", true, phone(number).into())),
        1 => typed_number().prop_map(|number| operation("add", "phone_numbers/-", true, number)),
        1 => number().prop_map(|number| operation("replace", "phone_numbers/0/phone_number", true, number.into())),
        1 => Just(json!({"op": "remove", "path": "/phone_numbers/0"})),
    ]
}

fn removal() -> impl Strategy<Value = Value> {
    let path = prop_oneof![
        2 => Just("priority".to_owned()),
        2 => (0..3_u8).prop_map(|place| format!("phone_numbers/{place}")),
        1 => Just("extra_data".to_owned()),
        1 => prop::sample::select(vec!["external_provider", "external_id", "first_name", "phone_numbers"])
            .prop_map(str::to_owned),
        3 => free_path(),
    ];
    path.prop_map(|path| json!({"op": "remove", "path": format!("/{path}")}))
}

fn test() -> impl Strategy<Value = Value> {
    let of = |path: &'static str, value: BoxedStrategy<Value>| value.prop_map(move |value| (path.to_owned(), value));
    let compared = prop_oneof![
        2 => of("priority", priority().boxed()),
        2 => of("first_name", first_name().prop_map(Value::from).boxed()),
        1 => of("phone_number", (0..6_u8).prop_map(|number| phone(number).into()).boxed()),
        1 => of("phone_numbers/1/phone_type", prop::sample::select(&TYPES[..]).prop_map(Value::from).boxed()),
        1 => of("external_id", external_id().prop_map(Value::from).boxed()),
        1 => of("extra_data", free_data().boxed()),
        3 => (free_path(), free_value()),
        1 => (free_path(), Just(json!(1.0))),
        1 => of("updated_at", Just(json!(LONG_AGO)).boxed()),
    ];
    compared.prop_map(|(path, value)| operation("test", &path, true, value))
}

/// Both halves of an external reference, set or removed.
fn whole_reference() -> impl Strategy<Value = Vec<Value>> {
    let set = |op: &'static str| {
        (provider(), external_id()).prop_map(move |(provider, id)| {
            vec![
                operation(op, "external_provider", true, provider.into()),
                operation(op, "external_id", true, id.into()),
            ]
        })
    };
    let removed = ["external_id", "external_provider"].map(|path| json!({"op": "remove", "path": path}));
    prop_oneof![3 => set("add"), 1 => set("replace"), 1 => Just(removed.to_vec())]
}
