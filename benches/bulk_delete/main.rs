//! The bulk delete over HTTP, against what a user would write instead: see benches/README.md.

#![expect(
    clippy::expect_used,
    reason = "a benchmark fails by panicking, and is no library"
)]

#[expect(
    dead_code,
    unreachable_pub,
    reason = "the module is the tests', which use more of it"
)]
#[path = "../../tests/api/support/cluster.rs"]
mod cluster;
mod database;
mod equal_work;
mod measure;
mod raw;
mod report;
mod scenario;
mod service;
mod work;

use std::{path::Path, time::Duration};

use clap::{Parser, ValueEnum};

use self::{
    database::Database,
    report::{Contender, Line, Report},
    scenario::Scenario,
    service::Server,
    work::Work,
};

/// How long the machine rests before a contender is measured.
const REST: Duration = Duration::from_millis(200);

/// Measures the bulk delete over HTTP against hand-written code.
#[derive(Parser)]
struct Options {
    /// Only this database
    #[arg(long)]
    database: Option<Which>,

    /// Only scenarios whose name holds this text
    #[arg(long, default_value = "")]
    scenario: String,

    /// About how long a turn of the service lasts, in seconds
    #[arg(long, default_value_t = 0.6)]
    seconds: f64,

    /// How often the contenders take turns; medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// All scenarios and not the short run
    #[arg(long)]
    matrix: bool,

    /// Only the service, without those that it is compared with: for a profiler
    #[arg(long)]
    alone: bool,

    /// What cargo hands to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
}

fn main() {
    let options = Options::parse();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../bench");
    std::fs::create_dir_all(&folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let report = runtime.block_on(run(&options, &folder));
    report.print();
    report.write(&folder);
}

async fn run(options: &Options, folder: &Path) -> Report {
    let mut databases = Vec::new();
    if options.database != Some(Which::Postgres) {
        databases.push(Database::sqlite(folder));
    }
    if options.database != Some(Which::Sqlite) {
        match Database::postgres() {
            Some(database) => databases.push(database),
            None => eprintln!("passed over: PostgreSQL (initdb and postgres) is missing"),
        }
    }
    let scenarios = if options.matrix {
        scenario::whole()
    } else {
        scenario::short()
    };
    let mut report = Report::default();
    for database in &databases {
        // The server makes the tables.
        drop(Server::start(database).await);
        for scenario in &scenarios {
            if scenario.name.contains(&options.scenario) {
                let line = compare(options, database, scenario).await;
                eprintln!("{}", line.summary());
                report.lines.push(line);
            }
        }
    }
    report
}

/// Lets the contenders take turns on one database, each with records of its own.
async fn compare(options: &Options, database: &Database, scenario: &Scenario) -> Line {
    let requests = scenario.requests(options.seconds);
    let contenders = if options.alone {
        vec![Contender::Service]
    } else {
        Contender::on(database)
    };
    let turns = contenders.len() * (options.rounds + 1);
    let mut work = Work::new(scenario, requests * turns);
    database.fill(scenario, work.records_per_list()).await;
    let before = database.count().await;
    let mut line = Line::new(database, scenario);
    let mut taken = 0;
    for round in 0..=options.rounds {
        for contender in &contenders {
            // The first round warms up and is short.
            let requests = if round == 0 {
                requests.div_ceil(10)
            } else {
                requests
            };
            let requests = work.take(requests);
            taken += requests.len();
            tokio::time::sleep(REST).await;
            let measured = match contender {
                Contender::Service => {
                    let server = Server::start(database).await;
                    // A server that was just started has neither connections nor statements.
                    let (first, rest) = requests.split_at(requests.len() / 20);
                    if !first.is_empty() {
                        server.delete(scenario, first).await;
                    }
                    server.delete(scenario, rest).await
                }
                Contender::Raw(connections) => {
                    raw::delete(database, scenario, &requests, *connections).await
                }
                Contender::EqualWork => equal_work::delete(database, scenario, &requests).await,
            };
            if round > 0 {
                line.add(*contender, measured);
            }
        }
    }
    let gone = match scenario.kind {
        scenario::Kind::Miss => 0,
        _ => taken * scenario.identifiers,
    };
    assert_eq!(
        database.count().await,
        before - gone,
        "records that should be gone"
    );
    line
}
