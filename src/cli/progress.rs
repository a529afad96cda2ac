//! The progress of long work, in one line on a terminal, and nowhere else.

use std::io::{IsTerminal, Write, stderr};

use crate::store::Progress;

const MIB: u64 = 1024 * 1024;

/// Goes back to the begin of the line and clears it.
const CLEARED: &str = "\r\x1b[K";

/// Shows the progress in place of what is shown.
pub(super) fn show(progress: Progress) {
    write(&match progress {
        Progress::Copying { bytes, of } => format!("copying: {} of about {} MiB", bytes / MIB, of.div_ceil(MIB)),
        Progress::Checking => "checking the copy".to_owned(),
    });
}

/// Clears the line, for what is said next.
pub(super) fn end() {
    write("");
}

fn write(text: &str) {
    let mut terminal = stderr();
    if terminal.is_terminal() {
        // Nobody needs it.
        let _ = write!(terminal, "{CLEARED}{text}").and_then(|()| terminal.flush());
    }
}
