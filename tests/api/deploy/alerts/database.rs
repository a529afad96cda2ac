//! Databases that cannot be used.

use serde_json::json;

use super::{Victim, assert_alerts};
use crate::support::{
    Cluster, Database::Sqlite, Mount, TestDatabase, TestList, apply, database_test, pass_over, person,
};

#[tokio::test]
async fn database_not_ready_fires_without_the_server() {
    let Some(cluster) = Cluster::with_connections(50) else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let Some(database) = TestDatabase::in_cluster(&cluster) else {
        return;
    };
    let victim = Victim::start(database, &[]).await;
    let before = victim.scrape().await;
    cluster.stop();
    let away = "record_lists_database_not_ready{reason=\"DATABASE_AWAY\"}";
    let after = victim.scrape_with(away, |is_away| is_away == 1.0).await;
    assert_alerts(&before, &after, &["RecordListsDatabaseNotReady"], &[]);
}

#[tokio::test]
async fn database_not_ready_fires_on_a_full_disk() {
    let Some(mount) = Mount::memory(8) else {
        return pass_over("a file system of one's own (root, tmpfs)");
    };
    let victim = Victim::start(TestDatabase::on_mount(&mount).await, &[]).await;
    let before = victim.scrape().await;
    mount.fill();
    let full = "record_lists_database_not_ready{reason=\"DATABASE_FULL\"}";
    let after = victim.scrape_with(full, |is_full| is_full == 1.0).await;
    assert_alerts(&before, &after, &["RecordListsDatabaseNotReady"], &[]);
}

#[apply(database_test)]
async fn database_damaged_fires(#[values(Sqlite)] database: TestDatabase) {
    let mut victim = Victim::start(database, &[]).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(2_000)});
    for _ in 0..5 {
        list.add(&vec![large.clone(); 100]).await;
    }
    victim.server.terminate();
    // The second half holds records only.
    let path = victim.database.url.trim_start_matches("sqlite://");
    let mut bytes = std::fs::read(path).expect("the file");
    let half = bytes.len() / 2 / 4_096 * 4_096;
    bytes[half..].fill(0xff);
    std::fs::write(path, bytes).expect("the file");
    victim.server.start_again();
    victim.server.ready().await;
    let before = victim.scrape().await;
    let list = list.asked_by(victim.server.as_manager());
    let mut page = 1;
    while list
        .caller
        .get(&list.path(&format!("/records?per_page=200&page={page}")))
        .send()
        .await
        .status
        == 200
    {
        page += 1;
    }
    let damaged = "record_lists_database_not_ready{reason=\"DATABASE_DAMAGED\"}";
    let after = victim.scrape_with(damaged, |is_damaged| is_damaged == 1.0).await;
    let alerts = ["RecordListsDatabaseDamaged", "RecordListsDatabaseNotReady"];
    // Damage is no blip.
    assert_alerts(&before, &after, &alerts, &alerts[..1]);
}
