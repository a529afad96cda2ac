//! Writes that are slow, wait, or end nobody knows how; and work in the background.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::{Victim, assert_alerts};
use crate::support::{Blocker, Database::Sqlite, TestDatabase, TestList, Via, apply, database_test, person};

#[apply(database_test)]
async fn outcome_unknown_fires(database: TestDatabase) {
    let mut victim = Victim::start(database, &[]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    victim.plant("store=panic").await;
    let before = victim.scrape().await;
    list.delete_ids(&["x"]).await.assert_error(503, "OUTCOME_UNKNOWN");
    assert_alerts(&before, &victim.scrape().await, &["RecordListsOutcomeUnknown"], &[]);
}

#[apply(database_test)]
async fn deletes_slow_fires(#[values(Sqlite)] database: TestDatabase, #[values(Via::Delete, Via::Post)] via: Via) {
    let mut victim = Victim::start(database, &[]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    victim.plant("handler=sleep(1500)").await;
    let before = victim.scrape().await;
    let deletion = list.deletion(via).json(&json!([{"id": "x"}]));
    deletion.send().await.assert_status(200);
    assert_alerts(&before, &victim.scrape().await, &["RecordListsDeletesSlow"], &[]);
}

#[apply(database_test)]
async fn writes_waiting_fires(database: TestDatabase) {
    let flags = ["--lock-timeout", "60s", "--queue-timeout", "60s"];
    let victim = Victim::start(database, &flags).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    let before = victim.scrape().await;
    let blocker = Blocker::hold(&victim.database, &list.id).await;
    let people: Vec<_> = (0..20).map(|n| [person(&format!("+1415555010{n}"))]).collect();
    let additions = join_all(people.iter().map(|person| list.add(person)));
    let hold = async {
        let waiting = "record_lists_waiting_callers";
        victim.metrics.until(waiting, |callers| callers == 20.0).await;
        // What is measured takes its time.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        blocker.release().await;
    };
    tokio::join!(additions, hold);
    assert_alerts(&before, &victim.scrape().await, &["RecordListsWritesWaiting"], &[]);
}

#[apply(database_test)]
async fn background_steps_failing_fires(database: TestDatabase) {
    let victim = Victim::start(database, &[]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    list.add(&[person("+14155550101")]).await;
    let before = victim.scrape().await;
    let mut owner = Blocker::connect(&victim.database).await;
    owner.execute("ALTER TABLE record RENAME TO elsewhere").await;
    list.caller.delete(&list.path("")).send().await.assert_status(204);
    let failed = "record_lists_background_steps_total{task=\"deleted_lists\",outcome=\"failed\"}";
    let after = victim.scrape_with(failed, |steps| steps > 0.0).await;
    let alerts = ["RecordListsBackgroundStepsFailing"];
    assert_alerts(&before, &after, &alerts, &[]);
}
