//! The URL of the database: what is carried out and refused, and what a start says about it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use rstest::rstest;
use tempfile::tempdir;

use crate::support::{
    Blocker, Cluster,
    Database::{Postgres, Sqlite},
    SECRET, ServerProcess, TestDatabase, apply, assert_says, database_test, pass_over, program, refusal, run_well,
    shell_as_ordinary_user,
};

#[test]
fn parameters_of_a_database_url_are_carried_out_or_refused() {
    let folder = tempdir().expect("a folder");
    let refused = |arguments: &[&str], url: &str| {
        let mut command = program(folder.path());
        command.env("RECORD_LISTS_DATABASE_URL", url);
        refusal(command.args(arguments).args(["--bind", "127.0.0.1:0"]))
    };
    for (url, told) in [
        ("sqlite://data/a.db?mode=ro", "mode=ro, but the server writes"),
        ("sqlite://data/a.db?mode=marked", "an unknown mode"),
        ("sqlite://data/a.db?mode=memory", "names no file"),
        ("sqlite://.", "the folder .;"),
        ("sqlite://data/a.db?foo=bar", "the parameter foo,"),
        ("sqlite://data/a.db?mode=rw&cache=shared", "the parameter cache,"),
        ("sqlite://data/a.db?mode=rw", "no database file data/a.db"),
        ("postgres://localhost/a?sslmod=marked", "the parameter sslmod,"),
        ("postgres://localhost/a?sslmode=marked", "the parameter sslmode "),
        ("postgres://user:marked@a:1,b:2/c", "one host"),
        ("mysql://user:marked@localhost/a", "sqlite:// or postgres://"),
    ] {
        for arguments in [&["serve"][..], &["migrate", "up"]] {
            assert_says(&refused(arguments, url), &[told]);
        }
        assert!(!folder.path().join("data").exists(), "{url}");
    }
}

#[apply(database_test)]
async fn a_mode_says_whether_the_file_may_be_missing(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let existing = ServerProcess::start(folder, &format!("{}?mode=rw", database.url), &[]);
    existing.ready().await;
    let new = format!("sqlite://{}/a%20new%3F.db?mode=rwc", folder.display());
    let new = ServerProcess::start(folder, &new, &[]);
    new.ready().await;
    assert!(folder.join("a new?.db").exists());
}

/// The first line of a log that names the database.
fn line_of_database(server: &ServerProcess) -> String {
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("the database") && line.contains("version="));
    line.unwrap_or_else(|| panic!("{log}")).to_owned()
}

#[apply(database_test)]
async fn a_start_says_which_database_it_opened(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.alive().await;
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    let line = line_of_database(&server);
    if database.kind == Sqlite {
        let path = database.folder.path().canonicalize().expect("a folder").join("test.db");
        assert_says(
            &line,
            &["INFO", "opened the database", &version, &path.display().to_string()],
        );
    } else {
        let (_, place) = database.url.rsplit_once('@').unwrap_or(("", &database.url));
        let place = place.trim_start_matches("postgres://");
        let (host, name) = place.split_once('/').expect("a name");
        let name = name.split('?').next().expect("a name");
        assert_says(
            &line,
            &["INFO", "uses the database", &version, &format!("{name} on {host}")],
        );
    }
    server.terminate();
}

#[tokio::test]
async fn a_start_says_that_it_created_the_database() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("new/folder/a.db");
    let mut server = ServerProcess::start(folder.path(), &format!("sqlite://{}", path.display()), &[]);
    server.ready().await;
    let path = path.canonicalize().expect("a file").display().to_string();
    assert_says(&line_of_database(&server), &["created the database", &path]);
    server.terminate();
    let log = server.log().len();
    server.start_again();
    server.ready().await;
    let second = server.log().split_off(log);
    assert!(
        second.contains("opened the database") && !second.contains("created the database"),
        "{second}"
    );
}

#[test]
fn a_password_of_a_database_is_not_logged() {
    let folder = tempdir().expect("a folder");
    let log = logged_with(
        folder.path(),
        "postgres://marked:marked@127.0.0.1:1/lists?application_name=marked",
    );
    assert!(log.contains("lists on 127.0.0.1:1") && !log.contains("marked"), "{log}");
}

/// What a server logs that starts with this database and is told to stop.
fn logged_with(folder: &Path, url: &str) -> String {
    let log = folder.join("log");
    let mut server = program(folder)
        .env("RECORD_LISTS_JWT_SECRET", SECRET)
        .args(["--bind", "127.0.0.1:0", "--log", "trace", "--database-url", url])
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("the program starts");
    let read = || std::fs::read_to_string(&log).expect("a log");
    for _ in 0..1_200 {
        if read().contains("the database") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    server.kill().expect("the server is there");
    server.wait().expect("an end");
    read()
}

#[apply(database_test)]
async fn a_name_in_the_url_is_that_of_the_sessions(#[values(Postgres)] database: TestDatabase) {
    let join = if database.url.contains('?') { '&' } else { '?' };
    let url = format!("{}{join}application_name=lists_of_acme", database.url);
    let server = ServerProcess::start(database.folder.path(), &url, &[]);
    server.ready().await;
    let mut session = Blocker::connect(&database).await;
    let named = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lists_of_acme'";
    assert!(session.number(named).await > 0);
}

/// A certificate as `openssl x509 -req` makes it without extensions, in a folder of the user that PostgreSQL runs as.
const OLD_CERTIFICATE: &str = "umask 077; cd \"$(mktemp -d /tmp/record-lists-test-XXXXXX)\" && pwd && \
    openssl req -new -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem 2>&1 && \
    openssl x509 -req -in request.pem -signkey key.pem -days 365 -out certificate.pem 2>&1";

/// Citus makes itself such certificates. They are not even to be verified, and yet cannot be used.
#[rstest]
fn a_certificate_of_an_old_version_is_named(#[values("prefer", "require")] mode: &str) {
    if Command::new("openssl").arg("version").output().is_err() {
        return pass_over("openssl");
    }
    let made = run_well(shell_as_ordinary_user().args(["-c", OLD_CERTIFICATE]));
    let folder = made.lines().next().expect("a folder");
    let settings = [
        "--ssl=on".to_owned(),
        format!("--ssl_cert_file={folder}/certificate.pem"),
        format!("--ssl_key_file={folder}/key.pem"),
    ];
    let cluster = Cluster::with_settings(&settings.each_ref().map(String::as_str));
    std::fs::remove_dir_all(folder).expect("a folder");
    let Some(cluster) = cluster else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let url = format!("{}?sslmode={mode}", cluster.url("postgres"));
    let folder = tempdir().expect("a folder");
    let migrate = |url: &str| {
        let mut command = program(folder.path());
        command.args(["migrate", "up", "--database-url", url]);
        command
    };
    let told = refusal(&mut migrate(&url));
    assert_says(&told, &["has version 1 of X.509", "sslmode=disable"]);
    let way_out = format!("{}?sslmode=disable", cluster.url("postgres"));
    run_well(&mut migrate(&way_out));
}
