//! What the parts of a request say of themselves in the document: each next to the code that answers.

use utoipa::openapi::{path::Parameter, security::SecurityRequirement};

use crate::http::response::error::ApiError;

/// What a part of a request adds to the description of its operation.
#[derive(Default)]
pub struct Documented {
    /// How the caller shows who it is.
    pub security: Option<Vec<SecurityRequirement>>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The errors that it may answer with, as it makes them: each is an example of its code.
    pub errors: Vec<ApiError>,
    /// What it adds to the description, in paragraphs.
    pub notes: Vec<String>,
}

impl Documented {
    /// A part that is described by its errors alone.
    pub fn by_errors(errors: impl IntoIterator<Item = ApiError>) -> Self {
        Self {
            errors: errors.into_iter().collect(),
            ..Self::default()
        }
    }
}
