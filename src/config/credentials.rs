//! Settings that systemd passes as credentials, so that secrets are neither in variables nor in readable files.

use std::{fs, io, path::PathBuf};

use clap::FromArgMatches;
use thiserror::Error;

use super::{Settings, file::matches, form::Form, sources::Origin};
use crate::systemd::credentials;

/// A credential and the setting that it gives.
struct Credential {
    name: &'static str,
    setting: &'static str,
    form: CredentialForm,
}

/// What the file of a credential holds.
enum CredentialForm {
    /// The value of the setting, with or without a line break at its end.
    Value,
    /// What the setting names a file for.
    File,
}

/// All credentials. docs/operating.md lists them.
const CREDENTIALS: [Credential; 5] = [
    Credential {
        name: "database-url",
        setting: "database_url",
        form: CredentialForm::Value,
    },
    Credential {
        name: "jwt-secret",
        setting: "jwt_secret_file",
        form: CredentialForm::File,
    },
    Credential {
        name: "signing-key",
        setting: "signing_key_file",
        form: CredentialForm::File,
    },
    Credential {
        name: "tls-cert",
        setting: "tls_cert",
        form: CredentialForm::File,
    },
    Credential {
        name: "tls-key",
        setting: "tls_key",
        form: CredentialForm::File,
    },
];

/// A credential that cannot be used. The messages do not repeat it.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The file cannot be read, or is no text.
    #[error("the credential {name} cannot be read from {}: {source}", path.display())]
    Unreadable {
        /// The credential.
        name: &'static str,
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The value has another form.
    #[error("the credential {name} {form}")]
    Value {
        /// The credential.
        name: &'static str,
        /// What it must be.
        form: Form,
    },
}

impl Settings {
    /// Takes the credentials of settings that no flag and no variable gave.
    pub(super) fn take_credentials(&mut self) -> Result<(), CredentialError> {
        for credential in &CREDENTIALS {
            if self.sources.is_explicit(credential.setting) {
                continue;
            }
            if let Some(path) = credentials::file(credential.name) {
                self.take_credential(credential, path)?;
            }
        }
        Ok(())
    }

    fn take_credential(&mut self, credential: &Credential, path: PathBuf) -> Result<(), CredentialError> {
        let name = credential.name;
        let of_form = |form| CredentialError::Value { name, form };
        let text = match credential.form {
            CredentialForm::Value => {
                let text = fs::read_to_string(&path);
                let text = text.map_err(|source| CredentialError::Unreadable { name, path, source })?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            CredentialForm::File => path.display().to_string(),
        };
        if text.is_empty() {
            return Err(of_form(Form::new("must not be empty")));
        }
        let command = Self::command();
        let setting = command
            .get_arguments()
            .find(|setting| setting.get_id() == credential.setting);
        let is_not_valid = |form: Option<Form>| of_form(form.unwrap_or(Form::new("is not valid")));
        let setting = setting.ok_or_else(|| is_not_valid(None))?;
        let texts = vec![text];
        let matches = matches(setting, &texts).map_err(is_not_valid)?;
        let taken = self.update_from_arg_matches(&matches);
        taken.map_err(|error| is_not_valid(Form::missed(&error)))?;
        self.sources.note(credential.setting, Origin::Credential(name), texts);
        Ok(())
    }
}
