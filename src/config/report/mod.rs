//! The merged configuration as a configuration file, which says where each setting comes from.

mod mask;

use std::path::Path;

use clap::Arg;
use toml_writer::{ToTomlValue, TomlStringBuilder};

use self::mask::MASK;
pub use self::mask::masked;
use super::{
    Settings,
    auth::SECRET_VARIABLE,
    form::{is_number, is_yes_or_no},
    sources::{Origin, Written},
};
use crate::domain::text::visible_up_to;

/// What the comment of a value says if a part of it was masked.
const NOT_SHOWN: &str = "; what may be secret is not shown";

impl Settings {
    /// The settings as a configuration file, one a line, with their origins in comments, in the order and under the
    /// headings of the help. Without secrets. Has no values unless [`Self::note_sources`] was called.
    pub fn report(&self) -> String {
        let command = Self::command();
        let settings: Vec<&Arg> = command.get_arguments().filter(is_setting).collect();
        let mut headings: Vec<Option<&str>> = Vec::new();
        for setting in &settings {
            let heading = setting.get_help_heading();
            if !headings.contains(&heading) {
                headings.push(heading);
            }
        }
        let mut report = String::new();
        for heading in headings {
            if let Some(heading) = heading {
                report.push_str(&format!("\n# {heading}\n"));
            }
            let under_heading = settings.iter().filter(|setting| setting.get_help_heading() == heading);
            for setting in under_heading {
                report.push_str(&self.line(setting));
            }
        }
        let secret = match std::env::var_os(SECRET_VARIABLE) {
            Some(_) => "set; its value is not shown",
            None => "not set",
        };
        report + &format!("\n# The variable {SECRET_VARIABLE} is {secret}.\n")
    }

    fn line(&self, setting: &Arg) -> String {
        let key = setting.get_id().as_str();
        let Some(written) = self.sources.get(key) else {
            return format!("# {key} =  (not set)\n");
        };
        let origin = shown(&written.origin, setting);
        let Some((value, is_masked)) = value(setting, written) else {
            return format!("# {key} =  (not Unicode, which no file can have)  # {origin}\n");
        };
        // A file cannot name another one.
        let begin = if key == "config" { "# " } else { "" };
        let note = if is_masked { NOT_SHOWN } else { "" };
        format!("{begin}{key} = {value}  # {origin}{note}\n")
    }
}

/// Whether an argument of the command is a setting, and not the request for help.
fn is_setting(argument: &&Arg) -> bool {
    argument.get_env().is_some()
}

/// The value in TOML, and whether a part of it was masked; `None` if TOML cannot express it.
fn value(setting: &Arg, written: &Written) -> Option<(String, bool)> {
    let mut is_masked = false;
    let mut items = Vec::new();
    // A comma in a value that may be secret has cut it, so that the next part does not look like one.
    let is_cut = written.texts.len() > 1;
    for text in &written.texts {
        let text = text.to_str()?;
        items.push(if is_yes_or_no(setting) {
            text.to_owned()
        } else if is_number(setting) {
            number(text)?
        } else if let Some(shown) = masked(text) {
            is_masked = true;
            quoted(&shown)
        } else if is_masked && is_cut {
            quoted(MASK)
        } else {
            quoted(text)
        });
    }
    let items = items.join(", ");
    let value = match setting.get_value_delimiter() {
        Some(_) => format!("[{items}]"),
        None => items,
    };
    Some((value, is_masked))
}

/// The number as the flag means it: `007` would be none in TOML.
fn number(text: &str) -> Option<String> {
    text.parse::<u64>().ok().map(|number| number.to_string())
}

/// A text in quotes, on one line.
fn quoted(text: &str) -> String {
    TomlStringBuilder::new(text).as_basic().to_toml_value()
}

fn shown(origin: &Origin, setting: &Arg) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::File(file) => format!("file {}", visible(file)),
        Origin::Credential(name) => format!("credential {name}"),
        Origin::Variable => {
            let variable = setting.get_env().unwrap_or_default();
            format!("variable {}", variable.to_string_lossy())
        }
        Origin::Flag => format!("--{}", setting.get_long().unwrap_or_default()),
    }
}

/// The path on one line, as a comment may have it.
fn visible(path: &Path) -> String {
    let path = path.to_string_lossy();
    visible_up_to(&path, path.len())
}
