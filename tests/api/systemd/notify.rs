//! The service says when it is ready, that it lives, and when it stops.

use std::time::{Duration, Instant};

use serde_json::json;

use super::supervisor::Supervisor;
use crate::support::{
    Database::Sqlite, Mount, ServerProcess, TestDatabase, TestList, apply, database_test, free_port, pass_over, person,
};

const READY: &str = "READY=1";
const WATCHDOG: &str = "WATCHDOG=1";

#[apply(database_test)]
async fn the_supervisor_is_told_of_every_state(database: TestDatabase) {
    let folder = database.folder.path();
    let supervisor = Supervisor::listen(folder);
    let mut server = ServerProcess::launch(supervisor.program(folder), folder, &database.url, &[]);
    let begin = supervisor.next(Duration::from_secs(60)).await.expect("a message");
    assert_eq!(begin[0], READY, "the first message: {begin:?}");
    // The next one says that the database is there, if it was not.
    let serving = format!("STATUS=Serving requests on {}", server.address);
    if begin[1] != serving {
        supervisor.wait_for(&serving).await;
    }
    server
        .as_anonymous()
        .get("/health/ready")
        .send()
        .await
        .assert_status(200);
    server.signal("HUP");
    let reloading = supervisor.next(Duration::from_secs(60)).await.expect("a message");
    assert_eq!(reloading[0], "RELOADING=1");
    let moment = reloading[1].strip_prefix("MONOTONIC_USEC=").expect("a moment");
    assert!(moment.parse::<u64>().expect("a number") > 0);
    assert_eq!(
        supervisor.next(Duration::from_secs(60)).await,
        Some(vec![READY.to_owned()])
    );
    server.signal("TERM");
    let stopping = supervisor.next(Duration::from_secs(60)).await.expect("a message");
    assert_eq!(stopping[0], "STOPPING=1");
    assert!(stopping[1].starts_with("STATUS=Stopping"), "{stopping:?}");
    assert!(server.wait().success());
}

#[tokio::test]
async fn a_service_that_waits_for_its_database_is_ready_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let supervisor = Supervisor::listen(folder.path());
    let url = format!("postgres://u@127.0.0.1:{}/db", free_port());
    let server = ServerProcess::launch(supervisor.program(folder.path()), folder.path(), &url, &[]);
    let told = supervisor.wait_for(READY).await;
    assert!(told[1].ends_with("waiting for the database"), "{told:?}");
    server
        .as_anonymous()
        .get("/health/live")
        .send()
        .await
        .assert_status(200);
}

#[apply(database_test)]
async fn the_watchdog_hears_of_the_service_in_time(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let supervisor = Supervisor::listen(folder);
    let mut command = supervisor.program(folder);
    let period = Duration::from_secs(4);
    command.env("WATCHDOG_USEC", period.as_micros().to_string());
    let _server = ServerProcess::launch(command, folder, &database.url, &[]);
    supervisor.wait_for(READY).await;
    let begin = Instant::now();
    for _ in 0..4 {
        let told = supervisor.next(period).await;
        assert_eq!(told.as_deref(), Some(&[WATCHDOG.to_owned()][..]));
    }
    // The first one comes at once, and then one in each half of the period.
    assert!(begin.elapsed() > period, "{:?}", begin.elapsed());
}

/// A thread that reads requests hangs, or one of the actors.
#[apply(database_test)]
#[case::of_requests("handler=1*sleep(8000)")]
#[case::of_actors("actor=1*sleep(8000)")]
async fn the_watchdog_hears_nothing_while_a_thread_hangs(#[values(Sqlite)] database: TestDatabase, #[case] hang: &str) {
    let folder = database.folder.path();
    let supervisor = Supervisor::listen(folder);
    let mut server = ServerProcess::launch(supervisor.program(folder), folder, &database.url, &[]);
    supervisor.wait_for(READY).await;
    server
        .as_anonymous()
        .get("/health/ready")
        .send()
        .await
        .assert_status(200);
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    server.terminate();
    drop(server);
    supervisor.wait_for("STOPPING=1").await;

    let mut command = supervisor.program(folder);
    command.env("FAILPOINTS", hang).env("WATCHDOG_USEC", "1000000");
    let server = ServerProcess::launch(command, folder, &database.url, &["--workers", "2"]);
    supervisor.wait_for(WATCHDOG).await;
    let list = list.asked_by(server.as_manager());
    let path = list.path("/records/bulks");
    let deletion = tokio::spawn(async move {
        // It may have to give up in its queue.
        list.caller.delete(&path).json(&json!([{ "id": ids[0] }])).send().await;
    });
    // As long as it lives, the service says so every half second.
    let (hung, mut silence) = (Instant::now(), Duration::ZERO);
    while silence < Duration::from_secs(4) {
        let begin = Instant::now();
        let told = supervisor.next(Duration::from_secs(20)).await;
        assert_eq!(told.as_deref(), Some(&[WATCHDOG.to_owned()][..]));
        silence = begin.elapsed();
        assert!(
            hung.elapsed() < Duration::from_secs(30),
            "the watchdog is told all the time"
        );
    }
    // Afterwards all goes on.
    deletion.await.expect("a deletion");
    supervisor.wait_for(WATCHDOG).await;
}

/// A restart would not help the disk, and would have to wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn the_watchdog_goes_on_while_the_disk_hangs() {
    let Some(disk) = Mount::disk(64) else {
        return pass_over("a disk of one's own (root, mkfs.ext4, fsfreeze, loop devices)");
    };
    let database = TestDatabase::on_mount(&disk).await;
    let folder = database.folder.path();
    let supervisor = Supervisor::listen(folder);
    let period = Duration::from_secs(4);
    let mut command = supervisor.program(folder);
    command.env("WATCHDOG_USEC", period.as_micros().to_string());
    let server = ServerProcess::launch(command, folder, &database.url, &[]);
    supervisor.wait_for(WATCHDOG).await;
    let frozen = disk.freeze();
    let writes = (0..16).map(|_| {
        let write = server.as_manager().post("/record-lists").json(&json!({ "name": "a" }));
        tokio::spawn(write.send())
    });
    let writes: Vec<_> = writes.collect();
    for _ in 0..4 {
        let told = supervisor.next(period).await;
        assert_eq!(told.as_deref(), Some(&[WATCHDOG.to_owned()][..]));
    }
    drop(frozen);
    for write in writes {
        write.await.expect("an answer");
    }
}
