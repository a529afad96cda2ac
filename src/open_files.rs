//! The limit on open files: whether it is enough to start, and how many client connections it leaves room for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use thiserror::Error;

/// Maximum number of client connections, more than one thread could serve. It applies even if the system sets no limit.
const MOST: usize = 25_600;

/// Open files that are kept free of client connections, if the limit is not very low.
const RESERVE: u64 = 256;

/// Open files of any command: the standard streams, the runtime, and some more for a moment.
const OF_COMMAND: u64 = 32;

/// Open files of a server without a database and clients: those of a command, the listener, the threads of the actors
/// and of the server, and some more for a moment.
const OF_SERVER: u64 = 32;

/// Open files of each thread that reads requests.
const OF_WORKER: u64 = 4;

/// Client connections that there must at least be room for.
const CLIENTS: u64 = 16;

/// The limit on open files is too low.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "the limit on open files is {limit}, but at least {needed} are needed: raise it, for example with `ulimit -n 4096`, \
     `LimitNOFILE=` of systemd or `--ulimit nofile=` of the container"
)]
pub struct TooFewFiles {
    limit: u64,
    needed: u64,
}

/// Fails if no command can run, because there are too few files even for its runtime.
pub(crate) fn check() -> Result<(), TooFewFiles> {
    require(raised_limit(), OF_COMMAND).map(|_| ())
}

/// The number of client connections of a server with so many threads, and files of its database and of its metrics.
/// Fails if there is no room for them.
pub(crate) fn room_for_connections(workers: usize, of_database: usize) -> Result<usize, TooFewFiles> {
    room(raised_limit(), workers as u64, of_database as u64)
}

fn room(limit: u64, workers: u64, of_database: u64) -> Result<usize, TooFewFiles> {
    // Each thread takes at least one connection.
    let clients = CLIENTS.max(workers);
    let own = OF_SERVER + OF_WORKER * workers + of_database;
    let left = require(limit, own + clients)? + clients;
    // At least half of what is left, so that some clients can always connect.
    let room = limit.saturating_sub(RESERVE.max(own)).max(left / 2).max(clients);
    Ok(usize::try_from(room).map_or(MOST, |room| room.min(MOST)))
}

/// How many files are left beyond those that are needed.
fn require(limit: u64, needed: u64) -> Result<u64, TooFewFiles> {
    limit.checked_sub(needed).ok_or(TooFewFiles { limit, needed })
}

/// Raises the limit as far as the system allows. Most systems start a process with a low limit for the sake of programs
/// that use `select`, and let the process raise it. If the limit cannot be raised, the current one applies.
fn raised_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => getrlimit(Resource::Nofile).current,
        Err(_) => limit.current,
    };
    current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_limit_leaves_some_room_or_is_refused() {
        let needed = OF_SERVER + 2 * OF_WORKER + 20 + CLIENTS;
        for limit in [0, 20, 32, needed - 1] {
            assert_eq!(room(limit, 2, 20), Err(TooFewFiles { limit, needed }));
        }
        assert_eq!(room(needed, 2, 20), Ok(16));
        assert_eq!(room(1_024, 2, 20), Ok(1_024 - 256));
        assert_eq!(room(u64::MAX, 2, 20), Ok(MOST));
        // More connections to the database than are reserved.
        assert_eq!(
            room(2_000, 1, 1_000),
            Ok((2_000 - OF_SERVER - OF_WORKER - 1_000) as usize)
        );
    }
}
