//! Scenarios: what the requests do with how many records, on how many lists, by how many clients.

use serde::Serialize;

use crate::report::Contender;

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

/// What one request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    BulkDelete,
    BulkCreate,
    BulkUpdate,
    /// Of the record in the path.
    Delete,
    /// Of one record.
    Create,
    /// Of the record in the path, by JSON Patch.
    Update,
}

/// What the request at one position does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) list: usize,
    /// Number of records.
    pub(crate) records: usize,
}

/// What the requests of a scenario do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mix {
    Deletes,
    Creates,
    /// Deletes, creates and updates, alone and in bulk, in the order of [`CYCLE`].
    Mixed,
}

/// The mixed load, over and over: 14 deletes, 4 creates and 3 updates. Their number is odd: on 64 lists, every list gets
/// all of them.
const CYCLE: [Operation; 21] = {
    use Operation::{BulkCreate, BulkDelete, BulkUpdate, Create, Delete, Update};
    [
        BulkDelete, Delete, BulkDelete, BulkCreate, BulkDelete, Update, Delete, //
        BulkDelete, Create, BulkDelete, BulkUpdate, Delete, BulkDelete, BulkCreate, //
        BulkDelete, Update, Delete, BulkDelete, Create, BulkDelete, BulkDelete,
    ]
};

/// The most records that a bulk update of the mixed load changes; the least is one.
const MOST_UPDATED: usize = 10;

impl Mix {
    /// What the request at this position does.
    fn at(self, position: usize) -> Operation {
        match self {
            Self::Deletes => Operation::BulkDelete,
            Self::Creates => Operation::BulkCreate,
            Self::Mixed => CYCLE[position % CYCLE.len()],
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) mix: Mix,
    pub(crate) kind: Kind,
    /// Number of identifiers or new records in a bulk delete or bulk create.
    pub(crate) identifiers: usize,
    /// Number of lists, to which the requests go in turn.
    pub(crate) lists: usize,
    /// Number of connections, each sending one request after the other.
    pub(crate) clients: usize,
    /// Number of records in a list, apart from those that are deleted; more if more are updated.
    pub(crate) others: usize,
    /// The target ratio to the hand-written service: PostgreSQL, SQLite.
    pub(crate) targets: [Option<f64>; 2],
}

impl Scenario {
    /// Bulk deletes.
    pub(crate) fn new(kind: Kind, identifiers: usize, lists: usize, clients: usize) -> Self {
        let what = match kind {
            Kind::Id => "id",
            Kind::Phone => "phone",
            Kind::External => "pair",
            Kind::Miss => "miss",
        };
        let targets = match (kind, identifiers, lists, clients) {
            (Kind::Id, 1, 1, 64) => [Some(2.9), Some(4.5)],
            (Kind::Id, 1, 64, 64) => [Some(2.5), Some(4.5)],
            (Kind::Id, 100, 1, 8) => [Some(1.3), Some(3.0)],
            (Kind::Id, 100, 64, 8) => [Some(1.2), Some(2.2)],
            _ => [None, None],
        };
        Self {
            name: format!("{identifiers} {what}, {lists} list(s), {clients} clients"),
            mix: Mix::Deletes,
            kind,
            identifiers,
            lists,
            clients,
            others: 2_000,
            targets,
        }
    }

    /// Bulk creates of 100 records.
    fn creates(lists: usize) -> Self {
        Self {
            name: format!("create 100, {lists} list(s), 8 clients"),
            mix: Mix::Creates,
            ..Self::new(Kind::Id, 100, lists, 8)
        }
        .without_targets()
    }

    /// Deletes, creates and updates: of one record, apart from the bulk updates.
    fn mixed(lists: usize) -> Self {
        Self {
            name: format!("mixed 14:4:3, {lists} list(s), 64 clients"),
            mix: Mix::Mixed,
            ..Self::new(Kind::Id, 1, lists, 64)
        }
        .without_targets()
    }

    /// Bulk deletes that find nobody else on the server.
    fn lone(identifiers: usize) -> Self {
        Self {
            name: format!("lone {identifiers} id, 1 client"),
            ..Self::new(Kind::Id, identifiers, 1, 1)
        }
    }

    fn without_targets(self) -> Self {
        Self {
            targets: [None, None],
            ..self
        }
    }

    /// Whether the hand-written service keeps counts and an audit trail as the service does.
    pub(crate) fn keeps_books(&self) -> bool {
        self.mix == Mix::Mixed
    }

    /// What the request at this position does, and on which list.
    pub(crate) fn step(&self, position: usize) -> Step {
        let operation = self.mix.at(position);
        Step {
            operation,
            list: position % self.lists,
            records: match operation {
                // One more in each cycle, from one to the most.
                Operation::BulkUpdate => 1 + position / CYCLE.len() % MOST_UPDATED,
                Operation::BulkDelete | Operation::BulkCreate => self.identifiers,
                Operation::Delete | Operation::Create | Operation::Update => 1,
            },
        }
    }

    /// Whether the latency of single requests is of interest, and not how many there are per second.
    pub(crate) fn is_lone(&self) -> bool {
        self.clients == 1
    }

    /// Number of requests in one turn of a contender. The service takes about this many seconds for them. The services
    /// and raw get equally many: each finds the first records of its turn on pages that it has not changed yet. Equal work
    /// gets fewer, so that its turns do not take several times as long.
    pub(crate) fn requests(&self, contender: Contender, seconds: f64) -> usize {
        // Of one record, and of a hundred.
        let [one, hundred] = match (contender, self.mix) {
            _ if self.is_lone() => [800.0, 80.0],
            (Contender::EqualWork, _) => [600.0, 60.0],
            (_, Mix::Mixed) => [2_000.0, 150.0],
            _ => [4_000.0, 150.0],
        };
        let per_second = if self.identifiers == 1 { one } else { hundred };
        ((per_second * seconds) as usize).max(self.clients)
    }
}

/// The scenarios of the short run. The kinds of identifiers are next to each other, because they are compared.
pub(crate) fn short() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (identifiers, lists, clients) in [(1, 1, 64), (1, 64, 64), (100, 1, 8), (100, 64, 8)] {
        for kind in [Kind::Id, Kind::Phone, Kind::External] {
            scenarios.push(Scenario::new(kind, identifiers, lists, clients));
        }
        if identifiers == 1 {
            scenarios.push(Scenario::mixed(lists));
        }
    }
    scenarios.extend(others());
    scenarios
}

/// All scenarios.
pub(crate) fn whole() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for identifiers in [1, 100] {
        for lists in [1, 64] {
            for clients in [8, 64] {
                for kind in [Kind::Id, Kind::Phone, Kind::External, Kind::Miss] {
                    scenarios.push(Scenario::new(kind, identifiers, lists, clients));
                }
            }
            if identifiers == 1 {
                scenarios.push(Scenario::mixed(lists));
            }
        }
    }
    scenarios.extend(others());
    scenarios
}

/// The scenarios that every run ends with.
fn others() -> [Scenario; 4] {
    [
        Scenario::creates(1),
        Scenario::creates(64),
        Scenario::lone(1),
        Scenario::lone(100),
    ]
}
