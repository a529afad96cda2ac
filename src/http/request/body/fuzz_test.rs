//! Fuzz tests of body parsing: random bytes, random JSON, and documented examples with changed bytes or values. The
//! documented schema, checked with another JSON parser and a validator, decides which bodies are valid.

use std::fmt::Debug;

use actix_web::ResponseError;
use jsonschema::Validator;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};
use serde_json::Value;

use super::*;
use crate::http::{
    openapi::document_text,
    record_lists::create::CreateRecordListRequest,
    records::bulks::{create::request::BulkCreateRequest, delete::request::BulkDeleteRequest},
};

/// How many bodies of each kind are parsed; `RECORD_LISTS_TEST_BODY_CASES` overrides it.
const CASES: u32 = 500;

const BULKS: &str = "/record-lists/{record_list_id}/records/bulks";

/// A body of an operation, as the document describes it.
struct Documented {
    schema: Validator,
    examples: Vec<Value>,
    /// Members that may be null and then count as absent; the schemas do not say so.
    members: &'static [&'static str],
}

impl Documented {
    fn of(path: &str, method: &str, members: &'static [&'static str]) -> Self {
        let document: Value = serde_json::from_str(&document_text()).unwrap();
        let body = &document["paths"][path][method]["requestBody"]["content"]["application/json"];
        let mut schema = body["schema"].clone();
        schema["components"] = document["components"].clone();
        let examples = body["examples"].as_object().unwrap();
        Self {
            schema: jsonschema::draft202012::new(&schema).unwrap(),
            examples: examples.values().map(|e| e["value"].clone()).collect(),
            members,
        }
    }

    fn bulk_delete() -> Self {
        let members = &["id", "phone_number", "external_provider", "external_id"];
        Self::of(BULKS, "delete", members)
    }

    fn bulk_create() -> Self {
        Self::of(BULKS, "post", &[])
    }

    fn new_list() -> Self {
        Self::of("/record-lists", "post", &["name", "unique_identifier_type"])
    }

    /// Whether the schema accepts the value.
    fn takes(&self, value: &Value) -> bool {
        self.schema.is_valid(&self.without_null(value))
    }

    fn without_null(&self, value: &Value) -> Value {
        let is_absent = |name: &str, value: &Value| value.is_null() && self.members.contains(&name);
        match value {
            Value::Array(items) => items.iter().map(|item| self.without_null(item)).collect(),
            Value::Object(members) => members
                .iter()
                .filter(|(name, value)| !is_absent(name, value))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

/// Names that occur in bodies, and some that do not.
fn any_name() -> impl Strategy<Value = String> {
    select(vec![
        "id",
        "phone_number",
        "external_provider",
        "external_id",
        "records",
        "name",
        "unique_identifier_type",
        "first_name",
        "last_name",
        "phone_numbers",
        "phone_type",
        "extra_data",
        "priority",
        "timezone",
        "sync_external_id",
        "ID",
        "",
    ])
    .prop_map(str::to_owned)
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(any::<char>(), 0..40).prop_map(|letters| letters.into_iter().collect()),
        select(vec![
            "PHONE_NUMBER",
            "MOBILE",
            "+14155550132",
            "Europe/London",
            "a\u{0}",
            "\u{feff}"
        ])
        .prop_map(str::to_owned),
        (0..300_usize).prop_map(|length| "é".repeat(length)),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(40, 120, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any_name(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Random bytes; half of the cases use only bytes that occur in JSON.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let json = select(b"{}[]\",:0123456789.eE+-\\u/truefalsn \t\n\r\0\xef\xbb\xbf\xff".to_vec());
    prop_oneof![vec(any::<u8>(), 0..600), vec(json, 0..600)]
}

/// A change to a text at some place; the place is a fraction of the text's length.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    End(Index),
}

fn any_change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        any_json().prop_map(|json| json.to_string().into_bytes()),
        any_bytes().prop_map(|mut bytes| {
            bytes.truncate(5);
            bytes
        }),
        Just(br#""id":"a","#.to_vec()),
        Just(br#"{"phone_number":"+12"},"#.to_vec()),
        Just(b"[".repeat(40)),
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (any::<Index>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        any::<Index>().prop_map(Change::End),
    ]
}

impl Change {
    fn apply(&self, body: &mut Vec<u8>) {
        let place = |at: &Index| at.index(body.len() + 1);
        match self {
            Self::Flip(at, bits) => {
                let at = place(at);
                body.get_mut(at).into_iter().for_each(|byte| *byte ^= bits);
            }
            Self::Insert(at, piece) => {
                let at = place(at);
                body.splice(at..at, piece.iter().copied());
            }
            Self::Remove(at, length) => {
                let at = place(at);
                body.drain(at..body.len().min(at + length));
            }
            Self::Repeat(at, length) => {
                let at = place(at);
                let again = body[at..body.len().min(at + length)].to_vec();
                body.splice(at..at, again);
            }
            Self::End(at) => body.truncate(place(at)),
        }
    }
}

/// A documented example with some changes; without any it is valid.
fn changed(examples: &[Value]) -> impl Strategy<Value = Vec<u8>> + use<> {
    (select(examples.to_vec()), vec(any_change(), 0..4)).prop_map(|(example, changes)| {
        let mut body = example.to_string().into_bytes();
        for change in changes {
            change.apply(&mut body);
        }
        body
    })
}

/// A documented example with other values in some places; its shape stays the same.
fn refilled(examples: &[Value]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let value = prop_oneof![3 => any_text().prop_map(Value::from), 1 => any_json()];
    let places = vec((any::<Index>(), value), 1..3);
    (select(examples.to_vec()), places).prop_map(|(mut example, places)| {
        for (at, value) in places {
            let mut leaves = leaves_of(&mut example);
            if !leaves.is_empty() {
                let at = at.index(leaves.len());
                *leaves.swap_remove(at) = value;
            }
        }
        example.to_string().into_bytes()
    })
}

/// The values that contain no other values.
fn leaves_of(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(items) => items.iter_mut().flat_map(leaves_of).collect(),
        Value::Object(members) => members.values_mut().flat_map(leaves_of).collect(),
        leaf => vec![leaf],
    }
}

/// The outcome of parsing a body.
fn outcome<B: Body + Debug>(bytes: &[u8]) -> Result<String, ApiError> {
    let read = parse::<B>(bytes, &Method::DELETE, None)?;
    Ok(format!("{read:?}"))
}

/// Parses a body twice and compares the outcome with the schema. With `is_exact`, parser and schema must accept the
/// same bodies; without it, a faulty part may fail on its own.
fn read_and_check<B: Body + Debug>(bytes: &[u8], documented: &Documented, is_exact: bool) -> Result<(), TestCaseError> {
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let elsewhere = serde_json::from_slice::<Value>(bare);
    match (outcome::<B>(bytes), outcome::<B>(bytes)) {
        (Ok(first), Ok(second)) => {
            prop_assert_eq!(first, second);
            match elsewhere {
                Ok(value) => prop_assert!(!is_exact || documented.takes(&value), "accepted: {}", value),
                // Free-form data keeps numbers that the other parser has no type for.
                Err(error) => prop_assert!(error.to_string().contains("out of range"), "{}", error),
            }
        }
        (Err(first), Err(second)) => {
            let body = |error: &ApiError| {
                let response = error.error_response();
                (response.status().as_u16(), format!("{error:?}"))
            };
            prop_assert_eq!(body(&first), body(&second));
            prop_assert_eq!(body(&first).0, 400);
            // Only without repeated members, which this parser keeps and the other does not.
            let is_comparable = Json::parse(bytes).is_ok_and(|json| is_exact && !json.has_repeated_members());
            if let Some(value) = elsewhere.ok().filter(|_| is_comparable) {
                prop_assert!(!documented.takes(&value), "refused: {} {:?}", value, first);
            }
        }
        (first, second) => prop_assert!(false, "{first:?}, then {second:?}"),
    }
    Ok(())
}

/// The seed of the random choices; `PROPTEST_RNG_SEED` overrides it.
fn seed() -> RngSeed {
    match Config::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        set => set,
    }
}

fn fuzz<B: Body + Debug>(documented: &Documented, is_exact: bool) {
    let wanted = std::env::var("RECORD_LISTS_TEST_BODY_CASES").ok();
    let cases = wanted.and_then(|count| count.parse().ok()).unwrap_or(CASES);
    let bodies = [
        any_bytes().boxed(),
        any_json().prop_map(|json| json.to_string().into_bytes()).boxed(),
        changed(&documented.examples).boxed(),
        refilled(&documented.examples).boxed(),
    ];
    for strategy in bodies {
        let config = Config {
            cases,
            failure_persistence: None,
            rng_seed: seed(),
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&strategy, |bytes| read_and_check::<B>(&bytes, documented, is_exact));
        if let Err(failure) = outcome {
            panic!("{failure}");
        }
    }
}

#[test]
fn any_body_of_a_bulk_delete_is_read_or_refused_as_documented() {
    fuzz::<BulkDeleteRequest>(&Documented::bulk_delete(), true);
}

#[test]
fn any_body_of_a_new_list_is_read_or_refused_as_documented() {
    fuzz::<CreateRecordListRequest>(&Documented::new_list(), true);
}

/// A faulty record fails on its own, so the parser accepts bodies that the schema does not.
#[test]
fn any_body_of_a_bulk_create_is_read_or_refused() {
    fuzz::<BulkCreateRequest>(&Documented::bulk_create(), false);
}

#[test]
fn the_documented_examples_are_read_to_the_last_record() {
    for example in Documented::bulk_delete().examples {
        assert!(outcome::<BulkDeleteRequest>(example.to_string().as_bytes()).is_ok());
    }
    for example in Documented::new_list().examples {
        assert!(outcome::<CreateRecordListRequest>(example.to_string().as_bytes()).is_ok());
    }
    for example in Documented::bulk_create().examples {
        let told = outcome::<BulkCreateRequest>(example.to_string().as_bytes()).unwrap();
        assert!(!told.contains("record: Err("), "{told}");
    }
}
