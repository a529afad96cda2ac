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

/// A key that has no time yet.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSigningKey {
    /// The id that tokens will name it by.
    pub kid: String,
    /// The public part: 32 bytes.
    pub public_key: Vec<u8>,
    /// The private part, encrypted.
    pub sealed: Vec<u8>,
}

impl NewSigningKey {
    /// The key that signs from this time on.
    pub fn from(self, signs_from: DateTime<Utc>) -> SigningKey {
        SigningKey {
            kid: self.kid,
            public_key: self.public_key,
            sealed: self.sealed,
            signs_from,
        }
    }
}

impl fmt::Debug for NewSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewSigningKey({})", self.kid)
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

    /// From when a new key signs that is published at `now`: after the cool-down, and after every other key, whatever the
    /// clocks were by which those were dated. The first key signs at once.
    pub fn next_signs_from(&self, now: DateTime<Utc>, cool_down: Duration) -> DateTime<Utc> {
        self.0.last().map_or(now, |last| now.max(last.signs_from) + cool_down)
    }

    /// The keys that do not sign yet at `now`.
    pub fn pending(&self, now: DateTime<Utc>) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().skip(1).filter(move |key| key.signs_from > now)
    }

    /// When the first of the keys can be deleted; `None` if only one is left.
    pub fn first_expires(&self) -> Option<DateTime<Utc>> {
        self.0.get(1).map(|second| second.signs_from + KEPT_AFTER)
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
        let pending = |now| keys.pending(at(now)).map(|key| key.kid.as_str()).collect::<String>();
        assert_eq!(
            (pending(-1), pending(60), pending(5_000)),
            ("bc".into(), "c".into(), String::new())
        );
        assert_eq!(keys.first_expires(), Some(at(60 + 690)));
    }

    #[test]
    fn a_new_key_comes_last_whatever_the_clock_says() {
        let minute = Duration::from_secs(60);
        let keys = SigningKeys::new(vec![key("a", 0), key("b", 1_000)]);
        for (now, expected) in [(2_000, 2_060), (1_000, 1_060), (-500, 1_060)] {
            assert_eq!(keys.next_signs_from(at(now), minute), at(expected), "{now}");
        }
        assert_eq!(SigningKeys::default().next_signs_from(at(7), minute), at(7));
    }
}
