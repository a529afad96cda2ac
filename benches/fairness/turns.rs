//! The turns with a quiet and a loud account on one database.

use std::time::Duration;

use crate::{
    Options,
    database::Database,
    kind::Kind,
    lists::{LIMIT_OF_LISTS, Loud, Quiet},
    loud::Load,
    process::Process,
    quiet::{self, Visit},
    report::{Line, Table},
    server::Server,
};

/// Numbers of connections of the loud account.
const CONNECTIONS: [usize; 2] = [64, 640];

/// The name of the turns in which the quiet account is alone.
const NOBODY: &str = "nobody";

/// Pause before a turn.
pub(crate) const REST: Duration = Duration::from_millis(500);

impl Process {
    /// Lets the peak of its resident memory begin at what it has now.
    pub(crate) fn forget_peak(self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.0), "5").expect("a running process");
    }
}

/// A kind of requests over a number of connections.
struct Scenario {
    kind: Kind,
    connections: usize,
}

impl Scenario {
    fn all() -> impl Iterator<Item = Self> {
        Kind::ALL
            .into_iter()
            .flat_map(|kind| CONNECTIONS.map(|connections| Self { kind, connections }))
    }

    fn name(&self) -> String {
        format!("{}, {} connections", self.kind.name(), self.connections)
    }
}

/// Measures the scenarios whose names contain the requested text; `None` if there are none.
pub(crate) async fn measure(options: &Options, database: &Database) -> Option<Table> {
    let scenarios: Vec<Scenario> = Scenario::all().filter(|s| options.wants(&s.name())).collect();
    if scenarios.is_empty() && !options.wants(NOBODY) {
        return None;
    }
    let server = Server::start(&options.program, database, &LIMIT_OF_LISTS).await;
    let loud = Loud::with_all_lists(server.address()).await;
    let mut quiet = Quiet::with_list(server.address()).await;
    let time = Duration::from_secs_f64(options.seconds);
    let before = alone(&server, &mut quiet, time).await;
    let mut lines = Vec::new();
    for scenario in scenarios {
        let line = turn(&server, &loud, &mut quiet, &scenario, time).await;
        eprintln!("{}: {line}", database.name());
        lines.push(line);
    }
    // The database is larger now than it was at the beginning.
    let nobody = before.and(alone(&server, &mut quiet, time).await);
    let nobody = Line::new(NOBODY, nobody, server.process().most_resident());
    eprintln!("{}: {nobody}", database.name());
    Some(Table::new(nobody, lines))
}

async fn alone(server: &Server, quiet: &mut Quiet, time: Duration) -> Visit {
    let requests = quiet.deletes(quiet::most_requests(time)).await;
    tokio::time::sleep(REST).await;
    server.process().forget_peak();
    quiet::visit(server.address(), requests, time).await
}

async fn turn(server: &Server, loud: &Loud, quiet: &mut Quiet, scenario: &Scenario, time: Duration) -> Line {
    let requests = quiet.deletes(quiet::most_requests(time)).await;
    let load = scenario.kind.requests(loud);
    tokio::time::sleep(REST).await;
    server.process().forget_peak();
    let mut load = Load::start(server.address(), scenario.connections, load);
    load.warm_up(warm_up(time)).await;
    let visit = quiet::visit(server.address(), requests, time).await;
    let responses = load.stop().await;
    let peak = server.process().most_resident();
    Line::new(&scenario.kind.name(), visit, peak).beside(scenario.connections, responses)
}

/// How long a load runs before it is measured.
pub(crate) fn warm_up(time: Duration) -> Duration {
    (time / 4).min(Duration::from_secs(1))
}
