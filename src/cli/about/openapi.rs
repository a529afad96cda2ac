//! `record-lists openapi`

use crate::{
    cli::{CommandResult, output},
    http::openapi::document_text,
};

pub(in crate::cli) fn run() -> CommandResult {
    output::print(&document_text())
}
