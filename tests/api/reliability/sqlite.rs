//! SQLite's file: a disk that is full or hangs, another process that holds the file, a file system that is no place for it.

use std::{fs, process::Stdio, time::Duration};

use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    Blocker, Database::Sqlite, Mount, SECRET, ServerProcess, TestDatabase, TestList, TestResponse, apply,
    database_test, pass_over, person, program,
};

use super::crowd::{Crowd, HUNG};

/// More than all deadlines together.
const LIMIT: Duration = Duration::from_secs(30);

/// Whether nobody knows what became of a request.
fn is_unknown(answer: &TestResponse) -> bool {
    answer.status == 503 && answer.json()["code"] == "OUTCOME_UNKNOWN"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    let Some(mount) = Mount::memory(24) else {
        return pass_over("a file system of one's own (root, tmpfs)");
    };
    let database = TestDatabase::on_mount(&mount).await;
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let other = TestList::create(server.as_manager(), "NOTHING").await;
    let mut left = other.add(&[person("+14155550101"), person("+14155550102")]).await;
    let crowd = Crowd::gather(server.as_manager(), 2_000).await;
    let mut working = crowd.work(&[server.as_manager()], 8);
    working.answers(50).await;
    let ballast = mount.fill();
    // What finds room in the log goes through; what needs more is refused, and nothing of it is done.
    let mut large = person("+14155550103");
    large["extra_data"] = json!({"text": "x".repeat(10_000)});
    let full = async {
        loop {
            let answer = other.try_add(&vec![large.clone(); 50]).await;
            if answer.status == 503 {
                break;
            }
            let made = answer.assert_status(201).json();
            let records = made["_embedded"]["records"].as_array().expect("records");
            left.extend(records.iter().map(|r| r["id"].as_str().expect("an id").to_owned()));
        }
    };
    timeout(HUNG, full).await.expect("a disk that is full");
    // Reads go on.
    assert_eq!(other.ids().await, left);
    // A request of one identifier needs little, and may find it. Where nobody knows, the log tells at the next start.
    let small = left[1].clone();
    let answer = other.delete_ids(&[&small]).await;
    let is_small_known = !is_unknown(&answer);
    if answer.status == 200 {
        left.remove(1);
        assert_eq!(other.ids().await, left);
    } else {
        answer.assert_status(503);
    }

    fs::remove_file(ballast).expect("a file");
    // Also a request that is one statement: its commit must not be taken for granted.
    let again = async {
        let mut is_known = true;
        loop {
            let answer = other.delete_ids(&[&left[0]]).await;
            if answer.status == 200 {
                return (answer, is_known);
            }
            is_known &= !is_unknown(&answer.assert_status(503));
        }
    };
    let (answer, is_known) = timeout(HUNG, again).await.expect("writes go on");
    if is_known {
        answer.assert_deleted(1, 0, 1);
    }
    working.answers(50).await;
    let history = working.stop().await;
    server.kill();
    server.start_again();
    server.ready().await;
    left.remove(0);
    let after = other.asked_by(server.as_manager()).ids().await;
    if !is_small_known && !after.contains(&small) {
        left.retain(|id| *id != small);
    }
    assert_eq!(after, left);
    crowd.check(&history, server.as_manager()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_is_503_until_it_goes_on() {
    let Some(disk) = Mount::disk(64) else {
        return pass_over("a disk of one's own (root, mkfs.ext4, fsfreeze, loop devices)");
    };
    let database = TestDatabase::on_mount(&disk).await;
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let crowd = Crowd::gather(server.as_manager(), 2_000).await;
    let mut working = crowd.work(&[server.as_manager()], 8);
    working.answers(20).await;
    let frozen = disk.freeze();
    working.answers_each(2).await;
    let manager = server.as_manager();
    let list = json!({"name": "People to call"});
    let created = manager.post("/record-lists").json(&list).send().await;
    created.assert_error(503, "DATABASE_UNAVAILABLE");
    let read = manager.get(&crowd.list.path("/records")).send().await;
    assert!([200, 503].contains(&read.status.as_u16()));
    drop(frozen);
    working.answers_each(20).await;
    let history = working.stop().await;
    // Of those that the disk has nobody knows; those that wait for them are refused.
    let (_, refused, unknown) = history.ends();
    assert!(history.reported() > 0 && refused > 0 && unknown > 0);
    assert!(history.longest() < LIMIT);
    crowd.check(&history, server.as_manager()).await;
    server.kill();
    server.start_again();
    server.ready().await;
    crowd.check(&history, server.as_manager()).await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_process_holds_is_503_until_it_is_free(#[values(Sqlite)] database: TestDatabase) {
    let soon = ["--lock-timeout", "500ms"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &soon);
    server.ready().await;
    let crowd = Crowd::gather(server.as_manager(), 1_000).await;
    let mut working = crowd.work(&[server.as_manager()], 8);
    working.answers(20).await;
    let lock = Blocker::hold(&database, &crowd.list.id).await;
    working.answers(20).await;
    // Reads go on.
    crowd
        .list
        .caller
        .get(&crowd.list.path("/records"))
        .send()
        .await
        .assert_status(200);
    lock.release().await;
    working.answers(50).await;
    let history = working.stop().await;
    let (_, refused, _) = history.ends();
    assert!(history.reported() > 0 && refused > 0);
    assert!(history.longest() < LIMIT);
    crowd.check(&history, server.as_manager()).await;
}

#[tokio::test]
async fn a_file_system_that_others_may_share_is_refused() {
    let behind = tempfile::tempdir().expect("a folder");
    let Some(mount) = Mount::in_user_space(behind.path()) else {
        return pass_over("a file system in user space (root, bindfs)");
    };
    let url = format!("sqlite://{}", mount.path().join("test.db").display());
    let refused = program(behind.path())
        .env("RECORD_LISTS_JWT_SECRET", SECRET)
        .args(["--bind", "127.0.0.1:0", "--database-url", &url])
        .stdout(Stdio::null())
        .output()
        .expect("the program runs");
    assert!(!refused.status.success());
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(message.contains("FUSE") && message.contains("PostgreSQL"), "{message}");
    let accepted = ["--allow-network-file-system"];
    let server = ServerProcess::start(behind.path(), &url, &accepted);
    server.ready().await;
}
