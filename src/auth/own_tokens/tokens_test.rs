use chrono::TimeDelta;

use super::*;
use crate::{
    auth::own_tokens::new_signing_key,
    domain::{AccountId, ClientId, SecretHash, TOKEN_LIFETIME},
};

fn client() -> Client {
    Client {
        id: ClientId("c1".to_owned()),
        account: AccountId::new("acme").unwrap(),
        name: String::new(),
        scope: "a b".to_owned(),
        secret_hash: SecretHash([0; 32]),
        created_at: DateTime::UNIX_EPOCH,
        revoked_at: None,
    }
}

fn sealing(byte: u8) -> SealingKey {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, [byte; 32]).unwrap();
    SealingKey::read(&path).unwrap()
}

fn tokens(keys: &SigningKeys, sealing: &SealingKey) -> OwnTokens {
    OwnTokens::new(keys.clone(), sealing, TokenIdentity::default())
}

#[test]
fn a_token_is_verified_as_long_as_its_key_is_published() {
    let sealing = sealing(7);
    let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let later = start + TimeDelta::seconds(60);
    let first = new_signing_key(&sealing).unwrap().from(start);
    let second = new_signing_key(&sealing).unwrap().from(later);
    let both = tokens(&SigningKeys::new(vec![second.clone(), first.clone()]), &sealing);
    let issue = |now| both.issue(&client(), "a", now, TOKEN_LIFETIME).unwrap();
    let (by_first, by_second) = (issue(later - TimeDelta::seconds(1)), issue(later));
    assert_eq!(own_kid(&by_first).as_deref(), Some(first.kid.as_str()));
    assert_eq!(own_kid(&by_second).as_deref(), Some(second.kid.as_str()));
    let principal = both.verify(&by_first, &first.kid, later).unwrap();
    assert_eq!((principal.client.as_str(), principal.account.as_str()), ("c1", "acme"));
    assert!(principal.scopes.contains("a") && !principal.scopes.contains("b"));
    // Whoever has the key of long ago makes tokens that last.
    let year = std::time::Duration::from_secs(365 * 24 * 60 * 60);
    let lasting = tokens(&SigningKeys::new(vec![first.clone()]), &sealing);
    let lasting = lasting.issue(&client(), "a", start, year).unwrap();
    assert!(both.verify(&lasting, &first.kid, later).is_ok());
    let gone = later + TimeDelta::seconds(690);
    assert_eq!(both.verify(&lasting, &first.kid, gone).err(), Some(Refusal::NoKey));
    // The id chooses the key.
    assert!(both.verify(&by_first, "unknown", later).is_err());
}

#[test]
fn without_the_file_nothing_is_signed() {
    let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let key = new_signing_key(&sealing(7)).unwrap().from(now);
    let keys = SigningKeys::new(vec![key.clone()]);
    let (right, wrong) = (tokens(&keys, &sealing(7)), tokens(&keys, &sealing(8)));
    assert!(unopened(&keys, &sealing(7)).is_empty());
    assert_eq!(unopened(&keys, &sealing(8)), [key.kid.as_str()]);
    assert!(wrong.issue(&client(), "a", now, TOKEN_LIFETIME).is_err());
    let token = right.issue(&client(), "a", now, TOKEN_LIFETIME).unwrap();
    assert!(wrong.verify(&token, &key.kid, now).is_ok());
    assert_eq!(right.key_set(now), wrong.key_set(now));
    let shown = right.key_set(now).to_string();
    let private = BASE64_URL_SAFE_NO_PAD.encode(&key.sealed);
    assert!(!shown.contains(&private) && !shown.contains("\"d\""));
}

#[test]
fn other_tokens_have_other_ids() {
    for text in [
        "",
        "a",
        "a.b.c",
        "e30.e30.e30",
        "eyJraWQiOiJrMSJ9.e30.e30",
        "eyJraWQiOjd9.e30.e30",
    ] {
        assert_eq!(own_kid(text), None, "{text}");
    }
}
