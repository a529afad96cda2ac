use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::{Map, Value};

use super::*;

#[test]
fn everything_that_was_sent_is_kept() {
    let body = br#" [{"id":"a","id": null,"n":1e999,"x":[true,-2.50 ], "\u0062" : {"]}\"": [[]]}} , "" ] "#;
    let Json::Array(array) = Json::parse(body).unwrap() else {
        panic!("no array");
    };
    let items: Vec<Json<'_>> = array.items().collect();
    let [Json::Object(object), Json::String(empty)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(empty, "");
    assert_eq!(
        object.text(),
        r#"{"id":"a","id": null,"n":1e999,"x":[true,-2.50 ], "\u0062" : {"]}\"": [[]]}}"#
    );
    let members: Vec<(Cow<'_, str>, Json<'_>)> = object.members().collect();
    let [id, none, n, x, b] = &members[..] else {
        panic!("{members:?}");
    };
    assert_eq!(*id, ("id".into(), Json::String("a".into())));
    assert_eq!(*none, ("id".into(), Json::Null));
    assert_eq!(*n, ("n".into(), Json::Number("1e999")));
    assert_eq!(*x, ("x".into(), Json::Array(Array("[true,-2.50 ]"))));
    assert_eq!(*b, ("b".into(), Json::Object(Object(r#"{"]}\"": [[]]}"#))));
    let numbers = Json::Array(Array("[true,-2.50 ]"));
    let Json::Array(numbers) = numbers else { unreachable!() };
    assert_eq!(
        numbers.items().collect::<Vec<_>>(),
        [Json::Bool(true), Json::Number("-2.50")]
    );
    assert!(!numbers.is_empty());
    assert!(Array("[ \n]").is_empty());
}

#[test]
fn one_byte_order_mark_is_skipped() {
    assert_eq!(Json::parse(b"\xef\xbb\xbf[]"), Ok(Json::Array(Array("[]"))));
    assert!(Json::parse(b"\xef\xbb\xbf\xef\xbb\xbf[]").is_err());
}

#[test]
fn what_is_no_json_is_refused() {
    assert_eq!(Json::parse(b""), Err(ParseError::Blank));
    assert_eq!(Json::parse(b" \r\n\t"), Err(ParseError::Blank));
    assert_eq!(Json::parse(b"\xef\xbb\xbf"), Err(ParseError::Blank));
    assert_eq!(Json::parse(b"[\"\xff\"]"), Err(ParseError::NotUtf8));
    for wrong in [
        "[",
        "[] []",
        "{,}",
        "[1,]",
        "{\"a\":1,}",
        "nul",
        "null0",
        "'a'",
        "[\"\\ud800\"]",
        "[\"\\udc00\\ud800\"]",
        "{\"\\ud800\":1}",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[--1]",
        "[NaN]",
        "[\"a\nb\"]",
        "[\"\\x\"]",
        "[\u{a0}]",
    ] {
        let parsed = Json::parse(wrong.as_bytes());
        assert!(matches!(parsed, Err(ParseError::Syntax { .. })), "{wrong}");
    }
}

#[test]
fn a_fault_is_found_within_a_byte() {
    for (wrong, expected) in [
        ("[1,\n 2 3]", (2, 3)),
        ("x", (1, 1)),
        ("[\"a\nb\"]", (2, 1)),
        ("{\"a\":t}", (1, 6)),
    ] {
        let Err(ParseError::Syntax { line, column }) = Json::parse(wrong.as_bytes()) else {
            panic!("{wrong}");
        };
        assert_eq!((line, column), expected, "{wrong}");
    }
}

#[test]
fn thirty_two_levels_are_the_limit() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Json::parse(nested(32).as_bytes()).is_ok());
    assert_eq!(Json::parse(nested(33).as_bytes()), Err(ParseError::TooDeep));
    assert_eq!(Json::parse("[".repeat(100_000).as_bytes()), Err(ParseError::TooDeep));
    let objects = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
    assert_eq!(Json::parse(objects.as_bytes()), Err(ParseError::TooDeep));
}

#[test]
fn repeated_members_are_found_on_every_level() {
    let is_repeated = |text: &str| Json::parse(text.as_bytes()).unwrap().has_repeated_members();
    assert!(!is_repeated(r#"{"a":[1,{"a":2}],"b":{"a":3}}"#));
    assert!(is_repeated(r#"{"a":1,"b":2,"a":1}"#));
    assert!(is_repeated(r#"[{"a":{"b":1,"\u0062":2}}]"#));
}

/// The value as serde_json has it; `None` where a number is too large for it or a member is repeated.
fn value_of(json: &Json<'_>) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => serde_json::from_str(number).ok()?,
        Json::String(text) => Value::String(text.to_string()),
        Json::Array(array) => Value::Array(array.items().map(|item| value_of(&item)).collect::<Option<_>>()?),
        Json::Object(object) => {
            let mut members = Map::new();
            for (name, value) in object.members() {
                if members.insert(name.into_owned(), value_of(&value)?).is_some() {
                    return None;
                }
            }
            Value::Object(members)
        }
    })
}

/// Another parser decides what is JSON, and what it means.
#[test]
fn another_parser_reads_the_same() {
    let piece = select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"",
        "\"a\"",
        "\"\":",
        "\"b\":",
        "null",
        "true",
        "false",
        "0",
        "-",
        "1",
        "-0",
        "2.5",
        ".",
        "e",
        "E+",
        "5e-324",
        "1e400",
        "\\",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\n",
        "é",
        "\u{1f600}",
        "\u{1}",
        "\u{7f}",
    ]);
    let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    let quoted = pieces.clone().prop_map(|text| format!("[\"{text}\"]"));
    let member = pieces.clone().prop_map(|text| format!("{{\"a\":{text}}}"));
    let config = Config {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&prop_oneof![pieces, quoted, member], |text| {
        let ours = Json::parse(text.as_bytes());
        match (&ours, serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => {
                let is_repeated = ours.has_repeated_members();
                prop_assert!(is_repeated || value_of(ours) == Some(theirs), "{text}");
            }
            (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "accepted: {text}"),
            (Err(_), Ok(_)) => prop_assert!(false, "refused: {text}"),
            (Err(_), Err(_)) => {}
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
