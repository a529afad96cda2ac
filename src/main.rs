//! The `record-lists` program: reads the command line and runs one subcommand.

use std::process::ExitCode;

use clap::Parser;
use record_lists::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Only the tests' build has places where a fault can be planted.
    let _faults = fail::has_failpoints().then(fail::FailScenario::setup);
    // Database work runs on this runtime's threads; the HTTP server and the actors have threads of their own.
    let system = actix_rt::System::with_tokio_rt(runtime);
    match system.block_on(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("record-lists: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "without threads there is nothing to do but to say so and end"
)]
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("database")
        .build()
        .expect("the system lends threads to a new process")
}
