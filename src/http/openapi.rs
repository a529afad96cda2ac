//! The OpenAPI document, assembled from the operations so that it always matches the code (docs/contract.md section 6).

use utoipa::{OpenApi, openapi::OpenApi as Document};

use super::{
    document::access::{Access, TOKEN_ENDPOINT, TokenSources},
    operations::operations,
    response::error::ErrorBody,
};
use crate::auth::RequiredScopes;

#[derive(OpenApi)]
#[openapi(
    info(title = "record-lists", contact(name = "record-lists")),
    servers((url = ".", description = "This server.")),
    components(schemas(ErrorBody)),
    tags(
        (name = "Records", description = "The people in a record list."),
        (name = "Record lists", description = "Named lists of people to call."),
        (name = "Deletions", description = "Who deleted how many records, and when.")
    )
)]
struct Api;

/// The whole document of a server with this access.
fn document(access: &Access) -> Document {
    let mut document = Api::openapi();
    document.info.description = Some(access.introduction());
    if let Some(components) = &mut document.components {
        for (name, scheme) in access.schemes() {
            components.add_security_scheme(name, scheme);
        }
    }
    for operation in operations() {
        let operation = operation.requiring(access.required);
        match access.sources.endpoint {
            true => operation
                .or_by(TOKEN_ENDPOINT, access.required.first())
                .describe(&mut document),
            false => operation.describe(&mut document),
        }
    }
    document
}

/// The text of the document, as `openapi/openapi.json` contains it: that of a server that issues tokens, has a secret and
/// requires no other scopes.
pub fn document_text() -> String {
    document_text_with(&Access {
        sources: TokenSources {
            endpoint: true,
            secret: true,
            ..TokenSources::default()
        },
        required: &RequiredScopes::default(),
    })
}

/// The text of the document of a server with this access.
#[expect(
    clippy::expect_used,
    reason = "a document built from derived types can always be serialised"
)]
pub fn document_text_with(access: &Access) -> String {
    let mut text = serde_json::to_string_pretty(&document(access)).expect("the document can be serialised");
    text.push('\n');
    text
}
