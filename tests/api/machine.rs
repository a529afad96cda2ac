//! What the machine allows: open files, the time, the mode of new files, and output that nobody reads.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::tempdir;

use crate::support::{
    Database::Sqlite, SECRET, ServerProcess, TestDatabase, apply, database_test, end_of, person, program, program_after,
};

/// The one sentence of a start that failed.
fn sentence(output: &Output) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.starts_with("record-lists: ") && message.lines().count() == 1,
        "{message}"
    );
    message
}

#[test]
fn too_few_open_files_end_the_start_with_a_sentence() {
    let folder = tempdir().expect("a folder");
    for (limit, arguments) in [
        (8, &["--bind", "127.0.0.1:0"][..]),
        (20, &["--bind", "127.0.0.1:0"]),
        (32, &["--bind", "127.0.0.1:0"]),
        (64, &["--bind", "127.0.0.1:0"]),
        (1_000, &["--bind", "127.0.0.1:0", "--workers", "512"]),
        (
            500,
            &[
                "--bind",
                "127.0.0.1:0",
                "--database-pool-size",
                "1000",
                "--database-url",
                "postgres://127.0.0.1:1/a",
            ],
        ),
        (8, &["token", "--account", "acme"]),
        (8, &["migrate", "up"]),
    ] {
        let mut command = program_after(&format!("ulimit -n {limit}"), folder.path());
        let message = sentence(&end_of(command.args(arguments)));
        let told = [&format!("open files is {limit}"), "at least", "ulimit -n"];
        assert!(
            told.iter().all(|told| message.contains(*told)),
            "{arguments:?}: {message}"
        );
        assert!(!folder.path().join("data/record-lists.db").exists());
    }
}

#[apply(database_test)]
async fn as_few_open_files_as_are_accepted_are_enough(database: TestDatabase) {
    let folder = database.folder.path();
    let arguments = [
        "--workers",
        "2",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &database.url,
    ];
    let message = sentence(&end_of(program_after("ulimit -n 40", folder).args(arguments)));
    let needed = message
        .split("at least ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let needed: u32 = needed.and_then(|needed| needed.parse().ok()).expect("a number");
    let command = program_after(&format!("ulimit -n {needed}"), folder);
    let server = ServerProcess::launch(command, folder, &database.url, &["--workers", "2"]);
    server.ready().await;
    let list = crate::support::TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    let callers = (0..40).map(|_| server.as_manager());
    let reads = futures_util::future::join_all(callers.map(|caller| {
        let path = list.path("/records");
        async move { caller.get(&path).send().await.status }
    }));
    assert_eq!(reads.await, [200; 40]);
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

/// A library that sets the clock of one process to the seconds since 1970 in a file.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_REALTIME) return syscall(SYS_clock_gettime, clock, time);
    long seconds = 0;
    FILE *file = fopen(getenv("CLOCK_FILE"), "r");
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    time->tv_sec = seconds;
    time->tv_nsec = 0;
    return 0;
}
"#;

/// A command whose clock says what `clock` in the folder says.
fn with_clock(mut command: Command, folder: &Path, seconds: i64) -> Command {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    fs::write(&source, CLOCK).expect("a file");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .status();
    assert!(
        compiled.is_ok_and(|compiled| compiled.success()),
        "cc, which the program itself needs"
    );
    fs::write(folder.join("clock"), seconds.to_string()).expect("a file");
    command
        .env("LD_PRELOAD", library)
        .env("CLOCK_FILE", folder.join("clock"));
    command
}

#[test]
fn a_clock_that_cannot_be_right_ends_the_start_with_a_sentence() {
    let folder = tempdir().expect("a folder");
    for (seconds, told) in [
        (-86_400, "before 1970"),
        (0, "1970-01-01T00:00:00Z"),
        (946_684_800, "2000-01-01T00:00:00Z"),
        (253_402_300_800, "+10000-01-01T00:00:00Z"),
        (i64::MAX, "no calendar"),
    ] {
        for arguments in [
            &["--bind", "127.0.0.1:0"][..],
            &["token", "--account", "acme"],
            &["migrate", "up"],
        ] {
            let mut command = with_clock(program(folder.path()), folder.path(), seconds);
            let message = sentence(&end_of(command.args(arguments)));
            assert!(message.contains(told) && message.contains("set it"), "{message}");
        }
    }
    let mut command = with_clock(program(folder.path()), folder.path(), -1);
    assert!(
        command
            .arg("openapi")
            .output()
            .expect("the program runs")
            .status
            .success()
    );
}

#[apply(database_test)]
async fn a_clock_that_is_set_wrong_later_breaks_no_request(database: TestDatabase) {
    let folder = database.folder.path();
    let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_secs();
    let command = with_clock(program(folder), folder, now as i64);
    let server = ServerProcess::launch(command, folder, &database.url, &[]);
    server.ready().await;
    let list = crate::support::TestList::create(server.as_manager(), "NOTHING").await;
    for seconds in [-86_400, 0, now as i64] {
        fs::write(folder.join("clock"), seconds.to_string()).expect("a file");
        let ids = list.add(&[person("+14155550101")]).await;
        list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
        server
            .as_anonymous()
            .get("/health/live")
            .send()
            .await
            .assert_status(200);
    }
    assert!(!server.log().contains("a handler panicked"), "{}", server.log());
}

/// The permissions of the files in a folder.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let files = fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file"));
    let mut modes: Vec<(String, u32)> = files
        .map(|file| {
            let mode = file.metadata().expect("a file").permissions().mode();
            (file.file_name().to_string_lossy().into_owned(), mode & 0o777)
        })
        .collect();
    modes.sort();
    modes
}

