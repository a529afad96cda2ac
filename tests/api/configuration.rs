//! What the command line, the variables and the file say: carried out, or refused with one sentence that says what to
//! do. A refusal never repeats a value.

use tempfile::tempdir;

use crate::support::{
    Database::Sqlite, ServerProcess, Spoken, TestDatabase, apply, assert_says, database_test, free_port, program,
    refusal,
};

#[test]
fn a_flag_whose_value_has_another_form_is_refused_with_the_form() {
    let folder = tempdir().expect("a folder");
    for (arguments, told) in [
        (["--bind", "8080"], ["--bind must be", "\"localhost:8080\""]),
        (["--bind", "marked:http"], ["--bind must be", "\"127.0.0.1:8080\""]),
        (
            ["--public-url", "marked.example.com"],
            ["--public-url must be", "\"https://dialer.example.com/lists\""],
        ),
        (
            ["--public-url", "https://user:marked@dialer.example.com"],
            ["--public-url must be", "a path"],
        ),
        (
            ["--trusted-proxies", "marked"],
            ["--trusted-proxies must be", "10.0.0.0/8"],
        ),
        (
            ["--cors-origins", "marked"],
            ["--cors-origins must be", "https://app.example.com"],
        ),
        (
            ["--wire-format", "marked"],
            ["--wire-format must be", "full or published"],
        ),
        (["--log-format", "marked"], ["--log-format must be", "pretty or json"]),
        (["--demo=marked", "--lanes=1"], ["--demo must be", "true or false"]),
        (["--workers", "0"], ["--workers must be", "from 1 to 512"]),
        (
            ["--database-pool-size", "0"],
            ["--database-pool-size must be", "from 1 to 10000"],
        ),
        (["--queue-length", "0"], ["--queue-length must be", "from 1 to 1000000"]),
        (
            ["--queue-bytes", "1"],
            ["--queue-bytes must be", "from 4194304 to 1099511627776"],
        ),
        (["--lock-timeout", "0s"], ["--lock-timeout must be", "from 1ms to 24h"]),
        (
            ["--shutdown-timeout", "3"],
            ["--shutdown-timeout must be", "such as \"3s\""],
        ),
        (
            ["--log", "verbose"],
            ["--log must be", "trace, debug, info, warn, error or off"],
        ),
        (["--log", "warning"], ["--log must be", "warn, error"]),
        (["--log", "record-lists=debug"], ["--log must name", "record_lists"]),
        (
            ["--log", "info,record_lists::storage=debug"],
            ["--log must name", "modules"],
        ),
        (["--jwt-audience", ""], ["--jwt-audience is empty", "leave it out"]),
    ] {
        assert_says(&refusal(program(folder.path()).args(arguments)), &told);
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_variable_is_refused_by_its_name() {
    let folder = tempdir().expect("a folder");
    for (name, value, told) in [
        ("RECORD_LISTS_BIND", "marked", "such as"),
        ("RECORD_LISTS_LOG", "", "must be a level"),
        ("RECORD_LISTS_JWT_ISSUER", "", "is empty"),
        ("RECORD_LISTS_CONFIG", "", "is empty"),
        ("RECORD_LISTS_DATABASE_URL", "", "is empty"),
        ("RECORD_LISTS_DATABASE_POOL_SIZE", "marked", "from 1 to 10000"),
        ("RECORD_LISTS_NO_MIGRATE", "marked", "true or false"),
        ("RECORD_LISTS_WIRE_FORMAT", "marked", "full or published"),
    ] {
        for arguments in [&[][..], &["serve"], &["token", "--account", "acme"]] {
            let message = refusal(program(folder.path()).args(arguments).env(name, value));
            assert_says(&message, &[&format!("the variable {name} "), told]);
        }
    }
}

#[test]
fn a_file_is_refused_by_its_keys() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    let refused = |arguments: &[&str]| {
        let mut command = program(folder.path());
        refusal(command.args(arguments).args(["--config", "settings.toml"]))
    };
    assert_says(&refused(&[]), &["settings.toml cannot be read", "No such file"]);
    for (text, told) in [
        ("lock_timeout = 3", ["lock_timeout must be a time", "\"3s\""]),
        (
            "cors_origins = [\"marked\"]",
            ["cors_origins must be", "https://app.example.com"],
        ),
        (
            "lock_timeuot = \"3s\"",
            ["lock_timeuot is unknown", "lock_timeout may be meant"],
        ),
        ("lanes = 2\nmarked", ["not valid TOML", "line 2"]),
        (
            "database_url = \"sqlite://marked.db?foo=bar\"",
            ["the parameter foo", "mode=rwc"],
        ),
    ] {
        std::fs::write(&file, text).expect("a file");
        for arguments in [&[][..], &["migrate", "status"]] {
            let message = refused(arguments);
            assert_says(&message, &told);
            assert!(!message.contains("default."), "{message}");
        }
    }
}

#[test]
fn a_variable_that_is_nearly_that_of_a_setting_is_refused() {
    let folder = tempdir().expect("a folder");
    for (name, meant) in [
        ("RECORD_LISTS_BINDD", "RECORD_LISTS_BIND "),
        ("RECORD_LISTS_BIDN", "RECORD_LISTS_BIND "),
        ("RECORD_LISTS_JWT_SECRT", "RECORD_LISTS_JWT_SECRET "),
        ("RECORD_LIST_DEMO", "RECORD_LISTS_DEMO "),
    ] {
        for arguments in [&["serve"][..], &["token", "--account", "acme"], &["migrate", "status"]] {
            let message = refusal(program(folder.path()).args(arguments).env(name, "marked"));
            assert_says(&message, &[&format!("the variable {name};"), meant]);
        }
    }
}

#[apply(database_test)]
async fn other_variables_are_named_once_or_passed_over(#[values(Sqlite)] database: TestDatabase) {
    let passed_over = [
        "RECORD_LISTS_TEST_WHATEVER",
        "RECORD_LISTS_PORT",
        "RECORD_LISTS_PORT_8080_TCP_ADDR",
        "RECORD_LISTS_SERVICE_HOST",
        "RECORD_LISTS_SERVICE_PORT_HTTP",
        "RECORD_LISTS_WEB_PORT_80_TCP",
    ];
    let mut command = program(database.folder.path());
    command.envs(passed_over.map(|name| (name, "tcp://10.0.0.1:80")));
    command.envs(["RECORD_LISTS_COLOUR", "RECORD_LISTS_FLAVOUR"].map(|name| (name, "marked")));
    let server = ServerProcess::launch(command, database.folder.path(), &database.url, &[]);
    server.ready().await;
    let log = server.log();
    let naming: Vec<&str> = log.lines().filter(|line| line.contains("RECORD_LISTS_")).collect();
    assert_eq!(naming.len(), 1, "{naming:?}");
    assert_says(naming[0], &["WARN", "RECORD_LISTS_COLOUR, RECORD_LISTS_FLAVOUR"]);
    assert!(!log.contains("marked") && !passed_over.iter().any(|name| log.contains(name)));
}

#[test]
fn a_host_name_is_an_address_to_listen_on() {
    let folder = tempdir().expect("a folder");
    let port = free_port();
    let mut command = program(folder.path());
    command.args(["--bind", &format!("localhost:{port}")]);
    let welcome = Spoken::start(command).read_to("Start with --demo");
    let is_loopback = ["127.0.0.1", "[::1]"].map(|host| welcome.contains(&format!("http://{host}:{port}/docs/")));
    assert!(is_loopback.contains(&true), "{welcome}");
    let unknown = refusal(program(folder.path()).args(["--bind", "no-such-host.invalid:80"]));
    assert_says(&unknown, &["--bind no-such-host.invalid:80", "IP address"]);
}

/// A URL with a password may stand where a file or a subcommand is expected.
#[test]
fn what_nothing_takes_is_refused_and_not_repeated() {
    let folder = tempdir().expect("a folder");
    let url = "postgres://u:marked@h/db";
    for (arguments, told) in [
        (&[url][..], "neither a subcommand nor a flag"),
        (&["serve", url], "neither a subcommand nor a flag"),
        (&["migrate", "up", url], "neither a subcommand nor a flag"),
        (&["--bindd=marked"], "there is no flag --bindd here"),
        (&["migrate", "marked"], "ACTION must be up or status"),
        (&["backup", ""], "FILE is empty"),
    ] {
        let message = refusal(program(folder.path()).args(arguments));
        assert!(message.contains(told) && !message.contains("marked"), "{message}");
    }
}
