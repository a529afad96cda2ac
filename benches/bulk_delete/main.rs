//! Benchmark of the bulk delete over HTTP against the service that a user would write instead; see benches/README.md.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking, and is no library")]

#[expect(
    dead_code,
    unreachable_pub,
    reason = "the module is the tests', which use more of it"
)]
#[path = "../../tests/api/support/cluster.rs"]
mod cluster;
mod compare;
mod database;
mod equal_work;
mod hand;
mod limits;
mod load;
mod measure;
mod process;
mod raw;
mod report;
mod scenario;
mod service;
mod wire;
mod work;

use std::path::Path;

use clap::{Parser, ValueEnum};

use self::{database::Database, report::Report, service::Server};

/// Measures the bulk delete over HTTP against a hand-written service.
#[derive(Parser)]
struct Options {
    /// Only this database
    #[arg(long)]
    database: Option<Which>,

    /// Only scenarios whose names contain this text
    #[arg(long, default_value = "")]
    scenario: String,

    /// About how long a turn of the service lasts, in seconds
    #[arg(long, default_value_t = 0.6)]
    seconds: f64,

    /// Number of rounds; the results are medians
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// All scenarios instead of the short run
    #[arg(long)]
    matrix: bool,

    /// Only the service, without the other contenders: for use with a profiler
    #[arg(long)]
    alone: bool,

    /// Run a bare route instead: its address, and the status and body of its response
    #[arg(long, hide = true, num_args = 3)]
    bare_route: Option<Vec<String>>,

    /// Run the hand-written service instead: its address and the URL of its database
    #[arg(long, hide = true, num_args = 2)]
    hand: Option<Vec<String>>,

    /// The hand-written service locks lists, counts and keeps an audit trail
    #[arg(long, hide = true)]
    books: bool,

    /// Passed by cargo to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Whether to measure the scenario with this name.
    fn wants(&self, name: &str) -> bool {
        name.contains(&self.scenario)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
}

fn main() {
    let options = Options::parse();
    if let Some(answer) = &options.bare_route {
        return limits::serve(answer);
    }
    if let Some(place) = &options.hand {
        return hand::serve(place, options.books);
    }
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
    for (place, database) in databases.iter().enumerate() {
        // The server creates the tables.
        drop(Server::start(database).await);
        let mut lines = Vec::new();
        for scenario in scenarios.iter().filter(|s| options.wants(&s.name)) {
            let line = compare::compare(options, database, scenario).await;
            eprintln!("{}", line.summary());
            lines.push(line);
        }
        report.checks.extend(report::checks(&lines));
        report.lines.append(&mut lines);
        if place == 0 {
            let checks = limits::measure_refusals(options, database).await;
            report.checks.extend(checks);
        }
        let checks = limits::measure(options, database).await;
        report.checks.extend(checks);
    }
    report
}
