use super::*;

/// The faults of a body, as `place: text` lines.
fn faults(body: &str) -> Vec<String> {
    let mut faults = Faults::default();
    let json = Json::parse(body.as_bytes()).unwrap();
    let request = BulkDeleteRequest::from_json(json, &Place::Body, &mut faults);
    assert_eq!(request.is_none(), !faults.is_empty(), "{body}");
    let (listed, _) = faults.into_parts();
    listed
        .into_iter()
        .map(|fault| format!("{}: {}", fault.name, fault.description))
        .collect()
}

fn read(body: &str) -> BulkDeleteRequest {
    let json = Json::parse(body.as_bytes()).unwrap();
    BulkDeleteRequest::from_json(json, &Place::Body, &mut Faults::default()).unwrap()
}

#[test]
fn every_fault_is_listed_with_its_place() {
    for (body, expected) in [
        ("{}", vec!["$: must be an array of identifiers"]),
        ("\"a\"", vec!["$: must be an array of identifiers"]),
        ("[]", vec!["$: must have 1 to 100 items, but has 0"]),
        ("[null]", vec!["[0]: must be an object"]),
        ("[[], 3]", vec!["[0]: must be an object", "[1]: must be an object"]),
        (
            "[{}]",
            vec!["[0]: must have an id, a phone_number, or an external_provider with an external_id"],
        ),
        (
            r#"[{"id":null}]"#,
            vec!["[0]: must have an id, a phone_number, or an external_provider with an external_id"],
        ),
        (r#"[{"id":7}]"#, vec!["[0].id: must be a string"]),
        (
            r#"[{"phone_number":14155550132},{"phone_number":true}]"#,
            vec![
                "[0].phone_number: must be a string",
                "[1].phone_number: must be a string",
            ],
        ),
        (
            r#"[{"external_provider":"salesforce","external_id":12345}]"#,
            vec!["[0].external_id: must be a string"],
        ),
        (r#"[{"id":"a","id":"a"}]"#, vec!["[0].id: must appear only once"]),
        (
            r#"[{"id":"a","phone_number":"+12"}]"#,
            vec!["[0]: must have exactly one kind of identifier"],
        ),
        (
            r#"[{"id":"a","external_id":"b"}]"#,
            vec!["[0]: must have exactly one kind of identifier"],
        ),
        (
            r#"[{"external_provider":"a"},{"external_id":"b"}]"#,
            vec![
                "[0].external_id: is required with external_provider",
                "[1].external_provider: is required with external_id",
            ],
        ),
        (
            r#"[{"id":"a"},{"phone_number":"+12"},{"id":"b"},{"external_provider":"a","external_id":"b"}]"#,
            vec![
                "[1]: must have the same kind of identifier as the items before it",
                "[3]: must have the same kind of identifier as the items before it",
            ],
        ),
        (
            r#"[{"id":7},{"phone_number":"+1"},{"id":"a","phone_number":"b","x":1},{"external_id":7}]"#,
            vec![
                "[0].id: must be a string",
                "[1]: must have the same kind of identifier as the items before it",
                "[2].x: is not a known field",
                "[2]: must have exactly one kind of identifier",
                "[3].external_provider: is required with external_id",
                "[3].external_id: must be a string",
                "[3]: must have the same kind of identifier as the items before it",
            ],
        ),
        (r#"[{"id":"a","ID":"b"}]"#, vec!["[0].ID: is not a known field"]),
        (
            r#"[{"id":""},{"id":"1234567890123456789012345678901234567"}]"#,
            vec![
                "[0].id: must have 1 to 36 characters",
                "[1].id: must have 1 to 36 characters",
            ],
        ),
        (
            r#"[{"external_provider":"x","external_id":"a\u0000"}]"#,
            vec!["[0].external_id: must not contain control characters"],
        ),
        (
            r#"[{"phone_number":"+1415\u00015550132"}]"#,
            vec!["[0].phone_number: must not contain control characters"],
        ),
    ] {
        assert_eq!(faults(body), expected, "{body}");
    }
}

#[test]
fn one_hundred_items_are_the_limit() {
    let body = |count| format!("[{}]", vec![r#"{"id":"a"}"#; count].join(","));
    assert!(faults(&body(100)).is_empty());
    assert_eq!(faults(&body(101)), ["$: must have 1 to 100 items, but has 101"]);
    let with_fault = body(101).replacen(r#"{"id":"a"}"#, r#"{"id":7}"#, 1);
    let both = ["$: must have 1 to 100 items, but has 101", "[0].id: must be a string"];
    assert_eq!(faults(&with_fault), both);
}

#[test]
fn null_members_count_as_absent() {
    let request = read(r#"[{"id":"a","phone_number":null,"external_provider":null,"external_id":null}]"#);
    assert_eq!(request.identifiers, Identifiers::Ids(vec![None]));
}

#[test]
fn the_first_of_equal_identifiers_stays() {
    let indices = |body| -> Vec<usize> { read(body).sent.iter().map(|sent| sent.index).collect() };
    assert_eq!(
        indices(
            r#"[{"id":"8858c834-481d-4a02-8176-cffc02c50350"},{"id":"x"},
                {"id":"8858C834-481D-4A02-8176-CFFC02C50350"},{"id":"x"},{"id":"X"}]"#
        ),
        [0, 1, 4]
    );
    assert_eq!(
        indices(
            r#"[{"phone_number":"+1 415 555 0132"},{"phone_number":"+14155550132"},
                {"phone_number":"14155550132"},{"phone_number":"1 4155550132"}]"#
        ),
        [0, 2, 3]
    );
    assert_eq!(
        indices(
            r#"[{"external_provider":"a","external_id":"b"},{"external_provider":"A","external_id":"b"},
                {"external_provider":"a","external_id":"b"},{"external_provider":" a","external_id":"b"}]"#
        ),
        [0, 1, 3]
    );
}

#[test]
fn lengths_count_characters() {
    let body = r#"[{"phone_number":"\u202a+44 20 7946 0958\u202c"}]"#;
    let number = PhoneNumber::normalise("+442079460958").unwrap();
    assert_eq!(read(body).identifiers, Identifiers::PhoneNumbers(vec![Some(number)]));
    let full_width = r#"[{"id":"8858c834-481d-4a02-8176-cffc02c5035\uff10"}]"#;
    assert_eq!(read(full_width).identifiers, Identifiers::Ids(vec![None]));
}
