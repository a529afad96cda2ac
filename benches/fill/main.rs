//! Benchmark of filling one list over HTTP, in requests of 100 records, against a loader that was written by hand; see
//! benches/README.md.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking, and is no library")]

mod by_hand;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the module is the tests', which use more of it"
)]
#[path = "../../tests/api/support/cluster.rs"]
mod cluster;
#[path = "../common/connection.rs"]
mod connection;
#[path = "../common/database.rs"]
mod database;
mod list;
#[expect(dead_code, reason = "the module is the other benchmark's, which uses more of it")]
#[path = "../bulk_delete/measure.rs"]
mod measure;
mod over_http;
mod person;
#[expect(dead_code, reason = "the module is the other benchmark's, which uses more of it")]
#[path = "../bulk_delete/process.rs"]
mod process;
mod report;
#[path = "../common/server.rs"]
mod server;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Parser, ValueEnum};

use self::{
    database::Database,
    list::Counts,
    person::Person,
    report::{Contender, FULL, Filled, OfService, Table},
    server::{Server, token},
};

/// The number of records in a request, and in a transaction of the loader.
const BATCH: usize = 100;

/// The account that has the list.
const ACCOUNT: &str = "bench";

/// Measures how long it takes to fill a list.
#[derive(Parser)]
struct Options {
    /// Only this database
    #[arg(long)]
    database: Option<Which>,

    /// The number of records; there is a target only for the default
    #[arg(long, default_value_t = FULL)]
    records: usize,

    /// Number of rounds; the results are medians
    #[arg(long, default_value_t = 1)]
    rounds: usize,

    /// Another build of the program, instead of the one that was just built
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_record-lists"), hide_default_value = true)]
    program: PathBuf,

    /// Passed by cargo to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
}

/// The same people in the forms in which they are written.
struct People {
    rows: Arc<Vec<Person>>,
    bodies: Vec<Arc<[u8]>>,
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
    runtime.block_on(run(&options, &folder));
}

/// Prints the table of a database when it is complete.
async fn run(options: &Options, folder: &Path) {
    let rows: Vec<Person> = (0..options.records).map(Person::new).collect();
    let people = People {
        bodies: over_http::bodies(&rows),
        rows: Arc::new(rows),
    };
    for which in [Which::Sqlite, Which::Postgres] {
        if options.database.is_some_and(|only| only != which) {
            continue;
        }
        let fresh = || match which {
            Which::Sqlite => Some(Database::sqlite(folder)),
            Which::Postgres => Database::postgres(),
        };
        let mut filled = Vec::new();
        let mut name = None;
        for _ in 0..options.rounds {
            for contender in Contender::ALL {
                // Each fills an empty one.
                let Some(database) = fresh() else { continue };
                let turn = turn(options, &database, &people, contender).await;
                eprintln!("{}: {turn}", database.name());
                name = Some(database.name());
                filled.push(turn);
            }
        }
        let Some(name) = name else {
            eprintln!("passed over: PostgreSQL (initdb and postgres) is missing");
            continue;
        };
        let records = options.records;
        println!("{name}, {records} records\n\n{}", Table { records, filled });
    }
}

/// Fills a new list in an empty database. Panics if it does not have exactly the records at the end.
async fn turn(options: &Options, database: &Database, people: &People, contender: Contender) -> Filled {
    // The default, unless more are to be created.
    let most = options.records.max(FULL).to_string();
    let server = Server::start(&options.program, database, &["--max-records-per-list", &most]).await;
    let token = token(ACCOUNT);
    let list = list::create(server.address(), &token).await;
    let filled = match contender {
        Contender::Service(connections) => {
            let (time, latencies) = over_http::fill(server.address(), &token, list, &people.bodies, connections).await;
            let peak = server.process().most_resident();
            drop(server);
            Filled {
                contender,
                time,
                service: Some(OfService::new(latencies, peak)),
            }
        }
        Contender::ByHand => {
            // The server has created the tables and the list.
            drop(server);
            Filled {
                contender,
                time: by_hand::fill(database, list, &people.rows).await,
                service: None,
            }
        }
    };
    assert_eq!(
        Counts::in_tables(database).await,
        Counts::of(&people.rows),
        "what should be in the list"
    );
    filled
}
