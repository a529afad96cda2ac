//! How many files and connections the process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// More than one thread could serve; a system without a limit is no reason to take any number.
const MOST: usize = 25_600;

/// What the process needs beside its clients: connections to the database, files, the log.
const RESERVE: u64 = 256;

/// Asks the system for as many open files as it allows; how many connections of clients that leaves room for.
///
/// Most systems start a process with a small limit for the sake of programs that use `select`, and let it raise the
/// limit itself. Where it cannot be raised, what there is counts.
pub(crate) fn room_for_connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        limit = getrlimit(Resource::Nofile);
    }
    let files = limit.current.unwrap_or(u64::MAX);
    // Half of a very small number, so that there is always somebody who is served.
    let room = files.saturating_sub(RESERVE).max(files / 2);
    usize::try_from(room).map_or(MOST, |room| room.min(MOST))
}
