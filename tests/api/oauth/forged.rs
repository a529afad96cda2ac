//! Tokens that look like the service's own.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use record_lists::{
    auth::{OwnTokens, SealingKey, TokenIdentity, new_signing_key},
    domain::{AccountId, Client as Registered, ClientId, SecretHash, SigningKeys},
};
use serde_json::{Map, Value, json};

use super::{Client, MANAGE, app_on, status};
use crate::support::{TestApp, TestDatabase, apply, database_test, now};

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().expect("a token has three parts")
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn claims(changes: &[(&str, Value)]) -> Map<String, Value> {
    let claims = json!({"account_id": "acme", "client_id": "a", "sub": "a", "scope": MANAGE, "exp": now() + 600});
    let Value::Object(mut claims) = claims else {
        unreachable!("an object was written")
    };
    claims.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    claims
}

/// The public key of the application, and its id.
async fn public_key(app: &TestApp) -> (String, Vec<u8>) {
    let keys = app.as_anonymous().get("/oauth/certs").send().await.json();
    let text = |name: &str| keys["keys"][0][name].as_str().expect("a text").to_owned();
    (text("kid"), BASE64_URL_SAFE_NO_PAD.decode(text("x")).expect("a key"))
}

#[apply(database_test)]
async fn a_token_that_was_changed_is_refused(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let other = Client::add(&app.database, "other", MANAGE);
    let anonymous = app.as_anonymous();
    let (token, others) = (client.token(&anonymous).await, other.token(&anonymous).await);
    let [header, payload, signature] = parts(&token);
    let [_, other_payload, other_signature] = parts(&others);
    let (kid, key) = public_key(&app).await;
    let header_of = |alg: &str| encoded(&json!({"alg": alg, "typ": "at+jwt", "kid": kid}));
    // The public key as a secret.
    let mut hs256 = Header::new(Algorithm::HS256);
    hs256.kid = Some(kid.clone());
    let secret = EncodingKey::from_secret(&key).expect("a key");
    for forged in [
        format!("{header}.{other_payload}.{signature}"),
        format!("{header}.{payload}.{other_signature}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{}.{payload}.", header_of("none")),
        format!("{}.{payload}.{signature}", header_of("none")),
        format!("{}.{payload}.{signature}", header_of("HS256")),
        format!("{}.{payload}.{signature}", header_of("ES256")),
        format!("{}.{payload}.{signature}", encoded(&json!({"alg": "EdDSA"}))),
        format!(
            "{}.{payload}.{signature}",
            encoded(&json!({"alg": "EdDSA", "kid": kid, "crit": ["exp"]}))
        ),
        format!(
            "{}.{payload}.{signature}",
            encoded(&json!({"alg": "EdDSA", "kid": format!("{kid}0")}))
        ),
        encode(&hs256, &claims(&[]), &secret).expect("a token"),
        // Keys that a token brings itself do not count.
        encode(
            &{
                let mut header = Header::new(Algorithm::EdDSA);
                header.kid = Some(kid.clone());
                header.jku = Some("https://evil.example/keys".to_owned());
                header
            },
            &claims(&[]),
            &EncodingKey::from_ed_pem(&std::fs::read(crate::tokens::keys::fixture("ed25519.pem")).expect("a key"))
                .expect("a key"),
        )
        .expect("a token"),
    ] {
        assert_eq!(status(&anonymous, &forged).await, 401, "{forged}");
    }
    assert_eq!(status(&anonymous, &token).await, 200);
}

/// With a key of the database: what the endpoint would never say.
#[apply(database_test)]
async fn what_no_client_was_given_is_refused(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let sealing = SealingKey::read(&app.database.folder.path().join("signing-key")).expect("a key");
    let key = new_signing_key(&sealing)
        .expect("a key")
        .from(Utc::now() - TimeDelta::days(1));
    super::insert_key(&app.database, &key).await;
    let tokens = OwnTokens::new(SigningKeys::new(vec![key]), &sealing, TokenIdentity::default());
    let registered = |id: &str, account: &str| Registered {
        id: ClientId(id.to_owned()),
        account: AccountId::new(account).expect("an account"),
        name: String::new(),
        scope: MANAGE.to_owned(),
        secret_hash: SecretHash([0; 32]),
        created_at: Utc::now(),
        revoked_at: None,
    };
    let life = std::time::Duration::from_secs(600);
    let own = registered(&client.id, "acme");
    let anonymous = app.as_anonymous();
    for (of, scope, seconds_ago, expected) in [
        (&own, MANAGE, 0, 200),
        (&own, MANAGE, 620, 200),
        (&own, MANAGE, 640, 401),
        (&own, "record-lists:manager", 0, 403),
        (&registered(&client.id, "other"), MANAGE, 0, 401),
        (&registered("nobody", "acme"), MANAGE, 0, 401),
        (&registered("", "acme"), MANAGE, 0, 401),
    ] {
        let issued_at = Utc::now() - TimeDelta::seconds(seconds_ago);
        let token = tokens.issue(of, scope, issued_at, life).expect("a token");
        assert_eq!(
            status(&anonymous, &token).await,
            expected,
            "{of:?} {scope} {seconds_ago}"
        );
    }
    let old = Utc::now() - TimeDelta::seconds(640);
    let expired = tokens.issue(&own, MANAGE, old, life).expect("a token");
    let caller = app.with_token(&expired);
    let answer = caller
        .get("/record-lists")
        .send()
        .await
        .assert_error(401, "TOKEN_INVALID");
    assert!(
        answer.json()["description"]
            .as_str()
            .is_some_and(|text| text.contains("expired"))
    );
}
