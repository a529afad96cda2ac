//! The contract that the code cites is the one in docs/contract.md.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

const CITED: &str = "docs/contract.md section";

/// The files of Rust below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The numbers that stand right behind a citation: `1.6`, `1.6 and 1.16`, `2 to 4`.
fn numbers(behind: &str) -> Vec<String> {
    let words = behind.trim_start_matches('s').split_whitespace();
    let mut numbers = Vec::new();
    for word in words {
        let number = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        match number.starts_with(|c: char| c.is_ascii_digit() || c == 'A') {
            true => numbers.push(number.to_owned()),
            false if word == "and" || word == "to" => {}
            false => break,
        }
        if number.len() < word.len() {
            break;
        }
    }
    numbers
}

#[test]
fn every_cited_section_of_the_contract_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let contract = fs::read_to_string(project.join("docs/contract.md")).expect("the contract");
    let headings = contract.lines().filter(|line| line.starts_with("##"));
    let sections: HashSet<&str> = headings.filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert!(sections.contains("5.3"), "{sections:?}");
    let mut cited = 0;
    for folder in ["src", "entity/src", "migration/src", "tests/api", "benches"] {
        for path in sources(&project.join(folder)) {
            let text = fs::read_to_string(&path).expect("a file");
            // A citation may be wrapped.
            let text = text
                .lines()
                .map(|line| line.trim().trim_start_matches('/').trim_start_matches('!'));
            let text = text.collect::<Vec<_>>().join(" ").replace("  ", " ");
            for behind in text.split(CITED).skip(1) {
                for number in numbers(behind) {
                    assert!(
                        sections.contains(number.as_str()),
                        "{}: section {number}",
                        path.display()
                    );
                    cited += 1;
                }
            }
        }
    }
    assert!(cited > 40, "{cited} citations");
}
