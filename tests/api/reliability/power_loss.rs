//! The power fails under load: what was answered is on the disk. `kill -9` shows nothing of that, since the system keeps
//! what a process has written.
//!
//! With each promise comes its control: the same, with the one setting that gives durability up, must lose something. A
//! disk that forgets nothing would prove nothing.

use crate::support::{Cluster, Mount, ServerProcess, TestDatabase, pass_over};

use super::{crowd::Crowd, history::History};

/// How often the power fails.
const TRIES: usize = 3;

/// How often a control that happened to lose nothing is tried again.
const TRIES_TO_LOSE: usize = 12;

/// Cuts the power under load and gives it back; what the callers were told.
async fn lose_power(disk: &Mount, server: &mut ServerProcess, cluster: Option<&Cluster>) -> (Crowd, History) {
    let crowd = Crowd::gather(server.as_manager(), 1_000).await;
    let mut working = crowd.work(&[server.as_manager()], 8);
    working.answers(fastrand::usize(50..150)).await;
    let end = disk.cut_power();
    server.kill();
    if let Some(cluster) = cluster {
        cluster.stop();
    }
    // The power fails for the server too: it sends no answer any more. Here it goes on for a moment, and reads what the
    // disk has lost as damage.
    let history = working.stop().await.until(end);
    disk.restore_power();
    if let Some(cluster) = cluster {
        cluster.start();
    }
    server.start_again();
    server.ready().await;
    assert!(history.reported() > 0);
    (crowd, history)
}

async fn loses(disk: &Mount, server: &mut ServerProcess, cluster: Option<&Cluster>) -> bool {
    for _ in 0..TRIES_TO_LOSE {
        let (crowd, history) = lose_power(disk, server, cluster).await;
        if !crowd.faults(&history, server.as_manager()).await.is_empty() {
            return true;
        }
    }
    false
}

/// A disk with a database file, and a server on it.
async fn on_disk() -> Option<(Mount, TestDatabase, ServerProcess)> {
    let Some(disk) = Mount::disk(256) else {
        pass_over("a disk of one's own (root, mkfs.ext4, loop devices)");
        return None;
    };
    let database = TestDatabase::on_mount(&disk).await;
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    Some((disk, database, server))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_deletion_outlives_the_power_on_sqlite() {
    let Some((disk, _database, mut server)) = on_disk().await else {
        return;
    };
    for _ in 0..TRIES {
        let (crowd, history) = lose_power(&disk, &mut server, None).await;
        crowd.check(&history, server.as_manager()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_wait_for_the_disk_sqlite_loses_answered_deletions() {
    let Some((disk, _database, mut server)) = on_disk().await else {
        return;
    };
    server.plant("commit_without_disk=return");
    server.ready().await;
    assert!(loses(&disk, &mut server, None).await);
}

/// A disk with a cluster, and a server on it.
async fn on_cluster(settings: &[&str]) -> Option<(Mount, Cluster, TestDatabase, ServerProcess)> {
    let Some(disk) = Mount::disk(1_024) else {
        pass_over("a disk of one's own (root, mkfs.ext4, loop devices)");
        return None;
    };
    let Some(cluster) = Cluster::in_folder(disk.path(), settings) else {
        pass_over("PostgreSQL (initdb and postgres)");
        return None;
    };
    // The cluster is made without waiting for the disk.
    disk.flush();
    let database = TestDatabase::in_cluster(&cluster)?;
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    Some((disk, cluster, database, server))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_deletion_outlives_the_power_on_postgres() {
    let Some((disk, cluster, _database, mut server)) = on_cluster(&[]).await else {
        return;
    };
    for _ in 0..TRIES {
        let (crowd, history) = lose_power(&disk, &mut server, Some(&cluster)).await;
        crowd.check(&history, server.as_manager()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_wait_for_the_disk_postgres_loses_answered_deletions() {
    let without = ["--synchronous_commit=off"];
    let Some((disk, cluster, _database, mut server)) = on_cluster(&without).await else {
        return;
    };
    assert!(loses(&disk, &mut server, Some(&cluster)).await);
}
