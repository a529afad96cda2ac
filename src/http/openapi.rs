//! The OpenAPI document: collected from the handlers and the wire types, so that it says what the code does
//! (api.md section 6).

use std::collections::BTreeMap;

use utoipa::{
    IntoParams, IntoResponses, OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required,
        Response, ResponseBuilder, Type,
        example::{Example, ExampleBuilder},
        path::{HttpMethod, Operation, ParameterBuilder, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    deletions,
    error::{ErrorBody, ErrorCode},
    error_examples, examples, record_lists, records,
};
use crate::auth::{Manage, ManageOrRead, ScopeRule};

/// The list that a path names.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct ListPath {
    /// The id of the record list.
    #[param(
        min_length = 1,
        max_length = 36,
        example = "b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"
    )]
    record_list_id: String,
}

/// Which page of a listing is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct PageParameters {
    /// The page to read; not beside `cursor`.
    #[param(nullable = false, minimum = 1)]
    page: Option<u64>,
    /// Items on a page; 50 when absent.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    per_page: Option<u64>,
    /// Where the page starts; from a `next` link, and not beside `page`.
    #[param(nullable = false, min_length = 1)]
    cursor: Option<String>,
}

/// How much the answer says.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct PreferHeader {
    /// `return=minimal` leaves all members out of the answer that are not in the published schema.
    #[param(rename = "Prefer", nullable = false)]
    prefer: Option<String>,
}

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

/// All operations with their methods, to be changed.
pub(super) fn operations_mut(
    document: &mut Document,
) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let paths = document.paths.paths.values_mut();
    let operations = paths.flat_map(|path| {
        [
            (HttpMethod::Get, path.get.as_mut()),
            (HttpMethod::Post, path.post.as_mut()),
            (HttpMethod::Put, path.put.as_mut()),
            (HttpMethod::Patch, path.patch.as_mut()),
            (HttpMethod::Delete, path.delete.as_mut()),
        ]
    });
    operations.filter_map(|(method, operation)| Some((method, operation?)))
}

/// The scopes of which one is enough for an operation.
pub(super) fn accepted_scopes(operation: &Operation) -> &'static [&'static str] {
    match operation.operation_id.as_deref() {
        Some("list_records") => ManageOrRead::ACCEPTED,
        _ => Manage::ACCEPTED,
    }
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

/// Errors that every operation may answer with.
pub struct CommonErrors;

/// Errors of an operation that reads and takes parameters.
pub struct QueryErrors;

/// Errors of an operation on a list.
pub struct ListErrors;

/// Errors of an operation that reads a body.
pub struct BodyErrors;

/// Errors of an operation that a limit may forbid.
pub struct LimitErrors;

impl IntoResponses for CommonErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ErrorCode::Unauthenticated,
            ErrorCode::TokenInvalid,
            ErrorCode::InsufficientScope,
            ErrorCode::HeadersTooLarge,
            ErrorCode::Internal,
            ErrorCode::DatabaseUnavailable,
        ])
    }
}

impl IntoResponses for QueryErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[ErrorCode::QueryInvalid])
    }
}

impl IntoResponses for ListErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[ErrorCode::RecordListNotFound])
    }
}

impl IntoResponses for BodyErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ErrorCode::BodyMissing,
            ErrorCode::BodyMalformed,
            ErrorCode::ValidationFailed,
            ErrorCode::QueryInvalid,
            ErrorCode::RequestTimeout,
            ErrorCode::BodyTooLarge,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::Overloaded,
            ErrorCode::DatabaseUnavailable,
            ErrorCode::ShuttingDown,
            ErrorCode::OutcomeUnknown,
        ])
    }
}

impl IntoResponses for LimitErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[ErrorCode::LimitExceeded])
    }
}

/// One documented answer per status, which names its codes.
fn errors(codes: &[ErrorCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes {
        let status = code.status().as_str().to_owned();
        by_status.entry(status).or_default().push(*code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| {
            let response = error_response(&status, &codes);
            (status, RefOr::T(response))
        })
        .collect()
}

fn error_response(status: &str, codes: &[ErrorCode]) -> Response {
    let description = codes
        .iter()
        .map(|code| described(*code))
        .collect::<Vec<_>>()
        .join("\n\n");
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Error")))
        .examples_from_iter(codes.iter().map(|code| example(*code)))
        .build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .header("X-Request-Id", header("The id of this request."));
    if matches!(status, "401" | "403") {
        response = response.header(
            "WWW-Authenticate",
            header("How to authenticate, and what was wrong (RFC 6750)."),
        );
    }
    if status == "503" {
        response = response.header("Retry-After", header("Seconds until the next try."));
    }
    response.build()
}

fn described(code: ErrorCode) -> String {
    format!("`{}`: {}", code.as_str(), code.message())
}

/// The answer with this code, named by it; its value is the operation's own.
fn example(code: ErrorCode) -> (String, RefOr<Example>) {
    let example = ExampleBuilder::new().summary(code.message()).build();
    (code.as_str().to_owned(), RefOr::T(example))
}

fn header(description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}
