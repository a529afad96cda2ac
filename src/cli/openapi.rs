//! `record-lists openapi`

use std::io::Write;

use super::CommandResult;
use crate::http::openapi::document_text;

pub(super) fn run() -> CommandResult {
    std::io::stdout().write_all(document_text().as_bytes())?;
    Ok(())
}
