//! The demo list, after somebody has deleted it.

use std::time::Duration;

use record_lists::demo::LIST;
use serde_json::json;

use crate::support::{Caller, Claims, ServerProcess, TestDatabase, apply, database_test};

/// Where the demo list is.
fn path() -> String {
    format!("/record-lists/{}", LIST.0)
}

fn owner(server: &ServerProcess) -> Caller {
    let token = Claims::of("demo").token();
    let caller = server.as_anonymous().patient();
    caller.authorization(&format!("Bearer {token}"))
}

/// Waits until the demo list is there: a server is ready before its demo data is.
async fn wait_for_demo_list(owner: &Caller) {
    for _ in 0..2_400 {
        let list = owner.get(&path()).send().await;
        if list.status == 200 && list.json()["records_count"] == 8 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there is no demo list");
}

/// Waits until the server has said so.
async fn wait_for_log(server: &ServerProcess, line: &str) {
    for _ in 0..2_400 {
        if server.log().contains(line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the log lacks: {line}");
}

#[apply(database_test)]
async fn a_deleted_demo_list_comes_back_with_the_next_start(database: TestDatabase) {
    let folder = database.folder.path();
    let mut server = ServerProcess::start(folder, &database.url, &["--demo"]);
    server.ready().await;
    wait_for_demo_list(&owner(&server)).await;
    let deletion = owner(&server).delete(&path()).send().await;
    deletion.assert_status(204);
    server.kill();
    server.start_again();
    server.ready().await;
    wait_for_demo_list(&owner(&server)).await;
}

#[apply(database_test)]
async fn a_full_account_keeps_no_server_from_starting(database: TestDatabase) {
    let folder = database.folder.path();
    let settings = ["--demo", "--max-lists-per-account", "1"];
    let mut server = ServerProcess::start(folder, &database.url, &settings);
    server.ready().await;
    wait_for_demo_list(&owner(&server)).await;
    let deletion = owner(&server).delete(&path()).send().await;
    deletion.assert_status(204);
    let other = owner(&server).post("/record-lists").json(&json!({"name": "a"}));
    other.send().await.assert_status(201);
    server.kill();
    server.start_again();
    server.ready().await;
    wait_for_log(&server, "there is no room for the demo list").await;
    let lists = owner(&server).get("/record-lists").send().await;
    assert_eq!(lists.assert_status(200).json()["total"], 1);
}
