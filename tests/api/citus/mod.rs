//! PostgreSQL servers with the extension Citus, which distributes lists over them.
//!
//! All tests of the API run there, too, with `RECORD_LISTS_TEST_POSTGRES=citus`; those in this folder are about what is
//! different.

mod distribution;
mod placements;
mod routing;
mod running;
mod shapes;
mod workers;

use crate::support::{Citus, note_passed_over};

/// The servers; `None` where the test has to be passed over.
fn servers() -> Option<&'static Citus> {
    let servers = Citus::shared();
    if servers.is_none() {
        note_passed_over("Citus (citus.control)");
    }
    servers
}
