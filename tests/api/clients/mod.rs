//! Clients that others' generators make from the document of a running server, and programs that use them:
//! `tests/clients` holds the programs. Each creates a list, fills it, deletes by each kind of identifier, and reads the
//! failures. Those in `tests/clients/replays` make the calls of real clients instead.

mod published;
mod python;
mod replays;
mod rust;
mod typescript;
mod upgrades;

use std::process::Command;

use crate::support::{Claims, Database, ServerProcess, TestDatabase, run_well};

/// A server for a program.
struct Served {
    server: ServerProcess,
    database: TestDatabase,
}

impl Served {
    /// `None` where the test has to be passed over.
    async fn start(database: Database, arguments: &[&str]) -> Option<Self> {
        let database = database.create().await?;
        let server = ServerProcess::start(database.folder.path(), &database.url, arguments);
        server.ready().await;
        Some(Self { server, database })
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Where the generators find the document.
    fn document(&self) -> String {
        format!("{}/openapi.json", self.url())
    }

    /// A program that knows the server, a manager's token, and a token without the scope.
    fn told<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        let reader = Claims::of("acme").with("scope", "record-lists:read");
        program
            .env("RECORD_LISTS", self.url())
            .env("MANAGER", Claims::of("acme").token())
            .env("READER", reader.token())
    }

    /// Runs a program that must find all as it expects.
    #[track_caller]
    fn run(&self, program: &mut Command) {
        let said = run_well(self.told(program));
        // A program that ends early, and with status 0, has seen nothing.
        assert!(said.ends_with("all as expected\n"), "{said}");
    }
}
