//! Scenarios: how many identifiers of which kind, on how many lists, by how many clients.

use serde::Serialize;

/// How records are identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Id,
    Phone,
    External,
    /// Ids that no record has.
    Miss,
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Number of identifiers in a request.
    pub(crate) identifiers: usize,
    /// Number of lists, to which the requests go in turn.
    pub(crate) lists: usize,
    /// Number of connections, each sending one request after the other.
    pub(crate) clients: usize,
    /// Number of records in a list, apart from those that are deleted.
    pub(crate) others: usize,
    /// The target ratio to raw code: PostgreSQL, SQLite.
    pub(crate) targets: [Option<f64>; 2],
}

impl Scenario {
    pub(crate) fn new(kind: Kind, identifiers: usize, lists: usize, clients: usize) -> Self {
        let what = match kind {
            Kind::Id => "id",
            Kind::Phone => "phone",
            Kind::External => "pair",
            Kind::Miss => "miss",
        };
        let targets = match (identifiers, lists, clients) {
            (1, 1, 64) => [Some(2.5), Some(2.0)],
            (1, _, 64) => [Some(1.5), Some(1.8)],
            (100, 1, 8) => [Some(0.9), Some(1.1)],
            (100, _, 8) => [Some(0.7), Some(0.9)],
            _ => [None, None],
        };
        Self {
            name: format!("{identifiers} {what}, {lists} list(s), {clients} clients"),
            kind,
            identifiers,
            lists,
            clients,
            others: 2_000,
            targets,
        }
    }

    /// Number of requests in one turn of one contender. The service takes about this many seconds for them.
    pub(crate) fn requests(&self, seconds: f64) -> usize {
        let per_second = if self.identifiers == 1 { 2_000.0 } else { 150.0 };
        ((per_second * seconds) as usize).max(self.clients)
    }
}

/// The scenarios of the short run.
pub(crate) fn short() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for kind in [Kind::Id, Kind::Phone, Kind::External] {
        for (identifiers, lists, clients) in [(1, 1, 64), (1, 64, 64), (100, 1, 8), (100, 64, 8)] {
            scenarios.push(Scenario::new(kind, identifiers, lists, clients));
        }
    }
    scenarios
}

/// All scenarios.
pub(crate) fn whole() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for kind in [Kind::Id, Kind::Phone, Kind::External, Kind::Miss] {
        for identifiers in [1, 100] {
            for lists in [1, 64] {
                for clients in [8, 64] {
                    scenarios.push(Scenario::new(kind, identifiers, lists, clients));
                }
            }
        }
    }
    scenarios
}
