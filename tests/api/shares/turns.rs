//! Accounts take turns at what only takes time.

use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::json;

use super::caller;
use crate::support::{
    Blocker, Database::Postgres, ServerProcess, TestDatabase, TestList, apply, database_test, fill, person,
};

/// An account asks for more than all reads that run at once, each of which takes its time. Another one's comes next.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn accounts_take_turns_to_read(database: TestDatabase) {
    const ASKED: usize = 60;
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    server.plant("read=sleep(50)");
    server.ready().await;
    let loud = caller(&server, "loud");
    let mut answers: FuturesUnordered<_> = (0..ASKED).map(|_| loud.get("/deletions").send()).collect();
    // All of them have come when the first ones are answered.
    for _ in 0..4 {
        answers.next().await.expect("an answer").assert_status(200);
    }
    let quiet = caller(&server, "quiet").get("/deletions").send();
    let mut quiet = std::pin::pin!(quiet);
    let mut before = 0;
    loop {
        tokio::select! {
            biased;
            answer = &mut quiet => {
                answer.assert_status(200);
                break;
            }
            Some(answer) = answers.next() => {
                answer.assert_status(200);
                before += 1;
            }
        }
    }
    assert!(before < ASKED / 2, "{before}");
    while let Some(answer) = answers.next().await {
        answer.assert_status(200);
    }
}

/// An account looks through a long list more often than reads run at once, each of which takes its time. Another read of
/// the same account does not wait behind them.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn searches_leave_places_for_short_reads(database: TestDatabase) {
    const SEARCHES: usize = 24;
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(caller(&server, "acme"), "NOTHING").await;
    let mut session = Blocker::connect(&database).await;
    fill(&mut session, &list.id, 40_000).await;
    drop(session);
    server.plant("search=sleep(50)");
    server.ready().await;
    let path = list.path("/records?search=nobody");
    let mut answers: FuturesUnordered<_> = (0..SEARCHES).map(|_| list.caller.get(&path).send()).collect();
    for _ in 0..2 {
        answers.next().await.expect("an answer").assert_status(200);
    }
    let short = list.caller.get(&list.path("")).send();
    let mut short = std::pin::pin!(short);
    let mut before = 0;
    loop {
        tokio::select! {
            biased;
            answer = &mut short => {
                answer.assert_status(200);
                break;
            }
            Some(answer) = answers.next() => {
                answer.assert_status(200);
                before += 1;
            }
        }
    }
    assert!(before < SEARCHES / 2, "{before}");
    while let Some(answer) = answers.next().await {
        answer.assert_status(200);
    }
}

/// An account creates records in more lists than all writes that run at once, each of which takes its time. Another
/// one's deletion and creation come next.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn accounts_take_turns_to_write(#[values(Postgres)] database: TestDatabase) {
    const LISTS: usize = 150;
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let mut lists = Vec::new();
    for _ in 0..LISTS {
        lists.push(TestList::create(caller(&server, "loud"), "NOTHING").await);
    }
    let quiet = TestList::create(caller(&server, "quiet"), "NOTHING").await;
    let ids = quiet.add(&[person("+14155550101")]).await;
    server.plant("begin=sleep(50)");
    server.ready().await;
    let record = [person("+14155550102")];
    let lists: Vec<_> = lists
        .iter()
        .map(|list| list.asked_by(caller(&server, "loud")))
        .collect();
    let quiet = quiet.asked_by(caller(&server, "quiet"));
    let mut answers: FuturesUnordered<_> = lists.iter().map(|list| list.try_add(&record)).collect();
    for _ in 0..4 {
        answers.next().await.expect("an answer").assert_status(201);
    }
    let asks = async {
        quiet.delete(&json!([{"id": ids[0]}])).await.assert_deleted(1, 0, 1);
        quiet.add(&record).await;
    };
    let mut asks = std::pin::pin!(asks);
    let mut before = 0;
    loop {
        tokio::select! {
            biased;
            () = &mut asks => break,
            Some(answer) = answers.next() => {
                answer.assert_status(201);
                before += 1;
            }
        }
    }
    assert!(before < LISTS / 2, "{before}");
    while let Some(answer) = answers.next().await {
        answer.assert_status(201);
    }
}
