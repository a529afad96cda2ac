//! Key files.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::{KeyError, jwk, key::Key, public_key::PublicKey, remark::KeyRemark};
use crate::auth::settings::{KeyFile, Secret};

/// The secret in a file, and a warning if others can read it.
pub(super) fn secret(file: &KeyFile) -> Result<(Secret, Option<KeyRemark>), KeyError> {
    let (text, mode) = read(&file.path)?;
    let secret = Secret::new(&text, source(&file.path)).with_kid(file.kid.clone());
    Ok((secret, KeyRemark::of_mode(&file.path, mode)))
}

/// The public key in a PEM file.
pub(super) fn public_key(file: &KeyFile) -> Result<Key, KeyError> {
    let (text, _) = read(&file.path)?;
    let key = PublicKey::from_pem(&text).ok_or_else(|| KeyError::NoPublicKey(file.path.clone()))?;
    Ok(Key::public(file.kid.clone(), key, source(&file.path)))
}

/// The usable keys of a key set, and what was skipped.
pub(super) fn key_set(path: &Path) -> Result<(Vec<Key>, Vec<KeyRemark>), KeyError> {
    let (text, _) = read(path)?;
    let entries = jwk::read_set(&text).ok_or_else(|| KeyError::NoKeySet(path.to_owned()))?;
    let set = format!("the key set file {}", path.display());
    let (keys, remarks) = jwk::usable(entries, &source(path), &set);
    if keys.is_empty() {
        return Err(KeyError::EmptyKeySet(path.to_owned()));
    }
    Ok((keys, remarks))
}

fn source(path: &Path) -> String {
    format!("the file {}", path.display())
}

/// The text of a file and its mode, both of the file that was opened: a path may lead elsewhere a moment later.
fn read(path: &Path) -> Result<(Vec<u8>, u32), KeyError> {
    let read = || -> io::Result<_> {
        let mut file = File::open(path)?;
        let mode = file.metadata()?.permissions().mode();
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok((text, mode))
    };
    read().map_err(|source| KeyError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
