//! The document, held against the code and against what generators and linters stumble over.

use std::{collections::BTreeSet, path::Path};

use record_lists::http::{openapi::document_text, operations};
use serde_json::{Value, json};

use crate::support::{
    TestApp, apply, assert_ordered, assert_valid, database_test, document, path_to_nothing, with_required_query,
};

#[test]
fn the_kept_document_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == document_text(),
        "openapi/openapi.json is not what the code makes: run `cargo run -- openapi > openapi/openapi.json`"
    );
}

/// What people copy looks like what programs get.
#[test]
fn the_members_of_every_example_are_in_the_order_of_real_answers() {
    let mut count = 0;
    for (_, _, operation) in operations() {
        let responses = operation["responses"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.values());
        for response in responses {
            let content = &response["content"]["application/json"];
            let named = content["examples"].as_object().into_iter().flat_map(|all| all.values());
            let examples = named.map(|example| &example["value"]).chain(content.get("example"));
            for example in examples {
                assert_ordered(&content["schema"], example);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count} examples");
}

/// No place is served or described by two operations, of which one would hide the other.
#[test]
fn the_document_has_every_operation_of_the_list() {
    let documented: Vec<String> = operations()
        .map(|(path, method, _)| format!("{method} {path}"))
        .collect();
    let mut listed: Vec<String> = operations::operations()
        .iter()
        .map(|operation| {
            let method = operation.method().as_str().to_lowercase();
            format!("{method} {}", operation.path())
        })
        .collect();
    listed.sort_by_key(|operation| {
        let place = documented.iter().position(|known| known == operation);
        place.unwrap_or(usize::MAX)
    });
    assert_eq!(documented, listed);
}

#[apply(database_test)]
async fn every_documented_operation_asks_for_a_token(app: TestApp) {
    for (path, method, _) in operations() {
        let path = path_to_nothing(path);
        let method = method.to_uppercase().parse().expect("a method");
        let answer = app.as_anonymous().request(method, &path).send().await;
        answer.assert_error(401, "UNAUTHENTICATED");
    }
}

/// A write that is new is covered without a new test.
#[apply(database_test)]
async fn every_write_has_an_idempotency_key_and_no_read_has(app: TestApp) {
    for (path, method, operation) in operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let documented = parameters
            .filter(|parameter| parameter["name"] == "Idempotency-Key" && parameter["in"] == "header")
            .count();
        let path = path_to_nothing(path);
        let sent = method.to_uppercase().parse().expect("a method");
        let request = app.as_manager().request(sent, &with_required_query(&path, operation));
        let answer = request.header("idempotency-key", "").send().await;
        if method == "get" {
            assert_eq!(documented, 0, "{path}");
            assert_ne!(answer.status, 400, "{path}");
        } else {
            assert_eq!(documented, 1, "{method} {path}");
            answer.assert_error(400, "HEADER_INVALID");
        }
    }
}

#[apply(database_test)]
async fn the_document_and_its_page_are_served(app: TestApp) {
    let served = app.as_anonymous().get("/openapi.json").send().await.assert_status(200);
    assert_eq!(served.body, document_text().into_bytes());
    let page = app.as_anonymous().get("/docs/").send().await.assert_status(200);
    assert!(String::from_utf8_lossy(&page.body).contains("swagger-ui"));
    // The client follows the redirect.
    app.as_anonymous().get("/docs").send().await.assert_status(200);
}

#[test]
fn every_operation_is_described() {
    assert_eq!(document()["openapi"], "3.1.0");
    assert!(document()["info"]["license"]["identifier"].is_string());
    for (path, method, operation) in operations() {
        let place = format!("{method} {path}");
        for member in ["summary", "description", "operationId", "tags", "security"] {
            assert!(!operation[member].is_null(), "{place}: {member}");
        }
        let mut errors = vec!["401", "403", "431", "500", "503"];
        if method != "get" || operation["parameters"].to_string().contains("\"query\"") {
            errors.push("400");
        }
        if path.contains('{') {
            errors.push("404");
        }
        if operation["requestBody"].is_object() {
            errors.extend(["408", "413", "415"]);
        }
        if method != "get" {
            errors.extend(["409", "422"]);
        }
        for status in errors {
            let answer = &operation["responses"][status];
            assert!(answer["headers"]["X-Request-Id"].is_object(), "{place} {status}");
            let schema = &answer["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Error", "{place} {status}");
        }
    }
}

#[test]
fn schemas_have_nothing_that_generators_stumble_over() {
    visit(document(), "", &mut |place, value| {
        let Some(members) = value.as_object() else {
            return;
        };
        let is_schema = !place.contains("/example");
        if !is_schema {
            return;
        }
        assert!(
            members
                .get("type")
                .is_none_or(|kind| kind.is_string() || kind.is_object()),
            "{place}: type array"
        );
        assert_ne!(members.get("type").and_then(Value::as_str), Some("null"), "{place}");
        for member in ["const", "exclusiveMinimum", "exclusiveMaximum", "nullable"] {
            assert!(!members.contains_key(member), "{place}: {member}");
        }
    });
}

#[test]
fn requests_are_closed_and_answers_are_open() {
    let schemas = document()["components"]["schemas"].as_object().expect("schemas");
    let mut of_requests = BTreeSet::new();
    for (_, _, operation) in operations() {
        schemas_named_by(&operation["requestBody"], &mut of_requests);
    }
    for name in [
        "RecordIdIdentifier",
        "PhoneNumberIdentifier",
        "ExternalIdentifier",
        "CreateRecordListRequest",
        "BulkCreateRequest",
        "NewRecord",
        "NewPhoneNumber",
    ] {
        assert!(of_requests.contains(name), "{name}");
        assert_eq!(schemas[name]["type"], "object", "{name}");
    }
    for (name, schema) in schemas {
        let is_request = schema["type"] == "object" && of_requests.contains(name.as_str());
        let is_closed = schema["additionalProperties"] == false;
        assert_eq!(is_closed, is_request, "{name}");
    }
    let code = &schemas["Error"]["properties"]["code"];
    assert_eq!((&code["type"], &code["enum"]), (&"string".into(), &Value::Null));
}

/// A client that keeps to the document is not told that its texts are wrong.
#[test]
fn every_text_of_a_request_is_documented_without_control_characters() {
    let schemas = document()["components"]["schemas"].as_object().expect("schemas");
    let requests = schemas
        .values()
        .filter(|schema| schema["additionalProperties"] == false)
        .flat_map(|schema| schema["properties"].as_object().into_iter().flatten())
        .map(|(name, schema)| (name.as_str(), schema));
    let filters = operations()
        .flat_map(|(_, _, operation)| operation["parameters"].as_array().into_iter().flatten())
        .filter(|parameter| parameter["in"] == "query" && parameter["name"] != "cursor")
        .map(|parameter| (parameter["name"].as_str().expect("a name"), &parameter["schema"]));
    let texts = requests
        .chain(filters)
        // A time has no other characters anyway, and a path leads nowhere.
        .filter(|(name, schema)| schema["format"] != "date-time" && *name != "path")
        .filter(|(_, schema)| schema["type"] == "string" && schema["enum"].is_null());
    let mut count = 0;
    for (name, schema) in texts {
        count += 1;
        let validator = jsonschema::draft202012::new(schema).expect("a schema");
        for wrong in ["a\0b", "a\u{7}b", "a\u{7f}b", "a\u{9f}b"] {
            assert!(!validator.is_valid(&wrong.into()), "{name}: {wrong:?}");
        }
        assert!(validator.is_valid(&"a b\u{a0}é".into()), "{name}");
        let takes_breaks = matches!(
            name,
            "name" | "value" | "first_name" | "last_name" | "phone_number" | "phone"
        );
        assert_eq!(validator.is_valid(&"a\n\tb".into()), takes_breaks, "{name}");
        // All white space in a number is removed.
        assert_eq!(
            validator.is_valid(&"a\u{85}b".into()),
            name.starts_with("phone"),
            "{name}"
        );
    }
    assert!(count >= 15, "{count} texts");
}

/// More codes may come, so the schema is that of any text.
#[test]
fn the_codes_of_failed_records_are_told_and_not_closed() {
    let errors = &document()["components"]["schemas"]["UnwrittenRecord"]["properties"]["errors"];
    assert_eq!(errors["items"]["enum"], Value::Null);
    let description = errors["description"].as_str().expect("a description");
    let codes = "PHONE_NUMBER_INVALID, PHONE_NUMBER_MISSING, PHONE_NUMBER_NOT_UNIQUE, FIRST_NAME_INVALID, \
                 FIRST_NAME_MISSING, LAST_NAME_INVALID, LAST_NAME_MISSING, TIMEZONE_INVALID, TIMEZONE_MISSING, \
                 TIMEZONE_UNMATCHED, PRIORITY_INVALID, EXTERNAL_REF_MISSING, REQUIRED_FIELDS, OTHER";
    assert!(description.contains(codes), "{description}");
}

#[test]
fn the_three_kinds_of_identifiers_exclude_each_other() {
    let schemas = &document()["components"]["schemas"];
    let kinds = ["RecordIdIdentifiers", "PhoneNumberIdentifiers", "ExternalIdentifiers"];
    // With anything beside `$ref` openapi-generator does not know the kind's name and fails.
    let references = kinds.map(|kind| json!({"$ref": format!("#/components/schemas/{kind}")}));
    assert_eq!(schemas["BulkDeleteRequest"]["oneOf"], json!(references));
    for kind in kinds {
        assert_eq!(
            (&schemas[kind]["minItems"], &schemas[kind]["maxItems"]),
            (&1.into(), &100.into())
        );
    }
}

#[test]
fn every_example_is_valid_and_the_record_ids_lead() {
    for (path, method, operation) in operations() {
        let request = &operation["requestBody"]["content"]["application/json"];
        let answers = operation["responses"].as_object().expect("answers");
        let with_body = answers.iter().filter(|(status, _)| *status != "204");
        let contents = with_body.map(|(_, answer)| &answer["content"]["application/json"]);
        for content in contents.chain(request.is_object().then_some(request)) {
            assert!(content["examples"].is_object(), "{method} {path}");
            for (name, example) in content["examples"].as_object().into_iter().flatten() {
                assert!(example["summary"].is_string(), "{method} {path} {name}");
                assert_valid(&content["schema"], &example["value"]);
            }
        }
    }
    let examples = &document()["paths"]["/record-lists/{record_list_id}/records/bulks"]["delete"]["requestBody"]["content"]
        ["application/json"]["examples"];
    let first = examples
        .as_object()
        .and_then(|examples| examples.values().next())
        .expect("an example");
    assert!(first["value"][0]["id"].is_string());
}

#[test]
fn every_error_has_an_example_of_its_own() {
    for (path, method, operation) in operations() {
        for (status, answer) in operation["responses"].as_object().expect("answers") {
            if status.starts_with('2') {
                continue;
            }
            let examples = &answer["content"]["application/json"]["examples"];
            let examples = examples.as_object().expect("examples");
            let description = answer["description"].as_str().expect("a description");
            let codes = description.split("\n\n").map(|line| line.split('`').nth(1));
            let codes: BTreeSet<_> = codes.map(|code| code.expect("a code")).collect();
            let named: BTreeSet<_> = examples.keys().map(String::as_str).collect();
            assert_eq!(named, codes, "{method} {path} {status}");
            for (code, example) in examples {
                assert_eq!(example["value"]["code"], **code, "{method} {path} {status}");
            }
        }
    }
}

/// The names of the schemas that a value refers to, and of those that they refer to.
fn schemas_named_by(value: &'static Value, names: &mut BTreeSet<&'static str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let schema = member.as_str().filter(|_| name == "$ref");
                let schema = schema.and_then(|path| path.rsplit('/').next());
                if let Some(schema) = schema.filter(|schema| names.insert(*schema)) {
                    schemas_named_by(&document()["components"]["schemas"][schema], names);
                }
                schemas_named_by(member, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| schemas_named_by(item, names)),
        _ => {}
    }
}

/// Path, method and description of every operation.
/// Every operation of the document: its path, its method and its description.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("operations");
        item.iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn visit(value: &Value, place: &str, see: &mut impl FnMut(&str, &Value)) {
    see(place, value);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                visit(member, &format!("{place}/{name}"), see);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &format!("{place}/{index}"), see);
            }
        }
        _ => {}
    }
}
