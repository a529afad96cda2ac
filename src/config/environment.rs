//! Variables that are meant for this program and that it does not know.

use thiserror::Error;

use super::{Settings, auth::SECRET_VARIABLE};

/// What the names of all variables start with.
const PREFIX: &str = "RECORD_LISTS_";

/// Names of so few other letters are taken for misspelled.
pub(super) const FEW_LETTERS: usize = 2;

/// A variable whose name is nearly that of a setting. To start without the setting would not be what was meant.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("there is no setting for the variable {name}; if {known} is meant, rename it, and otherwise unset it")]
pub struct MisspelledVariable {
    name: String,
    known: String,
}

/// The variables of this process that start like those of the program and are none of them.
pub fn unknown_variables() -> Result<Vec<String>, MisspelledVariable> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown_among(names)
}

fn unknown_among(names: impl Iterator<Item = String>) -> Result<Vec<String>, MisspelledVariable> {
    let command = Settings::command();
    let variables = command
        .get_arguments()
        .filter_map(|setting| setting.get_env()?.to_str());
    let known: Vec<&str> = variables.chain([SECRET_VARIABLE]).collect();
    let mut unknown = Vec::new();
    for name in names {
        if known.contains(&name.as_str()) || is_for_others(&name) {
            continue;
        }
        if let Some(known) = nearest(&name, &known) {
            let known = known.to_owned();
            return Err(MisspelledVariable { name, known });
        }
        if name.starts_with(PREFIX) {
            unknown.push(name);
        }
    }
    unknown.sort();
    Ok(unknown)
}

/// The name that was meant, if this is one of few other letters.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let name = name.to_ascii_uppercase();
    let distances = known.iter().map(|known| {
        let distance = strsim::damerau_levenshtein(&name, &known.to_ascii_uppercase());
        (distance, *known)
    });
    let nearest = distances.min().filter(|(distance, _)| *distance <= FEW_LETTERS);
    nearest.map(|(_, known)| known)
}

/// Whether the tests of the program read the variable, or Kubernetes sets it for a service whose name starts with
/// `record-lists`: for port 80 of `record-lists-web`, `RECORD_LISTS_WEB_SERVICE_HOST` and
/// `RECORD_LISTS_WEB_PORT_80_TCP`, among others.
fn is_for_others(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        // Not worth a comparison.
        return !name.to_ascii_uppercase().starts_with("RECORD");
    };
    let parts = format!("_{rest}");
    rest.starts_with("TEST_") || parts.contains("_PORT") || parts.contains("_SERVICE_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_known_misspelled_or_unknown() {
        let misspelled = |name: &str, known: &str| {
            Err(MisspelledVariable {
                name: name.to_owned(),
                known: known.to_owned(),
            })
        };
        for (name, expected) in [
            (
                "RECORD_LISTS_BINDD",
                misspelled("RECORD_LISTS_BINDD", "RECORD_LISTS_BIND"),
            ),
            (
                "RECORD_LISTS_BNID",
                misspelled("RECORD_LISTS_BNID", "RECORD_LISTS_BIND"),
            ),
            ("RECORD_LIST_BIND", misspelled("RECORD_LIST_BIND", "RECORD_LISTS_BIND")),
            (
                "record_lists_bind",
                misspelled("record_lists_bind", "RECORD_LISTS_BIND"),
            ),
            (
                "RECORD_LISTS_JWT_SECRETS",
                misspelled("RECORD_LISTS_JWT_SECRETS", "RECORD_LISTS_JWT_SECRET"),
            ),
            (
                "RECORD_LISTS_DATABASEURL",
                misspelled("RECORD_LISTS_DATABASEURL", "RECORD_LISTS_DATABASE_URL"),
            ),
            ("RECORD_LISTS_COLOUR", Ok(vec!["RECORD_LISTS_COLOUR".to_owned()])),
            ("RECORD_LISTS_", Ok(vec!["RECORD_LISTS_".to_owned()])),
        ] {
            let names = [name.to_owned()].into_iter();
            assert_eq!(unknown_among(names), expected, "{name}");
        }
        for name in [
            "RECORD_LISTS_BIND",
            "RECORD_LISTS_JWT_SECRET",
            "RECORD_LISTS_TEST_REQUIRE",
            "RECORD_LISTS_PORT",
            "RECORD_LISTS_PORT_8080_TCP",
            "RECORD_LISTS_PORT_8080_TCP_ADDR",
            "RECORD_LISTS_SERVICE_HOST",
            "RECORD_LISTS_SERVICE_PORT_HTTP",
            "RECORD_LISTS_WEB_SERVICE_HOST",
            "RECORD_LISTS_WEB_PORT_80_TCP_PROTO",
            "RECORDS",
            "PATH",
        ] {
            let names = [name.to_owned()].into_iter();
            assert_eq!(unknown_among(names), Ok(Vec::new()), "{name}");
        }
    }
}
