//! When keys are read again: for an unknown key id, at SIGHUP, and after some time.

use std::time::Duration;

use super::{
    super::reload::{KEYS_LINE, status, wait_for_log},
    KEYS, by_ed25519, by_p256, ed25519, p256, provider, set_of, with_own_key, without_own_key,
};
use crate::support::{Claims, Database::Sqlite, TestDatabase, apply, database_test};

fn acme() -> Claims {
    Claims::of("acme")
}

#[apply(database_test)]
async fn a_rotation_is_noticed_by_the_first_token_of_the_new_key(database: TestDatabase) {
    let (provider, url) = provider("e1");
    let server = without_own_key(&database, &["--jwks-url", &url]);
    server.ready().await;
    let (old, new) = (by_ed25519("e1", acme()), by_p256("p1", acme()));
    assert_eq!(status(&server, &old).await, 200);
    provider.publish(KEYS, &set_of(&[p256("p1"), ed25519("e1")]));
    assert_eq!((status(&server, &new).await, status(&server, &old).await), (200, 200));
    assert_eq!(provider.requests(), 2);
}

#[apply(database_test)]
async fn keys_of_a_provider_and_of_files_count_together(#[values(Sqlite)] database: TestDatabase) {
    let (_provider, url) = provider("e1");
    let server = with_own_key(database.folder.path(), &database.url, &["--jwks-url", &url]).await;
    assert_eq!(status(&server, &acme().token()).await, 200);
    assert_eq!(status(&server, &by_ed25519("e1", acme())).await, 200);
    // The key has an id, so it is not for tokens that name another.
    assert_eq!(status(&server, &by_ed25519("e2", acme())).await, 401);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tokens_with_unknown_keys_cause_one_request(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let arguments = ["--jwks-url", &url, "--key-cool-down", "1h"];
    let server = without_own_key(&database, &arguments);
    server.ready().await;
    provider.hold();
    provider.publish(KEYS, &set_of(&[p256("p1")]));
    let send = |token: &str| {
        let caller = server.as_anonymous().authorization(&format!("Bearer {token}"));
        tokio::spawn(async move { caller.get("/record-lists").send().await.status.as_u16() })
    };
    let unknown: Vec<_> = (0..100)
        .map(|number| send(&by_ed25519(&format!("x{number}"), acme())))
        .collect();
    let new = send(&by_p256("p1", acme()));
    provider.wait_for_requests(2);
    // A token of a key that is known does not wait.
    assert_eq!(status(&server, &by_ed25519("e1", acme())).await, 200);
    provider.release();
    for status in unknown {
        assert_eq!(status.await.expect("a status"), 401);
    }
    assert_eq!(new.await.expect("a status"), 200);
    for number in 0..20 {
        assert_eq!(status(&server, &by_ed25519(&format!("y{number}"), acme())).await, 401);
    }
    assert_eq!(provider.requests(), 2);
}

#[apply(database_test)]
async fn after_the_cool_down_an_unknown_key_is_looked_for_again(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let server = without_own_key(&database, &["--jwks-url", &url, "--key-cool-down", "1ms"]);
    server.ready().await;
    for number in 0..3 {
        let before = provider.requests();
        while provider.requests() == before {
            assert_eq!(status(&server, &by_p256("p1", acme())).await, 401, "{number}");
        }
    }
    provider.publish(KEYS, &set_of(&[p256("p1")]));
    while status(&server, &by_p256("p1", acme())).await != 200 {}
}

/// Tokens of an algorithm that providers do not use, or of a key that is known.
#[apply(database_test)]
async fn other_refused_tokens_cause_no_request(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let server = without_own_key(&database, &["--jwks-url", &url]);
    server.ready().await;
    let (own, other) = (by_ed25519("e1", acme()), by_ed25519("e1", Claims::of("other")));
    let (message, _) = own.rsplit_once('.').expect("a signature");
    let (_, signature) = other.rsplit_once('.').expect("a signature");
    for token in [
        acme().token(),
        acme().header(|header| header.kid = Some("x".into())).token(),
        format!("{message}.{signature}"),
        by_ed25519("e1", acme().with("exp", 1)),
        "x.y.z".to_owned(),
    ] {
        assert_eq!(status(&server, &token).await, 401, "{token}");
    }
    assert_eq!(provider.requests(), 1);
}

#[apply(database_test)]
async fn a_signal_reads_keys_whatever_the_cool_down_says(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let arguments = ["--jwks-url", &url, "--key-cool-down", "1h"];
    let server = with_own_key(database.folder.path(), &database.url, &arguments).await;
    assert_eq!(status(&server, &by_p256("p1", acme())).await, 401);
    provider.publish(KEYS, &set_of(&[p256("p1")]));
    assert_eq!(status(&server, &by_p256("p1", acme())).await, 401);
    for (count, requests) in [(3, 3), (4, 4)] {
        server.signal("HUP");
        // The line is there even if the keys are the same as before.
        wait_for_log(&server, KEYS_LINE, count).await;
        assert_eq!(provider.requests(), requests);
        assert_eq!(status(&server, &by_p256("p1", acme())).await, 200);
        assert_eq!(status(&server, &by_ed25519("e1", acme())).await, 401);
    }
}

/// A key that the provider has removed ends although no token makes the keys be read again.
#[apply(database_test)]
async fn keys_are_read_again_after_ten_cool_downs(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let server = without_own_key(&database, &["--jwks-url", &url, "--key-cool-down", "100ms"]);
    server.ready().await;
    let token = by_ed25519("e1", acme());
    assert_eq!(status(&server, &token).await, 200);
    provider.publish(KEYS, &set_of(&[p256("p1")]));
    let removed = async {
        while status(&server, &token).await == 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let removed = tokio::time::timeout(Duration::from_secs(60), removed).await;
    assert!(removed.is_ok(), "{} requests", provider.requests());
}
