//! Where the value of each setting comes from, and how it was written there.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use clap::{ArgMatches, parser::ValueSource};

use super::{Settings, form::is_yes_or_no};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program.
    Default,
    /// This configuration file.
    File(PathBuf),
    /// The credential with this name.
    Credential(&'static str),
    /// The variable of the setting.
    Variable,
    /// The flag of the setting.
    Flag,
}

/// A setting as it was written. Its texts may be secret.
#[derive(Clone)]
pub struct Written {
    /// Where.
    pub origin: Origin,
    /// One text for each value, as a flag would have it; `true` or `false` for yes and no.
    pub texts: Vec<OsString>,
}

impl Written {
    /// Whether somebody gave the value.
    pub fn is_given(&self) -> bool {
        self.origin != Origin::Default
    }
}

/// How each setting was written that has a value, by its name.
#[derive(Clone, Default)]
pub struct Sources(BTreeMap<String, Written>);

impl Sources {
    /// What the command line and the variables gave, and the defaults of the others.
    pub fn of(matches: &ArgMatches) -> Self {
        let command = Settings::command();
        let written = command.get_arguments().filter_map(|setting| {
            let id = setting.get_id().as_str();
            // A subcommand may have no settings.
            matches.try_contains_id(id).ok().filter(|has_value| *has_value)?;
            let texts = match is_yes_or_no(setting) {
                true => matches.get_one::<bool>(id).map(|word| vec![word.to_string().into()]),
                false => matches
                    .get_raw(id)
                    .map(|texts| texts.map(OsString::from).collect::<Vec<_>>()),
            };
            let origin = match matches.value_source(id) {
                Some(ValueSource::CommandLine) => Origin::Flag,
                Some(ValueSource::EnvVariable) => Origin::Variable,
                _ => Origin::Default,
            };
            let texts = texts.unwrap_or_default();
            Some((id.to_owned(), Written { origin, texts }))
        });
        Self(written.collect())
    }

    /// How the setting was written; `None` if it has no value.
    pub fn get(&self, name: &str) -> Option<&Written> {
        self.0.get(name)
    }

    /// Whether a flag, a variable or a credential gave the setting: the file does not change it.
    pub fn is_explicit(&self, name: &str) -> bool {
        let written = self.get(name);
        written.is_some_and(|written| matches!(written.origin, Origin::Flag | Origin::Variable | Origin::Credential(_)))
    }

    /// Notes what a credential or the file says of a setting.
    pub(super) fn note(&mut self, name: &str, origin: Origin, texts: Vec<String>) {
        let written = Written {
            origin,
            texts: texts.into_iter().map(OsString::from).collect(),
        };
        self.0.insert(name.to_owned(), written);
    }
}

/// Settings that flags gave, without their values.
#[cfg(test)]
impl<'n> FromIterator<&'n str> for Sources {
    fn from_iter<N: IntoIterator<Item = &'n str>>(names: N) -> Self {
        let written = |name: &str| {
            let (origin, texts) = (Origin::Flag, Vec::new());
            (name.to_owned(), Written { origin, texts })
        };
        Self(names.into_iter().map(written).collect())
    }
}
