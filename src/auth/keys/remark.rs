//! Remarks about the configured keys.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::jwk::Unusable;
use crate::systemd::credentials::is_credential;

/// Something about the configured keys that an operator should know and that does not keep them from being used.
/// Contains no part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyRemark {
    /// Whoever can read a secret can issue tokens. A warning only: some platforms mount secrets in this way.
    #[error("the secret file {} can be read by others than its owner (mode {mode:04o})", path.display())]
    OthersCanRead {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key of a key set is not used.
    #[error("skipped key {number}, with the id {kid:?}, of {set}: {reason}")]
    Skipped {
        /// The set, named by its file or URL.
        set: String,
        /// Its place in the set, from 1.
        number: usize,
        /// Its id, cut short; empty if there is none.
        kid: String,
        /// Why.
        reason: Unusable,
    },
    /// A key is there twice, for the same tokens, which changes nothing.
    #[error("skipped the key from {source_of_second}: it is in use already, with the same id")]
    Twice {
        /// Where the second one comes from.
        source_of_second: String,
    },
    /// Not all keys can be tried.
    #[error("{count} keys are for {algorithm}: a token that names no key is verified only with the first {tried}")]
    Many {
        /// The name of the algorithm.
        algorithm: String,
        /// How many keys there are.
        count: usize,
        /// How many of them are tried.
        tried: usize,
    },
}

/// The permission bits with which others than the owner may read a file.
const OTHERS_READ: u32 = 0o044;

impl KeyRemark {
    /// What is to be said of a secret file with this mode.
    pub(crate) fn of_mode(path: &Path, mode: u32) -> Option<Self> {
        (mode & OTHERS_READ != 0 && !is_credential(path)).then(|| Self::OthersCanRead {
            path: path.to_owned(),
            mode: mode & 0o7777,
        })
    }
}
