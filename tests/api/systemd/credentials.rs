//! Secrets that systemd passes as files.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command, time::Duration};

use tempfile::{TempDir, tempdir};

use crate::support::{
    AUTHORITY, Database::Sqlite, SECRET, ServerProcess, TestDatabase, apply, assert_says, database_test, program,
    refusal, run, run_well,
};

/// A folder with these credentials, as systemd shows them to a service.
fn credentials(passed: &[(&str, &[u8])]) -> TempDir {
    let folder = tempdir().expect("a folder");
    for (name, content) in passed {
        let file = folder.path().join(name);
        fs::write(&file, content).expect("a file");
        // The rights of the service are in an access list, which shows as those of a group.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).expect("a mode");
    }
    folder
}

fn program_with(credentials: &TempDir, folder: &Path) -> Command {
    let mut command = program(folder);
    command.env("CREDENTIALS_DIRECTORY", credentials.path());
    command
}

#[test]
fn the_configuration_says_what_comes_from_credentials_and_shows_no_secret() {
    let folder = tempdir().expect("a folder");
    let passed = credentials(&[
        ("database-url", b"postgres://u:marked@h/db\n"),
        ("jwt-secret", SECRET.as_bytes()),
        ("signing-key", &[7; 32]),
        ("other", b"marked"),
    ]);
    let report = run_well(program_with(&passed, folder.path()).arg("config"));
    let of = |name: &str| passed.path().join(name).display().to_string();
    for expected in [
        "database_url = \"postgres://u:***@h/db\"  # credential database-url; what may be secret is not shown"
            .to_owned(),
        format!("jwt_secret_file = [\"{}\"]  # credential jwt-secret", of("jwt-secret")),
        format!("signing_key_file = \"{}\"  # credential signing-key", of("signing-key")),
    ] {
        assert!(
            report.lines().any(|line| line == expected),
            "{expected} is not in {report}"
        );
    }
    assert!(!report.contains("marked"), "{report}");
}

/// The file says what all deployments have in common, and whoever gives a flag or a variable means it.
#[test]
fn a_credential_counts_more_than_the_file_and_less_than_variables_and_flags() {
    let folder = tempdir().expect("a folder");
    let passed = credentials(&[("database-url", b"sqlite://credential.db")]);
    let file = folder.path().join("settings.toml");
    fs::write(&file, "database_url = \"sqlite://file.db\"\n").expect("a file");
    let origin = |variable: Option<&str>, flag: &[&str]| {
        let mut command = program_with(&passed, folder.path());
        command.arg("config").arg("--config").arg(&file).args(flag);
        if let Some(variable) = variable {
            command.env("RECORD_LISTS_DATABASE_URL", variable);
        }
        let report = run_well(&mut command);
        let line = report.lines().find(|line| line.starts_with("database_url"));
        line.expect("a line").to_owned()
    };
    assert_says(
        &origin(None, &[]),
        &["sqlite://credential.db", "# credential database-url"],
    );
    let variable = Some("sqlite://variable.db");
    assert_says(&origin(variable, &[]), &["sqlite://variable.db", "# variable"]);
    let flag = ["--database-url", "sqlite://flag.db"];
    assert_says(&origin(variable, &flag), &["sqlite://flag.db", "# --database-url"]);
}

/// Its mode shows rights of a group, which are those of the service itself.
#[test]
fn a_secret_signs_and_verifies_without_a_warning() {
    let folder = tempdir().expect("a folder");
    let passed = credentials(&[("jwt-secret", SECRET.as_bytes())]);
    let output = run(program_with(&passed, folder.path()).arg("keys"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{told}");
    assert_says(&String::from_utf8_lossy(&output.stdout), &["HS256", "jwt-secret"]);
    let token = run_well(program_with(&passed, folder.path()).args(["token", "--account", "acme"]));
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    // The same file without systemd.
    let file = passed.path().join("jwt-secret").display().to_string();
    let output = run(program(folder.path()).args(["keys", "--jwt-secret-file", &file]));
    assert_says(&String::from_utf8_lossy(&output.stderr), &["can be read by others"]);
}

#[test]
fn a_credential_that_cannot_be_used_is_refused_by_its_name() {
    let folder = tempdir().expect("a folder");
    for (name, content, expected) in [
        (
            "database-url",
            &b"\n"[..],
            "the credential database-url must not be empty",
        ),
        (
            "database-url",
            b"marked\xff",
            "the credential database-url cannot be read",
        ),
        ("database-url", b"marked://h", "the database URL must start with"),
        ("signing-key", b"marked", "is not a file of 32 bytes"),
        ("jwt-secret", b"marked", "jwt-secret"),
    ] {
        let passed = credentials(&[(name, content)]);
        assert_says(
            &refusal(program_with(&passed, folder.path()).arg("--no-docs")),
            &[expected],
        );
    }
}

#[apply(database_test)]
async fn a_certificate_and_its_key_are_credentials_too(#[values(Sqlite)] database: TestDatabase) {
    let pair = AUTHORITY.certify();
    let (certificate, key) = (pair.certificate.pem(), pair.key.serialize_pem());
    let passed = credentials(&[("tls-cert", certificate.as_bytes()), ("tls-key", key.as_bytes())]);
    let folder = database.folder.path();
    let server = ServerProcess::launch(program_with(&passed, folder), folder, &database.url, &[]);
    // It asks by https and trusts this certificate alone.
    let mut health = program_with(&passed, folder);
    health.args(["health", "--bind", &server.address.to_string()]);
    for _ in 0..1_200 {
        if run(&mut health).status.success() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(run_well(&mut health), "ready\n");
    assert!(!server.log().contains("can be read by others"));
    // One without the other.
    let passed = credentials(&[("tls-cert", certificate.as_bytes())]);
    let refused = refusal(program_with(&passed, folder).arg("--no-docs"));
    assert_says(&refused, &["--tls-key"]);
}

/// A service that lost its keys must not become one that everybody can use.
#[test]
fn without_a_key_nothing_starts_if_one_is_required() {
    let folder = tempdir().expect("a folder");
    let passed = credentials(&[]);
    let mut command = program_with(&passed, folder.path());
    let message = refusal(command.env("RECORD_LISTS_REQUIRE_KEY", "true"));
    assert_says(
        &message,
        &["--require-key", "--signing-key-file", "the credential signing-key"],
    );
    assert!(!folder.path().join("data").exists(), "something was created");
    let passed = credentials(&[("signing-key", &[7; 32])]);
    let report = run_well(program_with(&passed, folder.path()).args(["config", "--require-key"]));
    assert_says(&report, &["require_key = true  # --require-key"]);
}
