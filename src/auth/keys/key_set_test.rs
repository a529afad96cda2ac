use std::path::Path;

use super::*;
use crate::auth::{keys::public_key::PublicKey, settings::KeyFile};

/// A secret of its own for each number.
fn secret(number: usize) -> Secret {
    Secret::new(
        format!("secret {number} of more than thirty-two bytes").as_bytes(),
        "test",
    )
}

fn set_of(secrets: Vec<Secret>) -> KeySet {
    KeySet::read(&AuthSettings {
        secrets,
        ..AuthSettings::default()
    })
    .unwrap()
}

#[test]
fn at_most_eight_keys_are_tried() {
    for (count, tried, remarks) in [(1, 1, 0), (8, 8, 0), (9, 8, 1), (100, 8, 1)] {
        let unnamed = set_of((0..count).map(secret).collect());
        let named = set_of((0..count).map(|n| secret(n).with_kid(Some("k1".into()))).collect());
        for (set, kid) in [
            (&unnamed, None),
            (&unnamed, Some("other")),
            (&named, None),
            (&named, Some("k1")),
        ] {
            assert_eq!(set.candidates(kid, Algorithm::HS256).len(), tried, "{count} {kid:?}");
            assert_eq!(set.remarks().len(), remarks);
        }
        assert!(named.candidates(Some("other"), Algorithm::HS256).is_empty());
        let own = secret_kid(&secret(count - 1));
        assert_eq!(unnamed.candidates(Some(&own), Algorithm::HS256).len(), 1);
    }
}

#[test]
fn a_key_with_several_ids_is_tried_once() {
    let with = |kid: &str| secret(1).with_kid(Some(kid.into()));
    let set = set_of(vec![secret(1), with("k1"), with("k2"), with("k2"), secret(1)]);
    assert_eq!(set.candidates(None, Algorithm::HS256).len(), 1);
    assert_eq!(set.describe().len(), 3);
    let expected = KeyRemark::Twice {
        source_of_second: "test".into(),
    };
    assert_eq!(set.remarks(), [expected.clone(), expected]);
}

#[test]
fn only_keys_of_the_algorithm_are_tried() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
    let file = |name: &str| KeyFile {
        kid: None,
        path: keys.join(name),
    };
    let set = KeySet::read(&AuthSettings {
        secrets: vec![secret(1), secret(2)],
        public_keys: ["rsa.pub.pem", "rsa-other.pub.pem", "ec.pub.pem"].map(file).into(),
        ..AuthSettings::default()
    })
    .unwrap();
    for (algorithm, expected) in [
        (Algorithm::HS256, 2),
        (Algorithm::RS256, 2),
        (Algorithm::ES256, 1),
        (Algorithm::EdDSA, 0),
        (Algorithm::HS384, 0),
        (Algorithm::HS512, 0),
        (Algorithm::RS384, 0),
        (Algorithm::RS512, 0),
        (Algorithm::PS256, 0),
        (Algorithm::ES384, 0),
    ] {
        for kid in [None, Some("unknown")] {
            assert_eq!(set.candidates(kid, algorithm).len(), expected, "{algorithm:?} {kid:?}");
        }
    }
}

/// The key of a file, as a provider would publish it.
fn published(name: &str, kid: &str) -> KeyGroup {
    let path = format!("{}/tests/fixtures/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    let key = PublicKey::from_pem(&std::fs::read(path).unwrap()).unwrap();
    KeyGroup {
        keys: vec![Key::public(Some(kid.to_owned()), key, "test".to_owned())],
        remarks: Vec::new(),
    }
}

#[test]
fn keys_of_a_provider_replace_its_own_alone() {
    let settings = AuthSettings {
        secrets: vec![secret(1)],
        jwks_url: Some("https://a.example/keys".parse().unwrap()),
        oidc_issuer: Some("https://b.example".parse().unwrap()),
        ..AuthSettings::default()
    };
    let ids = |set: &KeySet| {
        let keys = set.describe().into_iter();
        keys.map(|key| key.kid.unwrap_or_default()).collect::<Vec<_>>()
    };
    let set = KeySet::read(&settings).unwrap();
    assert!(!set.is_complete() && !set.is_empty());
    let set = set.with_published(1, published("ec.pub.pem", "b1")).unwrap();
    assert!(!set.is_complete());
    let set = set.with_published(0, published("rsa.pub.pem", "a1")).unwrap();
    assert!(set.is_complete());
    assert_eq!(ids(&set), ["", "a1", "b1"]);
    assert!(set.with_published(0, published("rsa.pub.pem", "a1")).is_none());
    // Another id, or another key with the same id.
    for (name, kid) in [("rsa.pub.pem", "a2"), ("rsa-other.pub.pem", "a1")] {
        let set = set.with_published(0, published(name, kid)).unwrap();
        assert_eq!(ids(&set), ["", kid, "b1"]);
    }
    let configured = KeySet::read(&AuthSettings {
        secrets: vec![secret(2).with_kid(Some("s2".into()))],
        ..settings
    });
    assert_eq!(ids(&set.with_configured(configured.unwrap())), ["s2", "a1", "b1"]);
}

#[test]
fn a_provider_may_have_a_key_whose_id_is_not_known() {
    let set = KeySet::default().with_configured(set_of(vec![secret(1).with_kid(Some("s1".into()))]));
    let set = KeySet {
        published: vec![None],
        ..set
    };
    let set = set.with_published(0, published("rsa.pub.pem", "a1")).unwrap();
    for (kid, algorithm, expected) in [
        (Some("a1"), Algorithm::RS256, false),
        (Some("a1"), Algorithm::ES256, true),
        (Some("a2"), Algorithm::RS256, true),
        (None, Algorithm::EdDSA, true),
        (None, Algorithm::RS256, true),
        (Some("s2"), Algorithm::HS256, false),
        (Some("a2"), Algorithm::RS512, false),
    ] {
        assert_eq!(set.may_lack(kid, algorithm), expected, "{kid:?} {algorithm:?}");
    }
}
