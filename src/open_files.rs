//! The limit on open files, and how many client connections it leaves room for.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Maximum number of client connections, more than one thread could serve. It applies even if the system sets no limit.
const MOST: usize = 25_600;

/// Open files that the process needs for everything but client connections: database connections, files, the log.
const RESERVE: u64 = 256;

/// Raises the limit on open files as far as the system allows, and returns how many client connections it leaves room
/// for.
///
/// Most systems start a process with a low limit for the sake of programs that use `select`, and let the process raise
/// it. If the limit cannot be raised, the current one applies.
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
    // At least half of a very low limit, so that some clients can always connect.
    let room = files.saturating_sub(RESERVE).max(files / 2);
    usize::try_from(room).map_or(MOST, |room| room.min(MOST))
}
