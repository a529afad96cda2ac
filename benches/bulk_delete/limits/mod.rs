//! Limits on more than speed: the cost of rejections, memory, the effect on neighbours, large lists.

mod bare_route;
mod growth;
mod memory;
mod neighbour;
mod rejected;

pub(crate) use self::bare_route::{BareRoute, serve};
use crate::{Options, database::Database, report::Check};

/// Measures on one database the groups whose names contain the requested text.
pub(crate) async fn measure(options: &Options, database: &Database) -> Vec<Check> {
    let mut checks = Vec::new();
    if options.wants(neighbour::NAME) {
        checks.extend(neighbour::measure(options, database).await);
    }
    if options.wants(memory::NAME) {
        checks.extend(memory::measure(database).await);
    }
    // Last, because it makes the database large.
    if options.wants(growth::NAME) {
        checks.push(growth::measure(options, database).await);
    }
    checks
}

/// Measures what does not involve a database.
pub(crate) async fn measure_refusals(options: &Options, database: &Database) -> Vec<Check> {
    let mut checks = Vec::new();
    for refusal in rejected::refusals() {
        if options.wants(refusal.name) {
            checks.push(rejected::measure(options, database, &refusal).await);
        }
    }
    checks
}
