//! Files that cannot be used end the start with one sentence that names the flag and the file.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use rcgen::date_time_ymd;
use tempfile::tempdir;

use crate::support::{
    AUTHORITY, Database::Sqlite, ServerProcess, TestDatabase, apply, assert_says, database_test, pass_over, program,
    refusal, run_well,
};

/// The refusal of a start with these files.
#[track_caller]
fn refused(folder: &Path, certificate: &str, key: &str) -> String {
    let mut command = program(folder);
    command
        .args(["--log", "off", "--bind", "127.0.0.1:0"])
        .args(["--tls-cert", certificate, "--tls-key", key]);
    refusal(&mut command)
}

#[test]
fn one_file_without_the_other_is_refused() {
    let folder = tempdir().expect("a folder");
    for (set, missing) in [("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")] {
        for subcommand in ["serve", "config"] {
            let mut command = program(folder.path());
            let message = refusal(command.args([subcommand, set, "marked.pem"]));
            assert_says(&message, &[&format!("{set} is set, but not {missing}")]);
        }
    }
    assert!(!folder.path().join("data").exists(), "nothing is created");
}

#[test]
fn files_that_are_no_certificate_and_its_key_are_refused() {
    let folder = tempdir().expect("a folder");
    let pair = AUTHORITY.certify();
    pair.write(folder.path());
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("empty.pem", "");
    write("text.pem", "marked\n");
    write("other-key.pem", &AUTHORITY.certify().key.serialize_pem());
    let block = |label: &str| format!("-----BEGIN {label}-----\nbWFya2Vk\n-----END {label}-----\n");
    write("faulty.pem", &block("CERTIFICATE"));
    write("faulty-key.pem", &block("PRIVATE KEY"));
    write("encrypted.pem", &block("ENCRYPTED PRIVATE KEY"));
    write("large.pem", &"#\n".repeat(600_000));
    for (certificate, key, told) in [
        (
            "missing.pem",
            "key.pem",
            "missing.pem of --tls-cert cannot be read: No such file",
        ),
        (
            "certificate.pem",
            "missing.pem",
            "missing.pem of --tls-key cannot be read: No such file",
        ),
        (".", "key.pem", "of --tls-cert is not a regular file"),
        ("/dev/zero", "key.pem", "/dev/zero of --tls-cert is not a regular file"),
        (
            "certificate.pem",
            "/dev/zero",
            "/dev/zero of --tls-key is not a regular file",
        ),
        (
            "large.pem",
            "key.pem",
            "large.pem of --tls-cert is not a regular file of at most 1048576 bytes",
        ),
        (
            "empty.pem",
            "key.pem",
            "empty.pem of --tls-cert contains no certificate",
        ),
        ("text.pem", "key.pem", "text.pem of --tls-cert contains no certificate"),
        ("key.pem", "key.pem", "key.pem of --tls-cert contains no certificate"),
        (
            "faulty.pem",
            "key.pem",
            "faulty.pem of --tls-cert contains something that is not",
        ),
        (
            "certificate.pem",
            "empty.pem",
            "empty.pem of --tls-key contains no private key",
        ),
        (
            "certificate.pem",
            "certificate.pem",
            "certificate.pem of --tls-key contains no private key",
        ),
        (
            "certificate.pem",
            "encrypted.pem",
            "encrypted.pem of --tls-key is encrypted",
        ),
        (
            "certificate.pem",
            "other-key.pem",
            "other-key.pem of --tls-key does not belong to the first certificate",
        ),
        (
            "certificate.pem",
            "faulty-key.pem",
            "faulty-key.pem of --tls-key cannot be used",
        ),
    ] {
        assert_says(&refused(folder.path(), certificate, key), &[told]);
    }
}

/// As `openssl` encrypts it, in both forms that it has.
#[test]
fn an_encrypted_key_is_refused_with_what_to_do() {
    if Command::new("openssl").arg("version").output().is_err() {
        return pass_over("openssl");
    }
    let folder = tempdir().expect("a folder");
    AUTHORITY.certify().write(folder.path());
    for form in [&["pkcs8", "-topk8"][..], &["ec", "-aes128"]] {
        let mut openssl = Command::new("openssl");
        openssl
            .args(form)
            .args(["-in", "key.pem", "-out", "encrypted.pem", "-passout", "pass:marked"])
            .current_dir(folder.path());
        run_well(&mut openssl);
        let message = refused(folder.path(), "certificate.pem", "encrypted.pem");
        assert_says(&message, &["encrypted.pem of --tls-key is encrypted", "openssl pkey"]);
    }
}

#[test]
fn a_certificate_that_is_not_valid_now_is_refused_with_its_date() {
    let folder = tempdir().expect("a folder");
    let old = AUTHORITY.certify_with(&["localhost"], |params| {
        params.not_after = date_time_ymd(2020, 2, 3);
    });
    old.write(folder.path());
    let message = refused(folder.path(), "certificate.pem", "key.pem");
    assert_says(&message, &["certificate.pem of --tls-cert has expired", "2020-02-03"]);
    let future = AUTHORITY.certify_with(&["localhost"], |params| {
        params.not_before = date_time_ymd(2150, 2, 3);
    });
    future.write(folder.path());
    let message = refused(folder.path(), "certificate.pem", "key.pem");
    assert_says(
        &message,
        &["certificate.pem of --tls-cert is not valid before 2150-02-03"],
    );
}

#[apply(database_test)]
async fn a_key_that_others_can_read_is_warned_of(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let flags = AUTHORITY.certify().flags(folder);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let key = folder.join("key.pem");
    for (mode, is_warned) in [(0o600, false), (0o640, true)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("permissions");
        let mut server = ServerProcess::start(folder, &database.url, &flags);
        server.ready().await;
        let warning = format!(
            "{} can be read by others than its owner (mode {mode:04o})",
            key.display()
        );
        assert_eq!(server.log().contains(&warning), is_warned, "{mode:o}");
        server.terminate();
    }
}
