//! The configuration file: its keys are read by the parsers of the flags. No message repeats a value of the file.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, FromArgMatches};
use thiserror::Error;
use toml::{Table, Value};

use super::{
    Settings,
    credentials::CredentialError,
    environment::nearest,
    form::{Form, is_number, is_yes_or_no},
    sources::Origin,
};

/// The configuration file, or a credential, cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// A credential cannot be used.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file {} is not valid TOML at line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// Keys or their values cannot be used.
    #[error("the configuration file {} cannot be used: {}", path.display(), listed(faults))]
    Keys {
        /// The file.
        path: PathBuf,
        /// All that is wrong.
        faults: Vec<KeyFault>,
    },
}

/// What is wrong with a key of the file.
#[derive(Debug)]
pub enum KeyFault {
    /// There is no such setting.
    Unknown {
        /// The key.
        key: String,
        /// A key of nearly that name.
        meant: Option<String>,
    },
    /// The value has another form.
    Value {
        /// The key.
        key: String,
        /// What the value must be.
        form: Form,
    },
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown {
                key,
                meant: Some(meant),
            } => write!(f, "the key {key} is unknown, {meant} may be meant"),
            Self::Unknown { key, meant: None } => {
                write!(f, "the key {key} is unknown, `record-lists --help` lists all settings")
            }
            Self::Value { key, form } => write!(f, "{key} {form}"),
        }
    }
}

fn listed(faults: &[KeyFault]) -> String {
    let faults: Vec<String> = faults.iter().map(KeyFault::to_string).collect();
    faults.join("; ")
}

impl Settings {
    /// Adds what credentials and the file say and no flag or variable does.
    pub fn with_file(mut self) -> Result<Self, FileError> {
        self.take_credentials()?;
        // Taken, so that a file that can be read only once is not read again.
        let Some(path) = self.config.take() else {
            return Ok(self);
        };
        let table = read(&path)?;
        let mut faults = Vec::new();
        for (key, value) in &table {
            if let Err(fault) = self.take(key, value, &path) {
                faults.push(fault);
            }
        }
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(FileError::Keys { path, faults })
        }
    }

    /// Takes one key of the file, unless a flag, a variable or a credential gave the setting. The value must be valid in
    /// any case.
    fn take(&mut self, key: &str, value: &Value, file: &Path) -> Result<(), KeyFault> {
        let command = Self::command();
        let of_file = |setting: &&Arg| setting.get_env().is_some() && setting.get_id() != "config";
        let settings: Vec<&Arg> = command.get_arguments().filter(of_file).collect();
        let setting = settings.iter().find(|setting| setting.get_id() == key);
        let setting = setting.ok_or_else(|| {
            let keys: Vec<&str> = settings.iter().map(|setting| setting.get_id().as_str()).collect();
            KeyFault::Unknown {
                key: key.to_owned(),
                meant: nearest(key, &keys).map(str::to_owned),
            }
        })?;
        let of_form = |form| KeyFault::Value {
            key: key.to_owned(),
            form,
        };
        let texts = texts(setting, value).map_err(of_form)?;
        let is_not_valid = |form: Option<Form>| of_form(form.unwrap_or(Form::new("is not valid")));
        let matches = matches(setting, &texts).map_err(is_not_valid)?;
        if !self.sources.is_explicit(key) {
            let taken = self.update_from_arg_matches(&matches);
            taken.map_err(|error| is_not_valid(Form::missed(&error)))?;
            self.sources.note(key, Origin::File(file.to_owned()), texts);
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Table, FileError> {
    let text = fs::read_to_string(path).map_err(|source| FileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    text.parse().map_err(|error: toml::de::Error| {
        let begin = error.span().map_or(0, |span| span.start);
        FileError::Syntax {
            path: path.to_owned(),
            line: text.bytes().take(begin).filter(|byte| *byte == b'\n').count() + 1,
            // The error itself would also show the line.
            reason: error.message().to_owned(),
        }
    })
}

/// The texts that a flag would have for this value.
fn texts(setting: &Arg, value: &Value) -> Result<Vec<String>, Form> {
    match (value, setting.get_value_delimiter().is_some()) {
        (Value::Array(items), true) => items.iter().map(|item| text(setting, item)).collect(),
        (_, true) => Err(Form::new("must be an array, such as [\"...\", \"...\"]")),
        (value, false) => Ok(vec![text(setting, value)?]),
    }
}

/// The text that a flag would have for this value, which must be of the setting's type.
fn text(setting: &Arg, value: &Value) -> Result<String, Form> {
    let is_number = is_number(setting);
    let (written, is_of_type) = match value {
        Value::String(text) => (text.clone(), !is_number && !is_yes_or_no(setting)),
        Value::Integer(number) => (number.to_string(), is_number),
        Value::Boolean(word) => (word.to_string(), is_yes_or_no(setting)),
        Value::Float(number) => (number.to_string(), false),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => (String::new(), false),
    };
    if is_of_type && (is_yes_or_no(setting) || !written.is_empty()) {
        return Ok(written);
    }
    let of_type = match () {
        () if is_yes_or_no(setting) => "must be true or false, without quotes",
        () if is_number => "must be a number without quotes",
        () if is_of_type => "must be a text that is not empty",
        () => "must be a text in quotes",
    };
    // The parser knows best what the value must be, unless it would be content with this one.
    let missed = matches(setting, &[written]).err().flatten();
    Err(missed.unwrap_or(Form::new(of_type)))
}

/// What flags with these texts would mean; otherwise the form that one of them does not have.
pub(super) fn matches(setting: &Arg, texts: &[String]) -> Result<ArgMatches, Option<Form>> {
    // Neither variables nor defaults count here, and a comma is part of a value.
    let mut command = Settings::command().mut_args(|setting| {
        setting
            .env(None::<&str>)
            .default_value(None::<&str>)
            .value_delimiter(None)
    });
    let flag = setting.get_long().unwrap_or_default();
    let mut arguments: Vec<String> = texts.iter().map(|text| format!("--{flag}={text}")).collect();
    if texts.is_empty() {
        // An empty array takes the place of the default.
        command = command.mut_arg(setting.get_id(), |list| list.num_args(0..));
        arguments.push(format!("--{flag}"));
    }
    let matches = command.try_get_matches_from(arguments);
    matches.map_err(|error| Form::missed(&error))
}

#[cfg(test)]
#[path = "file_test.rs"]
mod tests;
