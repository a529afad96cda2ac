//! The table of settings in docs/operating.md is the one that the program's flags make.

use std::{fs, path::Path};

use clap::Arg;
use record_lists::config::Settings;

const BEGIN: &str = "<!-- settings: begin -->\n";
const END: &str = "<!-- settings: end -->";

/// The table as the flags make it.
fn table() -> String {
    let mut table = "| flag | variable | default | meaning |\n|---|---|---|---|\n".to_owned();
    let command = Settings::command();
    for setting in command.get_arguments() {
        let Some(flag) = setting.get_long().filter(|flag| *flag != "help") else {
            continue;
        };
        let variable = setting.get_env().expect("a variable").to_string_lossy();
        // One name everywhere: the key of the file is the id.
        let id = setting.get_id().as_str();
        assert_eq!(variable, format!("RECORD_LISTS_{}", id.to_uppercase()));
        assert_eq!(flag, id.replace('_', "-"));
        let (meaning, default) = meaning_and_default(setting);
        table.push_str(&format!("| `--{flag}` | `{variable}` | {default} | {meaning} |\n"));
    }
    table
}

/// What the help says, and what holds without the setting: clap knows values, and the help says where there is none.
fn meaning_and_default(setting: &Arg) -> (String, String) {
    let help = setting.get_help().expect("a help text").to_string();
    let (meaning, stated) = match help.split_once(" [default: ") {
        Some((meaning, default)) => (meaning.to_owned(), Some(default.trim_end_matches(']').to_owned())),
        None => (help, None),
    };
    let values = setting.get_default_values();
    let values: Vec<_> = values.iter().map(|value| value.to_string_lossy()).collect();
    let default = stated.unwrap_or_else(|| format!("`{}`", values.join(",")));
    let words: Vec<_> = setting
        .get_possible_values()
        .iter()
        .map(|word| format!("`{}`", word.get_name()))
        .collect();
    let is_yes_or_no = words.iter().any(|word| word == "`true`");
    let meaning = match () {
        () if is_yes_or_no => format!("{meaning}; yes or no"),
        () if !words.is_empty() => format!("{meaning}: {}", words.join(" or ")),
        () if setting.get_value_delimiter().is_some() => format!("{meaning}; several values"),
        () => meaning,
    };
    (meaning, default)
}

/// With `RECORD_LISTS_TEST_UPDATE=1` the table is written instead.
#[test]
fn the_table_of_settings_is_that_of_the_flags() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md");
    let text = fs::read_to_string(&path).expect("a document");
    let (before, rest) = text.split_once(BEGIN).expect("the begin of the table");
    let (kept, after) = rest.split_once(END).expect("the end of the table");
    let table = table();
    if std::env::var_os("RECORD_LISTS_TEST_UPDATE").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("the document is written");
    } else {
        assert_eq!(kept, table, "run `just document` to write the table anew");
    }
}

/// The bounds that the meaning of a setting ends with.
fn bounds(setting: &Arg) -> Option<(String, String)> {
    let (meaning, _) = meaning_and_default(setting);
    let (_, bounds) = meaning.rsplit_once("; from ")?;
    let (least, most) = bounds.split_once(" to ")?;
    Some((least.to_owned(), most.to_owned()))
}

#[test]
fn a_number_or_time_beyond_its_stated_bounds_is_refused() {
    let command = Settings::command();
    let accepts = |setting: &Arg, value: &str| {
        let flag = setting.get_long().expect("a flag");
        let matches = command.clone().try_get_matches_from([format!("--{flag}={value}")]);
        matches.is_ok()
    };
    let mut count = 0;
    for setting in command.get_arguments() {
        let kind = setting.get_value_names().map_or("", |names| names[0].as_str());
        let beyond = match kind {
            "TIME" => vec!["0s".to_owned(), "999us".to_owned(), "86401s".to_owned(), "3".to_owned()],
            "PERIOD" => ["0s", "23h", "86399s", "101years", "100years 1s", "3"]
                .map(str::to_owned)
                .to_vec(),
            "COUNT" | "BYTES" => {
                let (least, most) = bounds(setting).expect("bounds");
                let most: u64 = most.parse().expect("a number");
                let below = least.parse::<u64>().expect("a number").checked_sub(1);
                let below = below.map_or("-1".to_owned(), |below| below.to_string());
                vec![below, (most + 1).to_string(), u64::MAX.to_string()]
            }
            _ => continue,
        };
        count += 1;
        let (least, most) = bounds(setting).expect("bounds");
        for value in [least, most] {
            assert!(accepts(setting, &value), "{setting} {value}");
        }
        for value in beyond {
            assert!(!accepts(setting, &value), "{setting} {value}");
        }
    }
    assert_eq!(count, 22);
}
