//! The examples of the document that are files: requests and answers of the bulk delete, and the trail of deletions.

use utoipa::openapi::{Content, OpenApi as Document, RefOr, example::ExampleBuilder};

/// A documented example: its name, which orders them, what it shows, and the file that holds it.
struct Example {
    name: &'static str,
    summary: &'static str,
    text: &'static str,
}

/// The bodies of a bulk delete; sent as they stand they delete the records of the demo list.
const DELETE_REQUESTS: [Example; 3] = [
    Example {
        name: "1_record_ids",
        summary: "By record id",
        text: include_str!("../../openapi/examples/bulk_delete_by_id.json"),
    },
    Example {
        name: "2_phone_numbers",
        summary: "By phone number",
        text: include_str!("../../openapi/examples/bulk_delete_by_phone_number.json"),
    },
    Example {
        name: "3_external_ids",
        summary: "By external provider and external id",
        text: include_str!("../../openapi/examples/bulk_delete_by_external_id.json"),
    },
];

const DELETE_RESPONSES: [Example; 4] = [
    Example {
        name: "1_all_deleted",
        summary: "All identifiers matched",
        text: include_str!("../../openapi/examples/bulk_delete_response.json"),
    },
    Example {
        name: "2_some_failed",
        summary: "One identifier matched nothing",
        text: include_str!("../../openapi/examples/bulk_delete_response_with_failure.json"),
    },
    Example {
        name: "3_dry_run",
        summary: "A rehearsal by phone number, with dry_run=true and match=sole",
        text: include_str!("../../openapi/examples/bulk_delete_response_of_dry_run.json"),
    },
    Example {
        name: "4_rolled_back",
        summary: "One identifier matched nothing, with all_or_none=true",
        text: include_str!("../../openapi/examples/bulk_delete_response_rolled_back.json"),
    },
];

const DELETIONS: [Example; 1] = [Example {
    name: "1_one_deletion",
    summary: "One deletion",
    text: include_str!("../../openapi/examples/deletions_page.json"),
}];

/// Adds the examples to the operations that they belong to.
pub(super) fn add(document: &mut Document) {
    let operations = document
        .paths
        .paths
        .values_mut()
        .flat_map(|path| [path.delete.as_mut(), path.post.as_mut(), path.get.as_mut()])
        .flatten();
    for operation in operations {
        let (requests, answers) = match operation.operation_id.as_deref() {
            Some("bulk_delete_records" | "bulk_delete_records_by_post") => {
                (DELETE_REQUESTS.as_slice(), DELETE_RESPONSES.as_slice())
            }
            Some("list_deletions" | "list_record_list_deletions") => {
                ([].as_slice(), DELETIONS.as_slice())
            }
            _ => continue,
        };
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            add_examples(&mut body.content, requests);
        }
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
            add_examples(&mut response.content, answers);
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
