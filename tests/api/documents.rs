//! Every command in the documents for people is run, as it is written there.
//!
//! `cargo` is stood in for by a function of the shell: `cargo run` and `record-lists` are the program under test, and what
//! starts tests or benchmarks is checked to name some. Nothing is installed or built. The server's port is another, since
//! its own may be taken.

use std::{fs, path::Path, process::Command};

use crate::support::{free_port, pass_over, program};

/// The documents with commands.
const DOCUMENTS: [&str; 5] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/using.md",
    "docs/operating.md",
];

/// What stands in for the commands that a test cannot start for real.
const STAND_INS: &str = r#"
set -eu
cargo() {
  local command=$1; shift
  case $command in
    run)
      while [ $# -gt 0 ]; do case $1 in --quiet) shift ;; --) shift; break ;; *) break ;; esac; done
      record-lists "${@:-serve}" ;;
    test)
      while [ $# -gt 0 ]; do
        case $1 in
          --test) test -f "$PROJECT/tests/$2/main.rs"; shift 2 ;;
          --) shift; break ;;
          *) shift ;;
        esac
      done
      "$TESTS" --list "$@" | grep ': test$' >/dev/null ;;
    bench) grep -q "^name = \"$2\"" "$PROJECT/Cargo.toml" ;;
    *) echo "nobody checks cargo $command" >&2; return 1 ;;
  esac
}
record-lists() {
  case $1 in
    serve | --*)
      stop
      "$PROGRAM" "$@" >welcome 2>log &
      echo $! >>servers
      for _ in $(seq 400); do is_ready && return; sleep 0.05; done
      echo "the server does not start" >&2; return 1 ;;
    *) "$PROGRAM" "$@" ;;
  esac
}
# Whether it has TLS or not.
is_ready() {
  for scheme in http https; do command curl -sfk "$scheme://$ADDRESS/health/ready" >/dev/null && return; done
  return 1
}
# What installs is not started: its lists of versions must be there.
python3() {
  mkdir -p "$3/bin"
  printf '#!/bin/sh\nwhile [ "$1" != -r ]; do shift; done; test -f "$PROJECT/$2"\n' >"$3/bin/pip"
  chmod +x "$3/bin/pip"
}
npm() { while [ "$1" != --prefix ]; do shift; done; test -f "$PROJECT/$2/package-lock.json"; }
curl() { command curl --silent --show-error --fail-with-body "$@"; }
stop() {
  for server in $(cat servers 2>/dev/null); do kill "$server"; wait "$server" || true; done
  rm -f servers
}
trap stop EXIT
"#;

/// The commands of a document, in order: the blocks that are marked as a shell's.
fn commands(text: &str) -> Vec<&str> {
    let blocks = text.split("```sh\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

/// The commands as a test can run them.
fn runnable(block: &str, address: &str) -> String {
    block
        .replace("127.0.0.1:8080", address)
        .replace(".ci/run", "bash -n \"$PROJECT/.ci/run\"")
}

#[test]
fn every_command_in_the_documents_works() {
    if Command::new("curl").arg("--version").output().is_err() {
        return pass_over("curl");
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in DOCUMENTS {
        let text = fs::read_to_string(project.join(document)).expect("a document");
        let commands = commands(&text);
        assert!(!commands.is_empty(), "{document} has no commands");
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("127.0.0.1:{}", free_port());
        let script: String = commands.iter().map(|block| runnable(block, &address) + "\n").collect();
        // The environment of the program, for a shell that starts it.
        let program = program(folder.path());
        let mut shell = Command::new("bash");
        for (name, _) in program.get_envs().filter(|(_, value)| value.is_none()) {
            shell.env_remove(name);
        }
        let output = shell
            .arg("-c")
            .arg(format!("{STAND_INS}\n{script}"))
            .env("PROGRAM", program.get_program())
            .env("TESTS", std::env::current_exe().expect("this program"))
            .env("PROJECT", project)
            .env("ADDRESS", &address)
            .env("RECORD_LISTS_BIND", &address)
            .current_dir(folder.path())
            .output()
            .expect("bash");
        let told = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{document}: {complaint}\n{told}");
        let expected: &[&str] = match document {
            // The three kinds; then the audit trail: the list and the three kinds.
            "README.md" => &["1", "1", "1", "1", "1", "1", "1"],
            // The three kinds, a dry run, and the request with a key.
            "docs/using.md" => &["3", "3", "2", "1", "1"],
            _ => &[],
        };
        let totals: Vec<&str> = told
            .split("\"total_deleted\":")
            .skip(1)
            .filter_map(|rest| rest.split(',').next())
            .collect();
        assert_eq!(totals, expected, "{document}");
        assert!(!told.contains("\"has_errors\":true"), "{document}: {told}");
        if document == "README.md" {
            assert!(told.contains("\"total_created\":3"), "{told}");
            let kinds: Vec<&str> = told
                .split("\"identifier_kind\":\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert_eq!(kinds, ["LIST", "ID", "EXTERNAL", "PHONE_NUMBER"]);
        }
    }
}

/// What the text tells to run, outside of blocks, with its subcommands and options.
#[test]
fn every_subcommand_in_the_text_is_there() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut count = 0;
    for document in DOCUMENTS {
        let text = fs::read_to_string(project.join(document)).expect("a document");
        for line in text.split('`').filter(|part| !part.contains('\n')) {
            let Some(arguments) = line.strip_prefix("record-lists ") else {
                continue;
            };
            let mut program = program(folder.path());
            program.args(arguments.split(' ')).arg("--help");
            let output = program.output().expect("the program runs");
            assert!(output.status.success(), "{document}: {line}");
            count += 1;
        }
    }
    assert!(count > 5, "{count} commands");
}
