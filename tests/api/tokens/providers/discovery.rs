//! `--oidc-issuer`: keys that are found by discovery, and whose tokens they verify.

use serde_json::json;

use super::{
    super::reload::{KEYS_LINE, status, wait_for_log},
    KEYS, by_ed25519, by_p256, ed25519, failure_after, p256, set_of, with_own_key, without_own_key,
};
use crate::support::{Claims, Database::Sqlite, IdentityProvider, TestDatabase, apply, database_test};

const DOCUMENT: &str = "/realms/a/.well-known/openid-configuration";

/// A provider whose issuer has a path, and the issuer.
fn provider() -> (IdentityProvider, String) {
    let provider = IdentityProvider::start();
    let issuer = provider.url("/realms/a");
    provider.publish(KEYS, &set_of(&[ed25519("e1")]));
    provider.publish(DOCUMENT, &document(&issuer, &provider.url(KEYS)));
    (provider, issuer)
}

fn document(issuer: &str, keys: &str) -> String {
    json!({"issuer": issuer, "jwks_uri": keys, "scopes_supported": ["openid"]}).to_string()
}

#[apply(database_test)]
async fn the_keys_of_an_issuer_are_for_its_own_tokens(database: TestDatabase) {
    let (_provider, issuer) = provider();
    let server = without_own_key(&database, &["--oidc-issuer", &issuer]);
    server.ready().await;
    let acme = || Claims::of("acme");
    for (claims, expected) in [
        (acme().with("iss", issuer.as_str()), 200),
        (acme().with("iss", format!("{issuer}/")), 401),
        (acme().with("iss", "https://id.example.com"), 401),
        (acme().with("iss", json!([issuer])), 401),
        (acme(), 401),
    ] {
        let token = by_ed25519("e1", claims.clone());
        assert_eq!(status(&server, &token).await, expected, "{claims:?}");
    }
    let log = server.log();
    let line = log.lines().rfind(|line| line.contains("its iss is not configured"));
    assert!(line.is_some_and(|line| line.contains(&issuer)), "{line:?}");
}

#[apply(database_test)]
async fn other_keys_keep_their_issuers(#[values(Sqlite)] database: TestDatabase) {
    let (_provider, issuer) = provider();
    let of_keys = IdentityProvider::start();
    of_keys.publish(KEYS, &set_of(&[p256("p1")]));
    let other = "https://id.example.com/";
    let url = of_keys.url(KEYS);
    let arguments = ["--oidc-issuer", &issuer, "--jwks-url", &url, "--jwt-issuer", other];
    let server = with_own_key(database.folder.path(), &database.url, &arguments).await;
    wait_for_log(&server, KEYS_LINE, 3).await;
    let of_issuer = Claims::of("acme").with("iss", issuer.as_str());
    let of_other = Claims::of("acme").with("iss", other);
    for (token, expected) in [
        (by_ed25519("e1", of_issuer.clone()), 200),
        (by_ed25519("e1", of_other.clone()), 401),
        (by_p256("p1", of_issuer.clone()), 401),
        (by_p256("p1", of_other.clone()), 200),
        (of_issuer.token(), 401),
        (of_other.token(), 200),
    ] {
        assert_eq!(status(&server, &token).await, expected, "{token}");
    }
}

/// A key that an issuer and a URL publish verifies the tokens of both.
#[apply(database_test)]
async fn a_key_from_two_sources_is_for_the_tokens_of_both(#[values(Sqlite)] database: TestDatabase) {
    let (_provider, issuer) = provider();
    let of_keys = IdentityProvider::start();
    of_keys.publish(KEYS, &set_of(&[ed25519("e1")]));
    let other = "https://id.example.com/";
    let url = of_keys.url(KEYS);
    let arguments = ["--oidc-issuer", &issuer, "--jwks-url", &url, "--jwt-issuer", other];
    let server = with_own_key(database.folder.path(), &database.url, &arguments).await;
    wait_for_log(&server, KEYS_LINE, 3).await;
    for (iss, expected) in [(issuer.as_str(), 200), (other, 200), ("https://else.example.com/", 401)] {
        let token = by_ed25519("e1", Claims::of("acme").with("iss", iss));
        assert_eq!(status(&server, &token).await, expected, "{iss}");
    }
}

/// A rotation may also move the keys to another place.
#[apply(database_test)]
async fn the_document_is_read_again_with_the_keys(#[values(Sqlite)] database: TestDatabase) {
    let (provider, issuer) = provider();
    let server = without_own_key(&database, &["--oidc-issuer", &issuer]);
    server.ready().await;
    provider.publish("/moved", &set_of(&[p256("p1")]));
    provider.publish(DOCUMENT, &document(&issuer, &provider.url("/moved")));
    let claims = Claims::of("acme").with("iss", issuer.as_str());
    assert_eq!(status(&server, &by_p256("p1", claims)).await, 200);
    assert_eq!(provider.requests_for(DOCUMENT), 2);
    assert_eq!((provider.requests_for(KEYS), provider.requests_for("/moved")), (1, 1));
}

#[apply(database_test)]
async fn a_document_that_cannot_be_used_gives_no_keys(#[values(Sqlite)] database: TestDatabase) {
    let (provider, issuer) = provider();
    let keys = provider.url(KEYS);
    provider.publish(DOCUMENT, "{");
    let server = without_own_key(&database, &["--oidc-issuer", &issuer]);
    server.alive().await;
    let described = provider.url(DOCUMENT);
    let other = format!("is the document of the issuer \"{issuer}/\"");
    for (text, expected) in [
        (
            "{".to_owned(),
            "is not a JSON object with the texts issuer and jwks_uri",
        ),
        (
            json!({"issuer": issuer}).to_string(),
            "is not a JSON object with the texts",
        ),
        (document(&format!("{issuer}/"), &keys), &other),
        (
            document("https://id.example.com", &keys),
            "is the document of the issuer",
        ),
        (
            document(&issuer, "http://id.example.com/keys"),
            "must be a URL with https://",
        ),
        (document(&issuer, "keys"), "must be a URL with https://"),
        (document(&issuer, &provider.url("/nowhere")), "/nowhere cannot be read"),
    ] {
        let before = server.log().len();
        provider.publish(DOCUMENT, &text);
        server.signal("HUP");
        let line = failure_after(&server, before, expected).await;
        assert!(line.contains(&described) || expected.contains("nowhere"), "{line}");
    }
    assert_eq!(provider.requests_for(KEYS), 0);
    provider.publish(DOCUMENT, &document(&issuer, &keys));
    server.signal("HUP");
    server.ready().await;
}
