//! What the parts of a request add to the OpenAPI document: each part states it next to the code that responds.

use utoipa::openapi::{path::Parameter, security::SecurityRequirement};

use crate::http::response::error::ApiError;

/// What a part of a request adds to the description of its operation.
#[derive(Default)]
pub struct Documented {
    /// How the caller authenticates.
    pub security: Option<Vec<SecurityRequirement>>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The errors that it can return, exactly as it returns them: each is the example of its code.
    pub errors: Vec<ApiError>,
    /// What it adds to the description, in paragraphs.
    pub notes: Vec<String>,
}

impl Documented {
    /// A part that adds only errors.
    pub fn by_errors(errors: impl IntoIterator<Item = ApiError>) -> Self {
        Self {
            errors: errors.into_iter().collect(),
            ..Self::default()
        }
    }
}
