//! `record-lists completions SHELL`

use std::{fs, process::Command};

use tempfile::tempdir;

use super::{printed, subcommands};
use crate::support::{assert_says, pass_over, program, refusal};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[test]
fn each_shell_gets_all_subcommands_and_flags() {
    let folder = tempdir().expect("a folder");
    for shell in SHELLS {
        let script = printed(folder.path(), &["completions", shell]);
        for path in subcommands() {
            let last = path.rsplit(' ').next().expect("a name");
            assert!(script.contains(last), "{shell}: {path}");
        }
        for flag in ["queue-length", "discard", "directory", "url"] {
            assert!(script.contains(flag), "{shell}: {flag}");
        }
    }
    let message = refusal(program(folder.path()).args(["completions", "marked"]));
    assert_says(&message, &["SHELL must be bash or ", "zsh"]);
}

/// What bash would offer for a command line whose last word has begun.
fn offered(script: &str, words: &[&str]) -> Vec<String> {
    let last = words.len() - 1;
    let asked = format!(
        "{script}\nCOMP_WORDS=({}); COMP_CWORD={last}; \
         _record__lists record-lists \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$COMP_CWORD-1]}}\"; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" ")
    );
    let output = Command::new("bash").args(["-c", &asked]).output().expect("bash");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let offered = String::from_utf8(output.stdout).expect("a text");
    offered.lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_what_the_subcommand_uses() {
    if Command::new("bash").arg("--version").output().is_err() {
        return pass_over("bash");
    }
    let folder = tempdir().expect("a folder");
    let script = printed(folder.path(), &["completions", "bash"]);
    let file = folder.path().join("record-lists.bash");
    fs::write(&file, &script).expect("a file");
    let parsed = Command::new("bash").arg("-n").arg(&file).output().expect("bash");
    assert!(parsed.status.success() && parsed.stderr.is_empty(), "{parsed:?}");
    for (words, expected) in [
        (&["record-lists", "hea"][..], &["health"][..]),
        (&["record-lists", "health", "--b"], &["--bind"]),
        (&["record-lists", "health", "--lan"], &[]),
        (&["record-lists", "serve", "--lan"], &["--lanes"]),
        (&["record-lists", "client", "re"], &["revoke"]),
        (&["record-lists", "completions", "fi"], &["fish"]),
    ] {
        let offered = offered(&script, words);
        let offered: Vec<&str> = offered
            .iter()
            .map(String::as_str)
            .filter(|word| !word.is_empty())
            .collect();
        assert_eq!(offered, expected, "{words:?}");
    }
}
