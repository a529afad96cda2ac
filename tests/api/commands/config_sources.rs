//! `record-lists config` says of every setting where it comes from. The settings are those of the command line, so that
//! a new one is covered by itself.

use std::{fs, path::Path, process::Command};

use clap::Arg;
use record_lists::config::Settings;
use tempfile::tempdir;

use crate::support::{program, run_well};

const FILE: &str = "settings.toml";

/// A value of a setting that is not its default, as a flag has it.
fn sample(setting: &Arg) -> String {
    let words = setting.get_possible_values();
    if let Some(word) = words.iter().find(|word| {
        !setting
            .get_default_values()
            .iter()
            .any(|default| default == word.get_name())
    }) {
        return word.get_name().to_owned();
    }
    let name = setting.get_value_names().map_or("", |names| names[0].as_str());
    let sample = match (setting.get_id().as_str(), name) {
        ("config", _) => FILE,
        ("database_url", _) => "sqlite://other.db?mode=rw",
        (_, "ADDRESS") => "127.0.0.1:1",
        (_, "URL") => "https://id.example.com/a",
        (_, "NETWORK") => "10.0.0.0/8",
        (_, "ORIGIN") => "https://app.example.com",
        (_, "ISSUER") => "https://id.example.com",
        (_, "COUNT" | "BYTES") => return least(setting),
        (_, "TIME") => "7s",
        (_, "PERIOD") => "9days",
        (_, "FILE") => "some.file",
        (_, "[KID=]FILE") => "k1=some.file",
        (_, "AUDIENCE" | "CLAIM" | "SCOPE") => "other",
        (_, "FILTER") => "warn",
        other => panic!("there is no sample for {other:?}"),
    };
    sample.to_owned()
}

/// The smallest number that the help states.
fn least(setting: &Arg) -> String {
    let help = setting.get_help().expect("a help text").to_string();
    let (_, bounds) = help.rsplit_once("; from ").expect("bounds");
    let least: u64 = bounds.split(' ').next().expect("a bound").parse().expect("a number");
    least.to_string()
}

fn is_bare(setting: &Arg) -> bool {
    let name = setting.get_value_names().map_or("", |names| names[0].as_str());
    matches!(name, "COUNT" | "BYTES" | "BOOL")
}

/// What the file says for these values.
fn in_toml(setting: &Arg, values: &[String]) -> String {
    let items: Vec<String> = values
        .iter()
        .map(|value| match is_bare(setting) {
            true => value.clone(),
            false => format!("\"{value}\""),
        })
        .collect();
    match setting.get_value_delimiter() {
        Some(_) => format!("[{}]", items.join(", ")),
        None => items.join(", "),
    }
}

fn settings() -> Vec<Arg> {
    let command = Settings::command();
    let settings: Vec<Arg> = command
        .get_arguments()
        .filter(|setting| setting.get_long() != Some("help"))
        .cloned()
        .collect();
    assert!(settings.len() > 40);
    settings
}

/// The whole output, if `line` is what it says of a setting.
fn report(line: impl Fn(&Arg) -> String) -> String {
    let mut text = String::new();
    let mut heading = None;
    for setting in settings() {
        let own = setting.get_help_heading().map(str::to_owned);
        if own != heading {
            text.push_str(&format!("\n# {}\n", own.as_deref().expect("a heading")));
            heading = own;
        }
        text.push_str(&line(&setting));
        text.push('\n');
    }
    text + "\n# The variable RECORD_LISTS_JWT_SECRET is not set.\n"
}

fn sampled(setting: &Arg, origin: &str) -> String {
    let begin = if setting.get_id() == "config" { "# " } else { "" };
    let value = in_toml(setting, &[sample(setting)]);
    format!("{begin}{} = {value}  # {origin}", setting.get_id())
}

fn flag(setting: &Arg) -> String {
    format!("--{}", setting.get_long().expect("a flag"))
}

fn variable(setting: &Arg) -> String {
    setting
        .get_env()
        .expect("a variable")
        .to_str()
        .expect("a text")
        .to_owned()
}

/// `config` with none of the variables with which all tests run.
fn config(folder: &Path) -> Command {
    let mut command = program(folder);
    for setting in settings() {
        command.env_remove(variable(&setting));
    }
    command.arg("config");
    command
}

fn set_flags(command: &mut Command) {
    command.args(
        settings()
            .iter()
            .map(|setting| format!("{}={}", flag(setting), sample(setting))),
    );
}

fn set_variables(command: &mut Command) {
    command.envs(settings().iter().map(|setting| (variable(setting), sample(setting))));
}

/// A file that sets everything that a file can, to the samples or to the defaults.
fn write_file(folder: &Path) {
    let of_file = settings().into_iter().filter(|setting| setting.get_id() != "config");
    let lines: Vec<String> = of_file
        .map(|setting| format!("{} = {}\n", setting.get_id(), in_toml(&setting, &[sample(&setting)])))
        .collect();
    fs::write(folder.join(FILE), lines.concat()).expect("a file");
}

#[test]
fn without_anything_there_are_defaults() {
    let folder = tempdir().expect("a folder");
    let expected = report(|setting| {
        let defaults = setting.get_default_values();
        let defaults: Vec<String> = defaults
            .iter()
            .map(|value| value.to_str().expect("a text").to_owned())
            .collect();
        match (defaults.as_slice(), setting.get_value_delimiter()) {
            ([], _) => format!("# {} =  (not set)", setting.get_id()),
            ([all], Some(comma)) => {
                let each: Vec<String> = all.split(comma).map(str::to_owned).collect();
                format!("{} = {}  # default", setting.get_id(), in_toml(setting, &each))
            }
            (values, _) => format!("{} = {}  # default", setting.get_id(), in_toml(setting, values)),
        }
    });
    assert_eq!(run_well(&mut config(folder.path())), expected);
    // A server would create its database and its keys.
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn every_setting_says_that_its_flag_gave_it() {
    let folder = tempdir().expect("a folder");
    write_file(folder.path());
    let mut command = config(folder.path());
    set_flags(&mut command);
    set_variables(&mut command);
    let expected = report(|setting| sampled(setting, &flag(setting)));
    assert_eq!(run_well(&mut command), expected);
}

#[test]
fn every_setting_says_that_its_variable_gave_it() {
    let folder = tempdir().expect("a folder");
    write_file(folder.path());
    let mut command = config(folder.path());
    set_variables(&mut command);
    let expected = report(|setting| sampled(setting, &format!("variable {}", variable(setting))));
    assert_eq!(run_well(&mut command), expected);
}

#[test]
fn every_setting_says_that_the_file_gave_it() {
    let folder = tempdir().expect("a folder");
    write_file(folder.path());
    let mut command = config(folder.path());
    command.args(["--config", FILE]);
    let expected = report(|setting| match setting.get_id() == "config" {
        true => sampled(setting, "--config"),
        false => sampled(setting, &format!("file {FILE}")),
    });
    assert_eq!(run_well(&mut command), expected);
}
