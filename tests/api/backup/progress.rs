//! What a backup shows on a terminal.

use std::{fs, process::Command};

use crate::support::{Database::Sqlite, TestDatabase, apply, database_test, pass_over};

use super::{command, file, serve_list};

#[apply(database_test)]
async fn the_progress_is_shown_on_a_terminal_and_nowhere_else(#[values(Sqlite)] database: TestDatabase) {
    if Command::new("script").arg("--version").output().is_err() {
        return pass_over("script (util-linux)");
    }
    let path = file(&database);
    let (_server, _list) = serve_list(&path, 3).await;
    let backup = command(&path, &["backup", "on-terminal"]);
    let words = [backup.get_program()].into_iter().chain(backup.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let output = Command::new("script")
        .args(["-qefc", &words.join(" "), "typescript"])
        .current_dir(database.folder.path())
        .output()
        .expect("script runs");
    assert!(output.status.success());
    let shown = fs::read_to_string(database.folder.path().join("typescript")).expect("what was shown");
    assert!(shown.contains("\r\u{1b}[Kchecking the copy"), "{shown:?}");
    let output = command(&path, &["backup", "elsewhere"])
        .output()
        .expect("the program runs");
    assert!(output.status.success() && output.stderr.is_empty() && output.stdout.is_empty());
}
