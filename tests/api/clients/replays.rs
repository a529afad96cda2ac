//! The calls of real clients, C1 to C7 of docs/contract.md section A.8, in their order: `tests/clients/replays` has a
//! program for each. It gets its own token, and must leave the database in the state that its author meant. C8 is
//! [`super::published`].

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use super::Served;
use crate::{
    oauth::{Client, MANAGE, signing_key_file},
    support::{
        Blocker,
        Database::{self, Sqlite},
        ServerProcess, apply, assert_counts, database_test, has_additions, node_modules, node_tool, pass_over,
        python_tool, repository_file, run, run_well,
    },
};

/// A server that issues tokens, and a client that it knows.
struct Replay {
    served: Served,
    client: Client,
}

impl Replay {
    /// `None` where the test has to be passed over.
    async fn start(database: Database, arguments: &[&str]) -> Option<Self> {
        let database = database.create().await?;
        let file = signing_key_file(database.folder.path());
        let arguments = [&["--signing-key-file", &file], arguments].concat();
        let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
        server.ready().await;
        Some(Self {
            client: Client::add(&database, "acme", MANAGE),
            served: Served { server, database },
        })
    }

    /// A program that knows the client.
    fn told<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        program
            .env("RECORD_LISTS", self.served.url())
            .env("CLIENT_ID", &self.client.id)
            .env("CLIENT_SECRET", &self.client.secret)
    }

    /// Runs a program that must find all as it expects.
    #[track_caller]
    fn run(&self, program: &mut Command) {
        self.served.run(self.told(program));
    }

    async fn texts(&self, query: &str) -> Vec<String> {
        let mut session = Blocker::connect(&self.served.database).await;
        assert_counts(&mut session).await;
        session.texts(query).await
    }

    /// The lists of all accounts, the oldest first: account, name, status and number of records.
    async fn lists(&self) -> Vec<String> {
        let members = "account_id || ': ' || name || ', ' || status || ', ' || records_count";
        let query = format!("SELECT {members} FROM record_list WHERE deleted_at IS NULL ORDER BY id");
        self.texts(&query).await
    }

    /// The records of all lists in the order in which they were created: number, priority and free data.
    async fn records(&self) -> Vec<String> {
        let members = "phone_number || ', ' || priority || ', ' || extra_data";
        let query = format!("SELECT {members} FROM record ORDER BY record_list_id, id");
        self.texts(&query).await
    }

    /// Checks how many deletions of each kind the client has made.
    async fn assert_deletions(&self, expected: &[&str]) {
        let members = "client_id || ': ' || kind || ', ' || count(*)";
        let query = format!("SELECT {members} FROM operation GROUP BY client_id, kind ORDER BY kind");
        let expected = expected.iter().map(|kind| format!("{}: {kind}", self.client.id));
        assert_eq!(self.texts(&query).await, expected.collect::<Vec<_>>());
    }
}

fn program_in(language: &str, file: &str) -> PathBuf {
    repository_file("tests/clients/replays").join(language).join(file)
}

/// A replay and its program in Python.
async fn in_python(database: Database, file: &str) -> Option<(Replay, Command)> {
    let mut python = python_tool("python3")?;
    // That of the system may be without it.
    let probe = run(python_tool("python3")?.args(["-c", "import requests"]));
    if !probe.status.success() {
        pass_over("requests (PyPI)");
        return None;
    }
    python.arg(program_in("python", file));
    Some((Replay::start(database, &[]).await?, python))
}

/// A replay and its program in TypeScript.
async fn in_typescript(database: Database, file: &str, arguments: &[&str]) -> Option<(Replay, Command)> {
    let (generator, compiler, modules) = (node_tool("openapi-typescript")?, node_tool("tsc")?, node_modules()?);
    let folder = compiled(generator, compiler, &modules);
    let mut node = Command::new("node");
    node.arg(folder.join(file));
    Some((Replay::start(database, arguments).await?, node))
}

/// Makes types from the document of the family, and compiles the programs that use them, once for all tests; their
/// folder.
fn compiled(mut generator: Command, mut compiler: Command, modules: &Path) -> PathBuf {
    static COMPILED: Mutex<bool> = Mutex::new(false);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replays");
    let mut is_compiled = COMPILED.lock().expect("no panic");
    if !*is_compiled {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        for file in std::fs::read_dir(repository_file("tests/clients/replays/typescript")).expect("a folder") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), folder.join(file.file_name())).expect("a copy");
        }
        std::os::unix::fs::symlink(modules, folder.join("node_modules")).expect("a link");
        run_well(
            generator
                .args(["family.openapi.json", "--output", "family.d.ts"])
                .current_dir(&folder),
        );
        run_well(compiler.current_dir(&folder));
        *is_compiled = true;
    }
    folder
}

