//! The OpenAPI document: collected from the handlers and the wire types, so that it says what the code does
//! (api.md section 6).

mod error_examples;
pub mod errors;
mod examples;
pub mod parameters;
mod walk;

use std::collections::BTreeMap;

use utoipa::{
    OpenApi,
    openapi::{
        ObjectBuilder, OpenApi as Document, RefOr, Required, Response, Type,
        path::{HttpMethod, ParameterBuilder, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use self::{
    errors::{described, error_response, example, header},
    walk::{accepted_scopes, operations_mut},
};
use super::{
    deletions, record_lists, records,
    response::error::{ErrorBody, ErrorCode},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "record-lists",
        description = "Record lists for outbound dialers: named lists of people to call. The bulk delete removes up \
            to 100 people in one call, by record id, by phone number, or by external provider and external id.\n\n\
            Every call needs an access token. To get one, take the one that a first start prints, or run \
            `record-lists token --account demo --scope \"record-lists:manage\" --ttl 24h` where the server runs, with its \
            settings (in the source folder `cargo run -- token` with the same options). Press **Authorize** and paste it.\n\nThe examples delete records of the demo list; a start with `--demo` brings them back.\n\nAnswers are JSON with HAL links; `Accept: application/hal+json` is understood.",
        contact(name = "record-lists")
    ),
    servers((url = ".", description = "This server.")),
    paths(
        records::bulks::delete::bulk_delete_records,
        records::bulks::delete::bulk_delete_records_by_post,
        records::bulks::create::bulk_create_records,
        records::list::list_records,
        record_lists::create::create_record_list,
        record_lists::get::get_record_list,
        deletions::list::list_record_list_deletions,
        deletions::list::list_deletions,
    ),
    components(schemas(ErrorBody)),
    tags(
        (name = "Records", description = "The people of a record list."),
        (name = "Record lists", description = "Named lists of people to call."),
        (name = "Deletions", description = "Who deleted how many records, and when.")
    )
)]
struct Api;

/// The whole document.
pub fn document() -> Document {
    let mut document = Api::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A token that a first start prints, or `record-lists token --account demo --scope \"record-lists:manage\" --ttl \
             24h` where the server runs; without the word Bearer.",
        ))
        .build();
    if let Some(components) = &mut document.components {
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
    examples::add(&mut document);
    add_idempotency(&mut document);
    error_examples::fill(&mut document);
    add_scopes(&mut document);
    document
}

/// Says which scope an operation needs.
fn add_scopes(document: &mut Document) {
    for (_, operation) in operations_mut(document) {
        let scopes = accepted_scopes(operation).join("` or `");
        let description = operation.description.get_or_insert_default();
        description.push_str(&format!("\n\nThe token needs the scope `{scopes}`."));
    }
}

/// Describes what every write has and no handler has to say: that it can be repeated.
fn add_idempotency(document: &mut Document) {
    let writes = operations_mut(document).filter(|(method, _)| *method != HttpMethod::Get);
    for (_, operation) in writes {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "A new text of your choice for each write, such as a UUID. The same request with the same key is \
                 carried out once: within 24 hours it gets the first answer again, with `Idempotency-Replayed: true`. One \
                 pair of quotes round it is no part of it.",
            ))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(255))
                    .pattern(Some("^[ -~]*$")),
            ))
            .build();
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(key));
        let answers = &mut operation.responses.responses;
        for (status, answer) in &mut *answers {
            if let RefOr::T(answer) = answer
                && status.starts_with('2')
            {
                let replayed = header("`true` when the answer is one that was given before.");
                answer
                    .headers
                    .insert("Idempotency-Replayed".to_owned(), RefOr::T(replayed));
            }
        }
        for code in [
            ErrorCode::HeaderInvalid,
            ErrorCode::IdempotencyKeyInUse,
            ErrorCode::IdempotencyKeyReused,
        ] {
            add_error(answers, code);
        }
    }
}

/// Adds a code to the documented answers.
fn add_error(answers: &mut BTreeMap<String, RefOr<Response>>, code: ErrorCode) {
    let status = code.status().as_str().to_owned();
    match answers.get_mut(&status) {
        Some(RefOr::T(answer)) => {
            answer.description = format!("{}\n\n{}", answer.description, described(code));
            for content in answer.content.values_mut() {
                if let RefOr::T(content) = content {
                    content.examples.extend([example(code)]);
                }
            }
        }
        Some(RefOr::Ref(_)) => {}
        None => {
            let mut answer = error_response(&status, &[code]);
            if code == ErrorCode::IdempotencyKeyInUse {
                let retry_after = header("Seconds until the next try.");
                answer
                    .headers
                    .insert("Retry-After".to_owned(), RefOr::T(retry_after));
            }
            answers.insert(status, RefOr::T(answer));
        }
    }
}

/// The document as it is served and kept in `openapi/openapi.json`.
#[expect(
    clippy::expect_used,
    reason = "a document made of derived types always has a JSON form"
)]
pub fn document_text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).expect("the document has a JSON form");
    text.push('\n');
    text
}
