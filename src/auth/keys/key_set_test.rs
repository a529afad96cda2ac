use std::path::Path;

use super::*;
use crate::auth::settings::KeyFile;

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
