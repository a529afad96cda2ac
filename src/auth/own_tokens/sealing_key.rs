//! The key that encrypts the private parts of signing keys, from the file of `--signing-key-file`.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;

use super::signing_key::Failed;
use crate::auth::{development::development_file, keys::KeyRemark, random::random};

/// The number of bytes in the file.
const LENGTH: usize = 32;

/// What the ciphertext belongs to, before the key id. A ciphertext cannot be moved to another row.
const CONTEXT: &[u8] = b"record-lists signing key\0";

/// Why the file cannot be used. The messages show nothing of the key.
#[derive(Debug, Error)]
pub enum SealingKeyError {
    /// The file cannot be read.
    #[error("the signing key file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// It has another length, or is no file at all.
    #[error(
        "the signing key file {} is not a file of {LENGTH} bytes; create one with `openssl rand -out FILE {LENGTH}`",
        .0.display()
    )]
    Length(PathBuf),
}

/// Encrypts and decrypts with AES-256-GCM.
pub struct SealingKey(LessSafeKey);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(***)")
    }
}

impl SealingKey {
    /// Reads the key from a file of 32 bytes. The log warns if others than its owner can read it.
    pub fn read(path: &Path) -> Result<Self, SealingKeyError> {
        let unreadable = |source| SealingKeyError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let about = fs::metadata(path).map_err(unreadable)?;
        // Reading something else could wait, or never end.
        let is_key = about.is_file() && about.len() == LENGTH as u64;
        let bytes = is_key.then(|| fs::read(path)).transpose().map_err(unreadable)?;
        let key = bytes.and_then(|bytes| Self::new(&bytes));
        if let Some(remark) = KeyRemark::of_mode(path, about.permissions().mode()) {
            tracing::warn!("{remark}");
        }
        key.ok_or_else(|| SealingKeyError::Length(path.to_owned()))
    }

    fn new(bytes: &[u8]) -> Option<Self> {
        // Fails for any other length.
        UnboundKey::new(&AES_256_GCM, bytes)
            .ok()
            .map(|key| Self(LessSafeKey::new(key)))
    }

    /// Encrypts the private part of the key with this id. The nonce comes first.
    pub(super) fn seal(&self, kid: &str, private: &[u8]) -> Result<Vec<u8>, Failed> {
        let nonce = random::<NONCE_LEN>().map_err(|_| Failed)?;
        let mut sealed = private.to_vec();
        let under = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(under, bound_to(kid), &mut sealed)
            .map_err(|_| Failed)?;
        sealed.splice(0..0, nonce);
        Ok(sealed)
    }

    /// Decrypts the private part of the key with this id; `None` if it was encrypted with another key, or for another id.
    pub(super) fn open(&self, kid: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut private = ciphertext.to_vec();
        let under = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(under, bound_to(kid), &mut private).ok()?.len();
        private.truncate(length);
        Some(private)
    }
}

fn bound_to(kid: &str) -> Aad<Vec<u8>> {
    Aad::from([CONTEXT, kid.as_bytes()].concat())
}

/// The name of the file of a start without keys.
pub const DEVELOPMENT_SEALING_KEY: &str = "development-signing-key";

/// The file of a start without keys, in this folder; created with a random key the first time.
pub fn development_sealing_key(folder: &Path) -> io::Result<PathBuf> {
    development_file(folder, DEVELOPMENT_SEALING_KEY, || Ok(random::<LENGTH>()?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_belongs_to_its_key_and_to_its_id() {
        let key = SealingKey::new(&[7; 32]).unwrap();
        let sealed = key.seal("a", b"private").unwrap();
        assert_eq!(key.open("a", &sealed).as_deref(), Some(&b"private"[..]));
        assert_ne!(sealed, key.seal("a", b"private").unwrap());
        assert_eq!(key.open("b", &sealed), None);
        assert_eq!(SealingKey::new(&[8; 32]).unwrap().open("a", &sealed), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(key.open("a", &changed), None, "{place}");
            assert_eq!(key.open("a", &sealed[..place]), None, "{place}");
        }
    }

    #[test]
    fn the_file_has_thirty_two_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for length in [0, 31, 33, 64] {
            fs::write(&path, vec![b'a'; length]).unwrap();
            let error = SealingKey::read(&path).unwrap_err().to_string();
            assert!(error.contains("is not a file of 32 bytes"), "{length}: {error}");
        }
        for path in [folder.path(), Path::new("/dev/zero")] {
            let error = SealingKey::read(path).unwrap_err().to_string();
            assert!(error.contains("is not a file of 32 bytes"), "{error}");
        }
        fs::write(&path, [b'\n'; 32]).unwrap();
        assert!(SealingKey::read(&path).is_ok());
        let missing = SealingKey::read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.contains("cannot be read"), "{missing}");
    }
}
