//! Requests that fail, and those that are refused.

use super::{Victim, assert_alerts};
use crate::support::{
    Blocker, Claims, Database::Sqlite, IdentityProvider, TestDatabase, TestList, apply, database_test,
};

/// Deletes that fail before anything is looked for.
async fn assert_deletes_fail(list: &TestList, code: &str, status: u16) {
    for _ in 0..3 {
        list.delete_ids(&["x"]).await.assert_error(status, code);
    }
}

#[apply(database_test)]
async fn requests_failing_fires_on_panics(database: TestDatabase) {
    let mut victim = Victim::start(database, &[]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    victim.plant("handler=panic").await;
    let before = victim.scrape().await;
    assert_deletes_fail(&list, "INTERNAL", 500).await;
    let alerts = ["RecordListsInternalErrors", "RecordListsRequestsFailing"];
    assert_alerts(&before, &victim.scrape().await, &alerts, &[]);
}

/// Few among many are no reason to wake somebody up.
#[apply(database_test)]
async fn internal_errors_fires(#[values(Sqlite)] database: TestDatabase) {
    let mut victim = Victim::start(database, &[]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    victim.plant("handler=1*panic").await;
    let before = victim.scrape().await;
    list.delete_ids(&["x"]).await.assert_error(500, "INTERNAL");
    for _ in 0..40 {
        list.delete_ids(&["x"]).await.assert_status(200);
    }
    assert_alerts(&before, &victim.scrape().await, &["RecordListsInternalErrors"], &[]);
}

/// Another process holds the file, of which readiness says nothing.
#[apply(database_test)]
async fn requests_failing_fires_on_a_file_that_is_held(#[values(Sqlite)] database: TestDatabase) {
    let victim = Victim::start(database, &["--lock-timeout", "100ms"]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    let before = victim.scrape().await;
    let blocker = Blocker::hold(&victim.database, &list.id).await;
    assert_deletes_fail(&list, "DATABASE_UNAVAILABLE", 503).await;
    let after = victim.scrape().await;
    blocker.release().await;
    assert_alerts(&before, &after, &["RecordListsRequestsFailing"], &[]);
}

#[apply(database_test)]
async fn requests_failing_fires_on_missing_keys(#[values(Sqlite)] database: TestDatabase) {
    let provider = IdentityProvider::start();
    let victim = Victim::start(database, &["--jwks-url", &provider.url("/keys")]).await;
    let before = victim.scrape().await;
    // It says `{"alg":"EdDSA","kid":"e1"}`: a key of the provider may have signed it.
    let own = Claims::of("acme").token();
    let claims = own.split('.').nth(1).expect("claims");
    let foreign = format!("Bearer eyJhbGciOiJFZERTQSIsImtpZCI6ImUxIn0.{claims}.{}", "A".repeat(86));
    for _ in 0..3 {
        let caller = victim.server.as_anonymous().authorization(&foreign);
        let refused = caller.get("/record-lists").send().await;
        refused.assert_error(503, "KEYS_UNAVAILABLE");
    }
    let failed = "record_lists_key_reads_total{outcome=\"failed\"}";
    let so_far = before[failed];
    let after = victim.scrape_with(failed, |reads| reads > so_far).await;
    let alerts = ["RecordListsKeyReadsFailing", "RecordListsRequestsFailing"];
    assert_alerts(&before, &after, &alerts, &[]);
}

#[apply(database_test)]
async fn overloaded_fires(database: TestDatabase) {
    let flags = ["--queue-length", "1", "--lock-timeout", "60s"];
    let victim = Victim::start(database, &flags).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    let before = victim.scrape().await;
    let blocker = Blocker::hold(&victim.database, &list.id).await;
    let patient = list.asked_by(victim.server.as_manager());
    let patient = tokio::spawn(async move { patient.delete_ids(&["x"]).await });
    let waiting = "record_lists_waiting_callers";
    victim.metrics.until(waiting, |callers| callers == 1.0).await;
    assert_deletes_fail(&list, "OVERLOADED", 503).await;
    let after = victim.scrape().await;
    blocker.release().await;
    patient.await.expect("no panic").assert_status(200);
    assert_alerts(&before, &after, &["RecordListsOverloaded"], &[]);
}
