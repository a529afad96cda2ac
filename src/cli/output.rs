//! What a command says on standard output and standard error.

use std::io::{self, Write};

use super::CommandResult;

/// Writes to standard output. If nobody reads it any more, as after `| head -1`, that is the end of the output and no
/// error.
pub(super) fn print(text: &str) -> CommandResult {
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {error}").into())
        }
        _ => Ok(()),
    }
}

/// Says a sentence on standard error, where it does not matter if nobody reads it.
pub fn complain(sentence: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "record-lists: {sentence}");
}
