//! Signing keys: which of them signs, and how long the others stay.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};

/// How long a token of the token endpoint is valid (docs/contract.md section 1.6).
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(600);

/// How long a key stays after another has taken its place: until its last token has expired, with the leeway for `exp`,
/// and a minute for clocks that differ.
pub const KEPT_AFTER: Duration = TOKEN_LIFETIME.saturating_add(Duration::from_secs(90));

/// An Ed25519 key as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The id that tokens name it by.
    pub kid: String,
    /// The public part: 32 bytes.
    pub public_key: Vec<u8>,
    /// The private part, encrypted.
    pub sealed: Vec<u8>,
    /// From when it signs, in place of the one before.
    pub signs_from: DateTime<Utc>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, from {})", self.kid, self.signs_from)
    }
}

/// Signing keys, in the order in which they sign.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Puts the keys in order.
    pub fn new(mut keys: Vec<SigningKey>) -> Self {
        keys.sort_by(|a, b| (a.signs_from, &a.kid).cmp(&(b.signs_from, &b.kid)));
        Self(keys)
    }

    /// All keys, those too that have had their time.
    pub fn all(&self) -> &[SigningKey] {
        &self.0
    }

    /// The key that signs at `now`. If none does yet, because clocks differ, it is the first that will.
    pub fn signer(&self, now: DateTime<Utc>) -> Option<&SigningKey> {
        let begun = self.0.iter().rev().find(|key| key.signs_from <= now);
        begun.or(self.0.first())
    }

    /// The keys that are published at `now`: tokens with their signature count.
    pub fn published(&self, now: DateTime<Utc>) -> impl Iterator<Item = &SigningKey> {
        let places = 0..self.0.len();
        places
            .filter(move |place| self.is_published(*place, now))
            .map(|place| &self.0[place])
    }

    /// The key with this id, if it is published at `now`.
    pub fn find_published(&self, kid: &str, now: DateTime<Utc>) -> Option<&SigningKey> {
        self.published(now).find(|key| key.kid == kid)
    }

    /// The keys that can be deleted at `now`.
    pub fn expired(&self, now: DateTime<Utc>) -> impl Iterator<Item = &SigningKey> {
        let places = 0..self.0.len();
        places
            .filter(move |place| !self.is_published(*place, now))
            .map(|place| &self.0[place])
    }

    /// Whether the key at this place has not been replaced for so long that none of its tokens can be valid.
    fn is_published(&self, place: usize, now: DateTime<Utc>) -> bool {
        self.0
            .get(place + 1)
            .is_none_or(|next| now < next.signs_from + KEPT_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn key(kid: &str, signs_from: i64) -> SigningKey {
        SigningKey {
            kid: kid.to_owned(),
            public_key: Vec::new(),
            sealed: Vec::new(),
            signs_from: at(signs_from),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_new_key_signs_when_its_time_comes_and_the_old_one_stays() {
        let keys = SigningKeys::new(vec![key("c", 5_000), key("a", 0), key("b", 60)]);
        for (now, signer, published) in [
            (-1, "a", "abc"),
            (0, "a", "abc"),
            (59, "a", "abc"),
            (60, "b", "abc"),
            (60 + 689, "b", "abc"),
            (60 + 690, "b", "bc"),
            (5_000, "c", "bc"),
            (5_000 + 690, "c", "c"),
            (1_000_000, "c", "c"),
        ] {
            assert_eq!(keys.signer(at(now)).unwrap().kid, signer, "{now}");
            let kids: String = keys.published(at(now)).map(|key| key.kid.as_str()).collect();
            assert_eq!(kids, published, "{now}");
            let expired: String = keys.expired(at(now)).map(|key| key.kid.as_str()).collect();
            assert_eq!(expired.len() + published.len(), 3, "{now}");
            assert_eq!(keys.find_published("a", at(now)).is_some(), published.contains('a'));
        }
        assert!(SigningKeys::default().signer(at(0)).is_none());
    }
}
