//! Which keys verify a token, with several of them and while they change.

use super::{
    tests::{OTHER, SECRET, authenticator, token, with_kid},
    *,
};
use crate::auth::{
    keys::secret_kid,
    settings::{KeyFile, Secret},
    tokens::TokenIssuer,
};

#[test]
fn a_key_id_chooses_and_without_one_every_key_is_tried() {
    let named = authenticator(&[], &["k1=rsa.pub.pem", "k2=rsa-other.pub.pem"]);
    let mixed = authenticator(&[], &["k1=rsa.pub.pem", "rsa-other.pub.pem"]);
    let unnamed = authenticator(&[], &["rsa.pub.pem", "rsa-other.pub.pem"]);
    let single = authenticator(&[], &["rsa.pub.pem"]);
    for (authenticator, token, expected) in [
        (&named, token("rsa.pem", with_kid("k1")), None),
        (&named, token("rsa-other.pem", with_kid("k2")), None),
        (&named, token("rsa.pem", with_kid("k2")), Some(Refusal::Signature)),
        (&named, token("rsa.pem", with_kid("k3")), Some(Refusal::NoKey)),
        (&named, token("rsa.pem", |_| {}), None),
        (&named, token("rsa-other.pem", |_| {}), None),
        (&mixed, token("rsa-other.pem", with_kid("unknown")), None),
        (&mixed, token("rsa.pem", with_kid("unknown")), Some(Refusal::Signature)),
        (&mixed, token("rsa-other.pem", with_kid("k1")), Some(Refusal::Signature)),
        (&mixed, token("rsa-other.pem", |_| {}), None),
        (&unnamed, token("rsa.pem", with_kid("unknown")), None),
        (&unnamed, token("rsa-other.pem", with_kid("unknown")), None),
        (&single, token("rsa.pem", with_kid("unknown")), None),
        (&single, token("rsa.pem", |_| {}), None),
        (&single, token("ec.pem", |_| {}), Some(Refusal::NoKey)),
    ] {
        assert_eq!(authenticator.authenticate_at(&token, now()).err(), expected);
    }
}

#[test]
fn a_second_secret_breaks_no_token_without_an_id() {
    for both in [
        authenticator(&[SECRET, OTHER], &[]),
        authenticator(&[OTHER, SECRET], &[]),
    ] {
        for name in ["secret", "other"] {
            assert!(both.authenticate_now(&token(name, |_| {})).is_ok(), "{name}");
            assert!(
                both.authenticate_now(&token(name, with_kid("elsewhere"))).is_ok(),
                "{name}"
            );
        }
    }
}

#[test]
fn a_secret_that_was_given_an_id_still_verifies_what_it_signed_before() {
    let named = |kid: &str| AuthSettings {
        secrets: vec![Secret::new(SECRET, "test").with_kid(Some(kid.into()))],
        ..AuthSettings::default()
    };
    let derived = secret_kid(&Secret::new(SECRET, "test"));
    let authenticator = Authenticator::new(&named("k1")).unwrap();
    for (kid, expected) in [("k1", true), (derived.as_str(), true), ("k2", false)] {
        let result = authenticator.authenticate_now(&token("secret", with_kid(kid)));
        assert_eq!(result.is_ok(), expected, "{kid}");
    }
}

#[test]
fn secrets_are_rotated_by_derived_key_ids() {
    let issue = |secret: &[u8]| {
        let settings = AuthSettings {
            secrets: vec![Secret::new(secret, "test")],
            ..AuthSettings::default()
        };
        let account = crate::domain::AccountId::new("acme").unwrap();
        let ttl = std::time::Duration::from_secs(60);
        let issuer = TokenIssuer::new(&settings).unwrap();
        issuer.issue(&account, "tests", "record-lists:manage", ttl).unwrap()
    };
    let both = authenticator(&[SECRET, OTHER], &[]);
    assert!(both.authenticate_now(&issue(SECRET)).is_ok());
    assert!(both.authenticate_now(&issue(OTHER)).is_ok());
    assert!(authenticator(&[OTHER], &[]).authenticate_now(&issue(SECRET)).is_err());
}

#[test]
fn keys_that_are_read_again_replace_the_old_ones_with_what_those_verified() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let write = |text: &[u8]| std::fs::write(&file, text).unwrap();
    write(SECRET);
    let authenticator = Authenticator::new(&AuthSettings {
        secret_files: vec![KeyFile {
            kid: Some("k1".into()),
            path: file.clone(),
        }],
        ..AuthSettings::default()
    })
    .unwrap();
    let [by_first, by_second] = ["secret", "other"].map(|name| token(name, |_| {}));
    // The token is remembered, which must not outlast its key.
    assert!(authenticator.authenticate_now(&by_first).is_ok());
    write(b"short");
    let error = authenticator.read_keys_again().unwrap_err().to_string();
    assert!(error.contains(&file.display().to_string()), "{error}");
    assert!(authenticator.authenticate_now(&by_first).is_ok());
    write(OTHER);
    assert!(authenticator.authenticate_now(&by_second).is_err());
    authenticator.read_keys_again().unwrap();
    assert!(authenticator.authenticate_now(&by_second).is_ok());
    assert!(authenticator.authenticate_now(&by_first).is_err());
    std::fs::remove_file(&file).unwrap();
    assert!(authenticator.read_keys_again().is_err());
    assert!(authenticator.authenticate_now(&by_second).is_ok());
}
