//! `record-lists openapi`

use super::{CommandResult, output};
use crate::http::openapi::document_text;

pub(super) fn run() -> CommandResult {
    output::print(&document_text())
}