/// The records that the nightly jobs create from these numbers.
fn nightly(numbers: impl Iterator<Item = u32>) -> Vec<String> {
    let record = |number| format!(r#"+1415555{number:04}, 5, {{"days_past_due":"{number}"}}"#);
    numbers.map(record).collect()
}

#[apply(database_test)]
async fn c1_fills_a_new_list_each_night(database: Database) {
    let Some((replay, mut program)) = in_python(database, "c1_nightly.py").await else {
        return;
    };
    replay.run(&mut program);
    let lists = ["acme: Airflow 2026-11-30 04:12CST Monday • nightly, ACCEPTED, 60"];
    assert_eq!(replay.lists().await, lists);
    assert_eq!(replay.records().await, nightly(1..=60));
    replay.assert_deletions(&[]).await;
}

#[apply(database_test)]
async fn c2_purges_a_list_and_fills_it_anew(database: Database) {
    let Some((replay, mut program)) = in_python(database, "c2_purge.py").await else {
        return;
    };
    replay.run(&mut program);
    let lists = [
        "acme: Standing • rotation, ACCEPTED, 50",
        "acme: Airflow 2026-11-30 04:12CST Monday • 1_119, ACCEPTED, 30",
    ];
    assert_eq!(replay.lists().await, lists);
    let records = [nightly(201..=250), nightly(1..=30)].concat();
    assert_eq!(replay.records().await, records);
    replay.assert_deletions(&["RECORD, 230"]).await;
}

#[apply(database_test)]
async fn c3_makes_changes_and_deletes_records_of_a_list(database: Database) {
    let Some((replay, mut program)) = in_python(database, "c3_library.py").await else {
        return;
    };
    replay.run(&mut program);
    assert_eq!(replay.lists().await, ["acme: Library, ACCEPTED, 3"]);
    let records = [
        r#"+14155550101, 9, {"home":"Lisbon"}"#,
        "+14155550102, 10, {}",
        r#"+14155550105, 5, {"plan":"gold"}"#,
    ];
    assert_eq!(replay.records().await, records);
    replay.assert_deletions(&["PHONE_NUMBER, 1", "RECORD, 1"]).await;
}

#[apply(database_test)]
async fn c4_reads_one_record(database: Database) {
    // No package is needed, but this says whether node is there.
    if node_modules().is_none() {
        return;
    }
    let Some(replay) = Replay::start(database, &[]).await else {
        return;
    };
    replay.run(Command::new("node").arg(program_in("javascript", "c4_node.mjs")));
    assert_eq!(replay.lists().await, ["acme: A workflow, ACCEPTED, 1"]);
    assert_eq!(replay.records().await, ["+14155550101, 11, {}"]);
    replay.assert_deletions(&[]).await;
}

#[apply(database_test)]
async fn c5_reads_what_changed_and_writes(database: Database) {
    let Some((replay, mut program)) = in_python(database, "c5_connector.py").await else {
        return;
    };
    replay.run(&mut program);
    let others = (2..120).map(|number| format!("List {number:03}"));
    let names = ["Renamed".to_owned(), "Renamed, too".to_owned()];
    let lists = names.into_iter().chain(others);
    let lists: Vec<_> = lists.map(|name| format!("acme: {name}, ACCEPTED, 0")).collect();
    assert_eq!(replay.lists().await, lists);
    replay.assert_deletions(&[]).await;
}

#[apply(database_test)]
async fn c6_uses_all_operations_and_refuses_unknown_members(database: Database) {
    let published = ["--wire-format", "published"];
    let Some((replay, mut program)) = in_typescript(database, "c6_generated.mjs", &published).await else {
        return;
    };
    replay.run(&mut program);
    assert_eq!(replay.lists().await, ["acme: Renamed, ACCEPTED, 3"]);
    let records = [
        r#"+14155550101, 10, {"plan":"silver"}"#,
        r#"+14155550102, 9, {"plan":"silver"}"#,
        r#"+14155550109, 9, {"plan":"silver","city":"Lisbon"}"#,
    ];
    assert_eq!(replay.records().await, records);
    let deletions = ["EXTERNAL, 2", "ID, 1", "PHONE_NUMBER, 2", "RECORD, 1"];
    replay.assert_deletions(&deletions).await;
}

/// Otherwise it would not refuse them.
#[tokio::test]
async fn c6_refuses_the_full_form() {
    if !has_additions() {
        return;
    }
    let Some((replay, mut program)) = in_typescript(Sqlite, "c6_generated.mjs", &[]).await else {
        return;
    };
    let output = run(replay.told(&mut program));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let expected = "POST /record-lists: 201: data must NOT have additional properties";
    assert!(complaint.contains(expected), "{complaint}");
}

#[apply(database_test)]
async fn c7_repeats_what_was_refused_and_deletes_without_bodies(database: Database) {
    let rate = ["--account-rate", "4"];
    let Some((replay, mut program)) = in_typescript(database, "c7_sdk.mjs", &rate).await else {
        return;
    };
    replay.run(&mut program);
    assert_eq!(replay.lists().await, ["acme: From the command line, ACCEPTED, 6"]);
    // They were created at the same time, in any order.
    let mut records = replay.records().await;
    records.sort();
    let expected = [1, 8, 9, 10, 11, 12].map(|number| {
        let priority = if number == 1 { 10 } else { 11 };
        format!("+1415555{number:04}, {priority}, {{}}")
    });
    assert_eq!(records, expected);
    let deletions = ["ID, 1", "PHONE_NUMBER, 1", "RECORD, 1"];
    replay.assert_deletions(&deletions).await;
}
