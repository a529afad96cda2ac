//! A panic in any floor: a 500 in our body or one lost answer, the next request works, and nothing stays occupied.

use serde_json::json;

use super::crowd::Crowd;
use crate::support::{
    Database::{Postgres, Sqlite},
    ServerProcess, TestDatabase, TestList, apply, database_test, person,
};

/// Where the tests' build can panic, from the handler down to the thread that commits on SQLite.
const PLACES: [&str; 6] = ["handler", "actor", "turn", "store", "transaction", "committer"];

/// Requests that meet a panic, one after the other.
const REQUESTS: usize = 3;

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_answer_and_no_place_in_the_queue(
    database: TestDatabase,
    #[values("handler", "actor", "turn", "store", "transaction", "committer")] place: &str,
) {
    if place == "committer" && database.kind == Postgres {
        return;
    }
    let is_sqlite = database.kind == Sqlite;
    // One place in the queue: whoever keeps it keeps everyone out.
    let one_place = ["--queue-length", "1"];
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &one_place);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let panics = match (place, is_sqlite) {
        // A transaction that fails there is tried once more, each write by itself.
        ("transaction", true) => 2 * REQUESTS,
        _ => REQUESTS,
    };
    server.plant(&format!("{place}={panics}*panic(marked +14155550101)"));
    if place == "committer" {
        // Whether it is ready would be answered by a write, which would panic first.
        server.alive().await;
    } else {
        server.ready().await;
    }
    for _ in 0..REQUESTS {
        // A key that stayed in use would be 409.
        let answer = list.delete_once("K", &body).await;
        match place {
            "handler" | "transaction" => answer.assert_error(500, "INTERNAL"),
            // It was still waiting: nothing was done.
            "actor" => answer.assert_error(503, "OVERLOADED"),
            _ => answer.assert_error(503, "OUTCOME_UNKNOWN"),
        };
        assert_eq!(list.count().await, 1);
    }
    list.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    assert_eq!(server.log().matches("panicked place=").count(), panics);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn panics_everywhere_under_load_lose_nothing(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let crowd = Crowd::gather(server.as_manager(), 600).await.among_panics();
    server.plant(&PLACES.map(|place| format!("{place}=3%panic")).join(";"));
    server.ready().await;
    let mut working = crowd.work(&[server.as_manager()], 8);
    working.answers(400).await;
    let history = working.stop().await;
    let (_, _, unknown) = history.ends();
    assert!(history.reported() > 0 && unknown > 0);
    crowd.check(&history, server.as_manager()).await;
}

/// Nothing was written: nobody has to ask what became of it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_read_is_500(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    server.plant("read=panic(marked +14155550101)");
    server.ready().await;
    let list = list.asked_by(server.as_manager());
    for path in ["", "/records", "/deletions"] {
        let answer = list.caller.get(&list.path(path)).send().await;
        answer.assert_error(500, "INTERNAL");
    }
    // Whose list it is is read before anything is done.
    let deletion = list.delete_ids(&[&ids[0]]).await;
    deletion.assert_error(500, "INTERNAL");
    server.plant("read=off");
    server.ready().await;
    assert_eq!(list.count().await, 1);
}
