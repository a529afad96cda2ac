//! The OpenAPI document, assembled from the operations so that it always matches the code (docs/contract.md section 6).

use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document,
        security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme},
    },
};

use super::{operations::operations, response::error::ErrorBody};
use crate::auth::{MANAGE, RequiredScopes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "record-lists",
        description = "Record lists for outbound dialers: named lists of people to call. The bulk delete deletes records \
            by record id, by phone number, or by external provider and external id.\n\n\
            Every operation needs an access token. Use the token that the server prints at the start if no key is configured, or run \
            `record-lists token --account demo --scope \"record-lists:manage\" --ttl 24h` on the server, with its settings \
            (in the source folder: `cargo run -- token` with the same options). Press **Authorize** and paste it.\n\n\
            The examples delete records of the demo list; a start with `--demo` restores them.\n\n\
            Responses are JSON with HAL links; `Accept: application/hal+json` is supported.",
        contact(name = "record-lists")
    ),
    servers((url = ".", description = "This server.")),
    components(schemas(ErrorBody)),
    tags(
        (name = "Records", description = "The people in a record list."),
        (name = "Record lists", description = "Named lists of people to call."),
        (name = "Deletions", description = "Who deleted how many records, and when.")
    )
)]
struct Api;

/// The whole document of a server that requires these scopes, and may issue tokens itself.
fn document(required: &RequiredScopes, issues_tokens: bool) -> Document {
    let mut document = Api::openapi();
    // The commands in the texts have to make tokens that are enough.
    let with_scope = |text: &str| text.replace(MANAGE, required.first());
    document.info.description = document.info.description.as_deref().map(with_scope);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(with_scope(
            "The token that the server prints at the start, or one from `record-lists token --account demo --scope \
             \"record-lists:manage\" --ttl 24h` on the server; without the word Bearer.",
        )))
        .build();
    if let Some(components) = &mut document.components {
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        if issues_tokens {
            components.add_security_scheme(TOKEN_ENDPOINT, SecurityScheme::OAuth2(token_endpoint(required)));
        }
    }
    for operation in operations() {
        let operation = operation.requiring(required);
        match issues_tokens {
            true => operation
                .or_by(TOKEN_ENDPOINT, required.first())
                .describe(&mut document),
            false => operation.describe(&mut document),
        }
    }
    document
}

/// The name of the security scheme of clients that are registered here.
const TOKEN_ENDPOINT: &str = "client";

/// How registered clients get tokens.
fn token_endpoint(required: &RequiredScopes) -> OAuth2 {
    let scopes = [(required.first(), "Everything that can be done with record lists.")];
    let flow = ClientCredentials::new("oauth/token", Scopes::from_iter(scopes));
    OAuth2::with_description(
        [Flow::ClientCredentials(flow)],
        "The id and the secret of a client, from `record-lists client add` on the server.",
    )
}

/// The text of the document, as `openapi/openapi.json` contains it, and as it is served by a server that issues tokens and requires no other scopes.
pub fn document_text() -> String {
    document_text_requiring(&RequiredScopes::default(), true)
}

/// The text of the document of a server that requires these scopes, and may issue tokens itself.
#[expect(
    clippy::expect_used,
    reason = "a document built from derived types can always be serialised"
)]
pub fn document_text_requiring(required: &RequiredScopes, issues_tokens: bool) -> String {
    let mut text =
        serde_json::to_string_pretty(&document(required, issues_tokens)).expect("the document can be serialised");
    text.push('\n');
    text
}
