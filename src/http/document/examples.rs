//! The examples of the document that are files: requests of the bulk delete, and what each operation answers.

use utoipa::openapi::{Content, OpenApi as Document, RefOr, example::ExampleBuilder};

use super::walk::operations_mut;

/// A documented example: its name, which orders them, what it shows, and the file that holds it.
struct Example {
    name: &'static str,
    summary: &'static str,
    text: &'static str,
}

const fn example(name: &'static str, summary: &'static str, text: &'static str) -> Example {
    Example {
        name,
        summary,
        text,
    }
}

/// The bodies of a bulk delete; sent as they stand they delete the records of the demo list.
const DELETE_REQUESTS: [Example; 3] = [
    example(
        "1_record_ids",
        "By record id",
        include_str!("../../../openapi/examples/bulk_delete_by_id.json"),
    ),
    example(
        "2_phone_numbers",
        "By phone number",
        include_str!("../../../openapi/examples/bulk_delete_by_phone_number.json"),
    ),
    example(
        "3_external_ids",
        "By external provider and external id",
        include_str!("../../../openapi/examples/bulk_delete_by_external_id.json"),
    ),
];

const DELETE_RESPONSES: [Example; 4] = [
    example(
        "1_all_deleted",
        "All identifiers matched",
        include_str!("../../../openapi/examples/bulk_delete_response.json"),
    ),
    example(
        "2_some_failed",
        "One identifier matched nothing",
        include_str!("../../../openapi/examples/bulk_delete_response_with_failure.json"),
    ),
    example(
        "3_dry_run",
        "A rehearsal by phone number, with dry_run=true and match=sole",
        include_str!("../../../openapi/examples/bulk_delete_response_of_dry_run.json"),
    ),
    example(
        "4_rolled_back",
        "One identifier matched nothing, with all_or_none=true",
        include_str!("../../../openapi/examples/bulk_delete_response_rolled_back.json"),
    ),
];

const DELETIONS: [Example; 1] = [example(
    "1_one_deletion",
    "One deletion",
    include_str!("../../../openapi/examples/deletions_page.json"),
)];

const DELETIONS_OF_LIST: [Example; 1] = [example(
    "1_one_deletion",
    "One deletion",
    include_str!("../../../openapi/examples/list_deletions_page.json"),
)];

const RECORD_LIST: [Example; 1] = [example(
    "1_demo_list",
    "The demo list",
    include_str!("../../../openapi/examples/record_list.json"),
)];

const NEW_RECORD_LIST: [Example; 1] = [example(
    "1_new_list",
    "A new list",
    include_str!("../../../openapi/examples/create_record_list_response.json"),
)];

const RECORDS: [Example; 1] = [example(
    "1_first_page",
    "The first of four pages",
    include_str!("../../../openapi/examples/records_page.json"),
)];

const NEW_RECORDS: [Example; 1] = [example(
    "1_one_failed",
    "One record is made, and one was there already",
    include_str!("../../../openapi/examples/bulk_create_response.json"),
)];

/// Adds the examples to the operations that they belong to.
pub(crate) fn add(document: &mut Document) {
    for (_, operation) in operations_mut(document) {
        let (requests, answers): (&[Example], &[Example]) = match operation.operation_id.as_deref()
        {
            Some("bulk_delete_records" | "bulk_delete_records_by_post") => {
                (&DELETE_REQUESTS, &DELETE_RESPONSES)
            }
            Some("list_deletions") => (&[], &DELETIONS),
            Some("list_record_list_deletions") => (&[], &DELETIONS_OF_LIST),
            Some("get_record_list") => (&[], &RECORD_LIST),
            Some("create_record_list") => (&[], &NEW_RECORD_LIST),
            Some("list_records") => (&[], &RECORDS),
            Some("bulk_create_records") => (&[], &NEW_RECORDS),
            _ => continue,
        };
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            add_examples(&mut body.content, requests);
        }
        let successes = operation.responses.responses.iter_mut();
        for (_, response) in successes.filter(|(status, _)| status.starts_with('2')) {
            if let RefOr::T(response) = response {
                add_examples(&mut response.content, answers);
            }
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the examples are part of the program and are read by its tests"
)]
fn add_examples<'c>(
    content: impl IntoIterator<Item = (&'c String, &'c mut RefOr<Content>)>,
    examples: &[Example],
) {
    for (_, content) in content {
        let RefOr::T(content) = content else { continue };
        for example in examples {
            let value: serde_json::Value =
                serde_json::from_str(example.text).expect("an example is JSON");
            let documented = ExampleBuilder::new()
                .summary(example.summary)
                .value(Some(value))
                .build();
            content
                .examples
                .insert(example.name.to_owned(), RefOr::T(documented));
        }
    }
}