#[tokio::test]
async fn only_the_owner_can_read_the_files_of_a_database() {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::set_permissions(&data, Permissions::from_mode(0o755)).expect("a mode");
    let url = format!("sqlite://{}", data.join("lists.db").display());
    let names = ["lists.db", "lists.db-shm", "lists.db-wal", "lists.db.lock"];
    let private = names.map(|name| (name.to_owned(), 0o600));

    let command = program_after("umask 000", folder.path());
    let mut server = ServerProcess::launch(command, folder.path(), &url, &[]);
    server.ready().await;
    assert_eq!(modes(&data), private);
    assert!(!server.log().contains("open to other users"));
    server.kill();

    // A copy that was put back with the usual mode.
    for name in names {
        fs::set_permissions(data.join(name), Permissions::from_mode(0o644)).expect("a mode");
    }
    server.start_again();
    server.ready().await;
    assert_eq!(modes(&data), private);
    let log = server.log();
    let told = log.lines().filter(|line| line.contains("open to other users"));
    assert_eq!(
        told.filter(|line| line.contains("WARN") && line.contains("lists.db"))
            .count(),
        names.len()
    );
}

#[test]
fn the_development_key_and_its_folder_are_private() {
    let folder = tempdir().expect("a folder");
    let mut command = program_after("umask 000", folder.path());
    let token = command.args(["token", "--account", "acme"]).output();
    assert!(token.expect("the program runs").status.success());
    let data = folder.path().join("data");
    let files = ["development-jwt-secret", "development-signing-key"];
    assert_eq!(modes(&data), files.map(|name| (name.to_owned(), 0o600)));
    let mode = fs::metadata(&data).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// The end of a pipe that nobody reads.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[apply(database_test)]
async fn a_command_whose_output_nobody_reads_ends_in_silence(#[values(Sqlite)] database: TestDatabase) {
    for arguments in [
        &["openapi"][..],
        &["config"],
        &["completions", "bash"],
        &["man"],
        &["token", "--account", "acme"],
        &["migrate", "status"],
        &["migrate", "up"],
        &["--help"],
        &["serve", "--help"],
        &["help"],
        &["--version"],
    ] {
        let mut command = program(database.folder.path());
        command.env("RECORD_LISTS_DATABASE_URL", &database.url);
        let output = end_of(command.args(arguments).stdout(closed_pipe()));
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{arguments:?}: {output:?}"
        );
    }
    // A sentence that nobody reads changes nothing about the end.
    for (arguments, status) in [
        (&["--bind", "x"][..], 2),
        (&["--config", "missing.toml"], 1),
        (&["--unknown"], 2),
    ] {
        let ended = program(database.folder.path())
            .args(arguments)
            .stderr(closed_pipe())
            .status();
        assert_eq!(ended.expect("the program runs").code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let folder = tempdir().expect("a folder");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    for arguments in [
        &["openapi"][..],
        &["config"],
        &["completions", "zsh"],
        &["man"],
        &["token", "--account", "acme"],
        &["migrate", "up", "--database-url", "sqlite://new.db"],
    ] {
        let mut command = program(folder.path());
        let message = sentence(&end_of(command.args(arguments).stdout(full())));
        assert!(message.contains("standard output cannot be written"), "{message}");
    }
}

/// The welcome and the log go to pipes that are closed, as after `2>&1 | head -1`.
#[tokio::test]
async fn a_server_goes_on_when_nobody_reads_what_it_says() {
    let folder = tempdir().expect("a folder");
    let port = crate::support::free_port();
    let mut server = program(folder.path())
        .args(["--bind", &format!("127.0.0.1:{port}"), "--log", "trace"])
        .stdout(closed_pipe())
        .stderr(closed_pipe())
        .spawn()
        .expect("the program starts");
    let client = reqwest::Client::new();
    let mut status = None;
    for _ in 0..1_200 {
        let request = client.get(format!("http://127.0.0.1:{port}/record-lists"));
        if let Ok(answer) = request.header("authorization", format!("Bearer {SECRET}")).send().await {
            status = Some(answer.status().as_u16());
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status, Some(401));
    assert!(server.try_wait().expect("a state").is_none());
    server.kill().expect("the server is there");
    server.wait().expect("an end");
}
