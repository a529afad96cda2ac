//! Which migrations a database has, compared with those that this program knows.

use migration::is_compatible;

use crate::store::engine::{postgres::distribution::Distribution, readiness::NotReady};

/// The migrations of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaState {
    known: Vec<(String, bool)>,
    unknown: Vec<String>,
    distribution: Option<Distribution>,
}

impl SchemaState {
    pub(crate) fn new(known: Vec<String>, applied: &[String]) -> Self {
        let unknown = applied.iter().filter(|name| !known.contains(name));
        let mut unknown: Vec<String> = unknown.cloned().collect();
        unknown.sort();
        let known = known.into_iter().map(|name| {
            let is_applied = applied.contains(&name);
            (name, is_applied)
        });
        Self {
            known: known.collect(),
            unknown,
            distribution: None,
        }
    }

    pub(super) fn with(self, distribution: Option<Distribution>) -> Self {
        Self { distribution, ..self }
    }

    /// The names of the migrations that this program knows, in order, and whether each has been applied.
    pub fn known(&self) -> &[(String, bool)] {
        &self.known
    }

    /// The names of the migrations that were applied by another version of the program.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// How far the tables are distributed over several servers; `None` if the database lacks the extension for it.
    pub fn distribution(&self) -> Option<&Distribution> {
        self.distribution.as_ref()
    }

    /// Whether lists are on different servers.
    pub fn is_distributed(&self) -> bool {
        self.distribution.as_ref().is_some_and(Distribution::is_distributed)
    }

    /// Fails if a newer version of the program has migrated the database so that this one cannot use it.
    pub fn check_age(&self) -> Result<(), NotReady> {
        match self.unknown.iter().rfind(|name| !is_compatible(name)) {
            Some(newest) => Err(NotReady::SchemaAhead {
                newest: newest.clone(),
                known: self.known.last().map(|(name, _)| name.clone()).unwrap_or_default(),
            }),
            None => Ok(()),
        }
    }

    /// Fails if a migration has not been applied.
    pub(crate) fn check_completeness(&self) -> Result<(), NotReady> {
        if self.known.iter().all(|(_, is_applied)| *is_applied) {
            return Ok(());
        }
        Err(self.behind("run `record-lists migrate up`".to_owned()))
    }

    /// Why the database is not ready if its migration failed in this way.
    pub(crate) fn not_migrated(&self, error: NotReady) -> NotReady {
        match error {
            NotReady::Away(cause) if self.check_completeness().is_err() => {
                self.behind(format!("they could not be applied: {cause}"))
            }
            error => error,
        }
    }

    fn behind(&self, cause: String) -> NotReady {
        let missing = self.known.iter().filter(|(_, is_applied)| !is_applied);
        let missing: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
        NotReady::SchemaBehind {
            missing: missing.join(", "),
            cause,
        }
    }
}
