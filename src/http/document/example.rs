//! The examples of the document, some of which are files in `openapi/examples`.

use serde_json::Value;
use utoipa::openapi::{RefOr, example};

/// The JSON value of an example that is a file in `openapi/examples`.
#[macro_export]
macro_rules! example_file {
    ($name:literal) => {
        $crate::http::document::example::value(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/openapi/examples/",
            $name
        )))
    };
}

/// A body that a caller could send.
pub struct Example {
    /// Its name, which orders the examples of an operation.
    pub name: &'static str,
    /// What it shows.
    pub summary: &'static str,
    /// The body.
    pub value: Value,
}

impl From<&Example> for (String, RefOr<example::Example>) {
    fn from(example: &Example) -> Self {
        let documented = example::ExampleBuilder::new()
            .summary(example.summary)
            .value(Some(example.value.clone()))
            .build();
        (example.name.to_owned(), RefOr::T(documented))
    }
}

/// Parses the text of an example.
#[expect(
    clippy::expect_used,
    reason = "the examples are compiled into the program, and its tests parse them"
)]
pub fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("an example is valid JSON")
}
