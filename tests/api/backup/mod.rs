//! Backups of a database, their restore, and starts on files that are not as a server left them.

mod beside;
mod check;
mod foreign_log;
mod kill;
mod postgres;
mod progress;
mod refusals;
mod restore;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use crate::support::{SECRET, ServerProcess, TestDatabase, TestList, person, program};

/// The file of a SQLite database.
fn file(database: &TestDatabase) -> PathBuf {
    database.url.trim_start_matches("sqlite://").into()
}

/// The address of a file.
fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// A file whose name begins with that of another.
fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", file.display()).into()
}

/// A subcommand on a database.
fn command(database: &Path, arguments: &[&str]) -> std::process::Command {
    let folder = database.parent().expect("a folder");
    let mut command = program(folder);
    command.args(arguments).args(["--database-url", &url(database)]);
    command
}

/// Runs a subcommand on a database.
fn run(database: &Path, arguments: &[&str]) -> Output {
    command(database, arguments).output().expect("the program runs")
}

/// What a subcommand says that has to succeed.
#[track_caller]
fn succeed(database: &Path, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

/// The sentence with which a subcommand ends that has to fail.
#[track_caller]
fn fail(database: &Path, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    one_sentence(&output)
}

/// The one sentence of a failure, which may follow lines of the log.
#[track_caller]
fn one_sentence(output: &Output) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut sentences = message.lines().filter(|line| line.starts_with("record-lists: "));
    let (sentence, other) = (sentences.next(), sentences.next());
    assert!(sentence.is_some() && other.is_none(), "{message}");
    sentence.unwrap_or_default().to_owned()
}

/// The sentence with which a start ends that has to fail.
#[track_caller]
fn fail_to_start(database: &Path) -> String {
    let mut command = command(database, &["serve", "--bind", "127.0.0.1:0"]);
    command.env("RECORD_LISTS_JWT_SECRET", SECRET);
    let mut server = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    for _ in 0..1_200 {
        if server.try_wait().expect("a process").is_some() {
            let output = server.wait_with_output().expect("an end");
            assert!(!output.status.success());
            return one_sentence(&output);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    server.kill().expect("a process");
    server.wait().expect("an end");
    panic!("the server starts");
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

/// The names in a folder that begin so.
fn names(folder: &Path, begin: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(begin))
        .collect();
    names.sort();
    names
}

/// People with different numbers.
fn people(count: usize) -> Vec<Value> {
    (0..count).map(|n| person(&format!("+1415555{n:04}"))).collect()
}

/// A server on the file of a database.
async fn serve(file: &Path) -> ServerProcess {
    let server = ServerProcess::start(file.parent().expect("a folder"), &url(file), &[]);
    server.ready().await;
    server
}

/// A server with one list of so many people.
async fn serve_list(file: &Path, count: usize) -> (ServerProcess, TestList) {
    let server = serve(file).await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    list.add(&people(count)).await;
    (server, list)
}

/// Runs statements in a session of their own, which is closed afterwards: the last one would move the log into the file.
async fn execute(file: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut session = options.connect().await.expect("a connection");
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(&mut session).await.expect("a statement");
    session.close().await.expect("an end");
}

/// Kills a server that has just written something, while its log is not empty.
async fn kill_with_log(server: &mut ServerProcess, file: &Path, write: impl AsyncFn(&ServerProcess)) {
    loop {
        write(server).await;
        server.kill();
        if fs::metadata(with_suffix(file, "-wal")).is_ok_and(|log| log.len() > 0) {
            return;
        }
        // The machine was so busy that the log was emptied in the meantime.
        server.start_again();
        server.ready().await;
    }
}

/// Deletes a record that is not there, which is noted in the audit trail and nowhere else.
async fn delete_nothing(server: &ServerProcess, list: &TestList) {
    let list = list.asked_by(server.as_manager());
    list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
}

/// Waits until everything is in the database file, and its log is empty.
async fn wait_for_empty_log(file: &Path) {
    let log = with_suffix(file, "-wal");
    for _ in 0..3_000 {
        if fs::metadata(&log).is_ok_and(|log| log.len() == 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the log is not emptied");
}

/// All records of a list, as a server on any port shows them.
async fn records(list: &TestList) -> Vec<Value> {
    let mut records = list.records().await;
    for record in &mut records {
        record.as_object_mut().expect("a record").remove("_links");
    }
    records
}

/// Fails unless a server has exactly these records in a list.
async fn assert_records(server: &ServerProcess, list: &TestList, expected: &[Value]) {
    let found = records(&list.asked_by(server.as_manager())).await;
    let count = found.len();
    assert!(found == expected, "{count} records are not those {}", expected.len());
}
