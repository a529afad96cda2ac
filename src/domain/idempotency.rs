//! Idempotency keys and fingerprints, which make it safe to repeat a request (docs/contract.md section 5.5).

use sha2::{Digest, Sha256};

/// The idempotency key that a client chose for one write: 1 to 255 printable ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The minimum number of characters.
    pub const MIN_LENGTH: usize = 1;
    /// The maximum number of characters.
    pub const MAX_LENGTH: usize = 255;

    /// Reads a key as sent; `None` if it is not valid. One pair of surrounding quotes is not part of the key, because
    /// some clients send it as a structured header string.
    pub fn parse(sent: &[u8]) -> Option<Self> {
        let key = match sent {
            [b'"', inner @ .., b'"'] => inner,
            bare => bare,
        };
        let is_printable = key.iter().all(|byte| (b' '..=b'~').contains(byte));
        let key = std::str::from_utf8(key).ok()?;
        ((Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&key.len()) && is_printable).then(|| Self(key.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hides the key, because clients may build keys from personal data.
impl std::fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdempotencyKey(***)")
    }
}

/// A digest of what a request asks for. Two requests with the same key and the same fingerprint are the same write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The SHA-256 digest of the parts, as 64 hexadecimal digits.
    pub fn of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length keeps the parts apart: `ab`, `c` and `a`, `bc` must differ.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self(digits)
    }

    /// The digest as 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printable_ascii_without_its_quotes() {
        let long = "k".repeat(256);
        for (sent, expected) in [
            ("a", Some("a")),
            (
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
                Some("8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ),
            ("\"a b\"", Some("a b")),
            ("\"\"a\"\"", Some("\"a\"")),
            ("\"a", Some("\"a")),
            ("\"", Some("\"")),
            ("", None),
            ("\"\"", None),
            ("a\tb", None),
            ("ü", None),
            (&long[..255], Some(&long[..255])),
            (&long, None),
        ] {
            let key = IdempotencyKey::parse(sent.as_bytes());
            assert_eq!(key.as_ref().map(IdempotencyKey::as_str), expected, "{sent}");
        }
        assert_eq!(IdempotencyKey::parse(b"a\xff"), None);
    }

    #[test]
    fn parts_do_not_run_together() {
        let of = |parts: &[&str]| Fingerprint::of(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", ""]), of(&["a"]));
        assert_eq!(of(&[]).as_str().len(), 64);
    }
}
