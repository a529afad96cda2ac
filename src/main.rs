//! The `record-lists` program: reads the command line and runs one subcommand.

use std::{error::Error, process::ExitCode};

use record_lists::cli::{Cli, complain};
use tikv_jemallocator::Jemalloc;

/// After a peak it gives memory back to the system, which the allocator of the C library keeps.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    // Only builds for tests have fail points.
    #[cfg(feature = "failpoints")]
    let _faults = fail::FailScenario::setup();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}

/// Runs the command. Database work runs on this runtime's threads; the HTTP server and the actors have their own.
fn run(mut cli: Cli) -> Result<(), Box<dyn Error>> {
    cli.take_sockets()?;
    cli.check_machine()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("database")
        .build()?;
    actix_rt::System::with_tokio_rt(move || runtime).block_on(cli.run())
}
