//! `record-lists config`

use super::{CommandResult, output};
use crate::config::Settings;

/// Prints what a server would start with. Faulty settings are refused as by the server.
pub(super) fn run(settings: Settings) -> CommandResult {
    let settings = settings.with_file()?;
    settings.check()?;
    output::print(&settings.report())
}
