//! The server itself, and one without faults.

use chrono::{Datelike, Days, Utc};
use rcgen::date_time_ymd;

use super::{Victim, assert_alerts};
use crate::support::{
    AUTHORITY, Database::Sqlite, IdentityProvider, Series, TestDatabase, TestList, apply, database_test, now, person,
};

#[apply(database_test)]
async fn a_server_that_works_raises_no_alert(database: TestDatabase) {
    let victim = Victim::start(database, &[]).await;
    let before = victim.scrape().await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    list.delete_ids(&[&ids[0], "x"]).await.assert_status(200);
    list.delete_phones(&["+14155550102"]).await.assert_status(200);
    list.caller.get("/record-lists/x").send().await.assert_status(404);
    let stranger = victim.server.as_anonymous().get("/record-lists").send().await;
    stranger.assert_status(401);
    assert_alerts(&before, &victim.scrape().await, &[], &[]);
}

#[apply(database_test)]
async fn down_fires(#[values(Sqlite)] database: TestDatabase) {
    let mut victim = Victim::start(database, &[]).await;
    let before = victim.scrape().await;
    victim.server.kill();
    let refused = reqwest::get(format!("http://{}/metrics", victim.metrics.0)).await;
    assert!(refused.is_err());
    let down = Series::from([("up".to_owned(), 0.0)]);
    // Without `up`, nobody looks for it any more.
    for after in [down, Series::new()] {
        assert_alerts(&before, &after, &["RecordListsDown"], &[]);
    }
}

#[apply(database_test)]
async fn key_reads_failing_fires(#[values(Sqlite)] database: TestDatabase) {
    // It has no keys.
    let provider = IdentityProvider::start();
    let victim = Victim::start(database, &["--jwks-url", &provider.url("/keys")]).await;
    let before = victim.scrape().await;
    let failed = "record_lists_key_reads_total{outcome=\"failed\"}";
    let so_far = before[failed];
    let after = victim.scrape_with(failed, |reads| reads > so_far).await;
    assert_alerts(&before, &after, &["RecordListsKeyReadsFailing"], &[]);
}

/// What a server says whose certificate expires at the beginning of a day. The clock of promtool begins in 1970.
async fn expiring(database: &TestDatabase, days: u64) -> Series {
    let pair = AUTHORITY.certify_with(&["localhost", "127.0.0.1"], |params| {
        let day = Utc::now() + Days::new(days);
        let (month, day_of_month) = (day.month().try_into(), day.day().try_into());
        params.not_after = date_time_ymd(day.year(), month.expect("a month"), day_of_month.expect("a day"));
    });
    let flags = pair.flags(database.folder.path());
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let victim = Victim::start(database.clone(), &flags).await;
    let mut series = victim.scrape().await;
    let expires = series.get_mut("record_lists_tls_certificate_not_after_seconds");
    *expires.expect("a certificate") -= now() as f64;
    series
}

async fn assert_expiry(database: &TestDatabase, days: u64, alerts: &[&str]) {
    let before = expiring(database, 20).await;
    assert_alerts(&before, &expiring(database, days).await, alerts, &[]);
}

#[apply(database_test)]
async fn certificate_expires_fires(#[values(Sqlite)] database: TestDatabase) {
    assert_expiry(&database, 10, &["RecordListsCertificateExpires"]).await;
}

#[apply(database_test)]
async fn certificate_expires_soon_fires(#[values(Sqlite)] database: TestDatabase) {
    let both = ["RecordListsCertificateExpires", "RecordListsCertificateExpiresSoon"];
    assert_expiry(&database, 2, &both).await;
}
