//! Refused command lines: values that do not have the form of their setting, and empty ones.

use clap::{
    ArgMatches, Error,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

use super::output::complain;
use crate::config::{
    Settings,
    form::{Form, is_yes_or_no},
};

/// The exit status of a refused command line.
const STATUS: i32 = 2;

/// Ends the process with what is wrong. The value is not repeated, because it may be a secret.
pub(super) fn exit(error: &Error) -> ! {
    if matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) {
        refuse_unexpected(error);
    }
    let Some(ContextValue::String(usage)) = error.get(ContextKind::InvalidArg) else {
        error.exit();
    };
    let name = name_of(usage);
    match Form::missed(error) {
        Some(form) => refuse(&name, &form),
        // The library asks for the value of a flag.
        None if error.kind() == ErrorKind::InvalidValue && !name.starts_with('-') => refuse(&name, &empty()),
        None => error.exit(),
    }
}

/// Ends the process because of an argument that nothing takes. It is named if it is a flag: it may be a URL with a
/// password.
fn refuse_unexpected(error: &Error) -> ! {
    let kinds = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand];
    let argument = kinds.into_iter().find_map(|kind| match error.get(kind) {
        Some(ContextValue::String(argument)) => argument.split('=').next(),
        _ => None,
    });
    let told = match argument {
        Some(flag) if flag.starts_with('-') => format!("there is no flag {flag} here"),
        _ => "there is an argument that is neither a subcommand nor a flag".to_owned(),
    };
    complain(format_args!("{told}; `record-lists --help` shows what there is"));
    std::process::exit(STATUS)
}

fn empty() -> Form {
    Form::new("is empty: give it a value, or leave it out")
}

/// Ends the process if a setting was given without a value. A variable that is empty by mistake must not count as one
/// that is not set: the default may be another database, or no key.
pub(super) fn refuse_empty_values(matches: &ArgMatches) {
    let command = Settings::command();
    for setting in command.get_arguments().filter(|setting| !is_yes_or_no(setting)) {
        let id = setting.get_id().as_str();
        let is_given = matches
            .try_contains_id(id)
            .is_ok_and(|is_there| is_there && matches.value_source(id) != Some(ValueSource::DefaultValue));
        if !is_given {
            continue;
        }
        if matches
            .get_raw(id)
            .is_some_and(|mut values| values.any(|value| value.is_empty()))
        {
            let flag = format!("--{}", setting.get_long().unwrap_or_default());
            refuse(&name_of(&flag), &empty());
        }
    }
}

fn refuse(name: &str, form: &Form) -> ! {
    complain(format_args!("{name} {form}"));
    std::process::exit(STATUS)
}

/// The flag in its usage, such as `--bind <ADDRESS>`.
fn flag_of(usage: &str) -> &str {
    let is_of_flag = |c: char| c.is_ascii_alphanumeric() || c == '-';
    usage.split(|c| !is_of_flag(c)).next().unwrap_or_default()
}

/// The name under which the value was given: the flag, or its variable if the flag is not on the command line; for an
/// argument without a flag, what the help calls it.
fn name_of(usage: &str) -> String {
    let flag = flag_of(usage);
    if flag.is_empty() {
        return usage.trim_matches(['<', '>', '[', ']']).to_owned();
    }
    let is_on_command_line = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.split('=').next() == Some(flag)
    });
    let command = Settings::command();
    let setting = command
        .get_arguments()
        .find(|setting| setting.get_long() == flag.strip_prefix("--"));
    let variable = setting.and_then(|setting| setting.get_env()).filter(|name| {
        // An empty variable counts as well.
        std::env::var_os(name).is_some()
    });
    match variable {
        Some(variable) if !is_on_command_line => format!("the variable {}", variable.to_string_lossy()),
        _ => flag.to_owned(),
    }
}
