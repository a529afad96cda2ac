//! Benchmark of what one account notices of another: a quiet one deletes a record now and then, while a loud one sends
//! as much as the server takes; see benches/README.md.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking, and is no library")]

#[expect(
    dead_code,
    unreachable_pub,
    reason = "the module is the tests', which use more of it"
)]
#[path = "../../tests/api/support/cluster.rs"]
mod cluster;
#[path = "../common/connection.rs"]
mod connection;
mod counts;
#[path = "../common/database.rs"]
mod database;
mod kind;
mod large_bodies;
mod lists;
mod loud;
#[expect(dead_code, reason = "the module is the other benchmark's, which uses more of it")]
#[path = "../bulk_delete/measure.rs"]
mod measure;
#[expect(dead_code, reason = "the module is the other benchmark's, which uses more of it")]
#[path = "../bulk_delete/process.rs"]
mod process;
mod quiet;
mod report;
#[path = "../common/server.rs"]
mod server;
mod turns;

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};

use self::{database::Database, large_bodies::LargeBodies};

/// Measures what a quiet account notices of a loud one.
#[derive(Parser)]
struct Options {
    /// Only this database
    #[arg(long)]
    database: Option<Which>,

    /// Only scenarios whose names contain this text
    #[arg(long, default_value = "")]
    scenario: String,

    /// How long a turn lasts, in seconds
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,

    /// Number of rounds with large bodies; the results are medians
    #[arg(long, default_value_t = 3)]
    rounds: usize,

    /// Another build of the program, instead of the one that was just built
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_record-lists"), hide_default_value = true)]
    program: PathBuf,

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
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../bench");
    std::fs::create_dir_all(&folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(&options, &folder));
}

/// Prints the table of a database when it is complete, and that of large bodies at the end.
async fn run(options: &Options, folder: &Path) {
    let mut large_bodies = Vec::new();
    for which in [Which::Sqlite, Which::Postgres] {
        if options.database.is_some_and(|only| only != which) {
            continue;
        }
        let fresh = || match which {
            Which::Sqlite => Some(Database::sqlite(folder)),
            Which::Postgres => Database::postgres(),
        };
        let Some(database) = fresh() else {
            eprintln!("passed over: PostgreSQL (initdb and postgres) is missing");
            continue;
        };
        if let Some(table) = turns::measure(options, &database).await {
            println!("{}\n\n{table}", database.name());
        }
        drop(database);
        if options.wants(large_bodies::NAME) {
            // A fresh one, because the turns have made the other as large as the loud account could.
            let database = fresh().expect("the binaries that were there before");
            large_bodies.push(large_bodies::measure(options, &database).await);
        }
    }
    if !large_bodies.is_empty() {
        println!("{}\n\n{}", large_bodies::NAME, LargeBodies::table(&large_bodies));
    }
}
