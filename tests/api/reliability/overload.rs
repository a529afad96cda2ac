//! Ten times as many callers as there are places: the surplus is told to come again, and nobody else notices.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    crowd::{Crowd, HUNG},
    history::History,
};
use crate::support::{
    Blocker, Claims, Database::Sqlite, ServerProcess, TestDatabase, TestList, Via, apply, database_test, exchange,
    person,
};

/// Callers that may wait for a list.
const PLACES: usize = 8;

/// What a request may take at most: its turn, as these servers are told, and by the docs/operating.md the lock and the statements,
/// the commit and the look for it.
const DEADLINE: Duration = Duration::from_secs(15 + 7 + 5);

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_surplus_is_refused_and_others_are_served(database: TestDatabase) {
    let places = PLACES.to_string();
    let few = ["--queue-length", &places, "--queue-timeout", "15s"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &few);
    server.ready().await;
    let crowd = Crowd::gather(server.as_manager(), 2_000).await;
    let neighbour = TestList::create(server.as_manager(), "NOTHING").await;
    let people: Vec<_> = (0..100).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = neighbour.add(&people).await;
    let before = server.peak_memory();

    let mut all = History::default();
    let mut latencies = Vec::new();
    for (callers, ids) in [PLACES, 10 * PLACES].into_iter().zip(ids.chunks(50)) {
        let mut working = crowd.work(&[server.as_manager()], callers);
        working.answers(10 * PLACES).await;
        for id in ids {
            let asked = Instant::now();
            neighbour.delete_ids(&[id]).await.assert_deleted(1, 0, 1);
            assert!(asked.elapsed() < DEADLINE);
        }
        let history = working.stop().await;
        let (done, refused, unknown) = history.ends();
        assert!(done > 0 && unknown == 0);
        assert_eq!(refused > 0, callers > PLACES);
        assert!(history.longest_of_done() < DEADLINE);
        latencies.push(history.median_of_done());
        all.merge(history);
    }
    eprintln!("served in {latencies:?}");
    // The surplus, which comes again at once, costs processors, on which the callers are as well: a loose bound. It costs
    // no place in the queue, as the refusals show.
    let usual = latencies[0].max(Duration::from_millis(25));
    assert!(latencies[1] < 40 * usual, "{latencies:?}");
    crowd.check(&all, server.as_manager()).await;
    let grown = server.peak_memory() - before;
    assert!(grown < 64 * 1024, "{grown} KiB");
}

/// A server where nothing gives up soon, and with so many places.
fn patient_server(database: &TestDatabase, places: &str) -> ServerProcess {
    let arguments = [
        ["--lock-timeout", "10m"],
        ["--statement-timeout", "10m"],
        ["--queue-timeout", "10m"],
        ["--queue-length", places],
    ];
    let arguments = arguments.as_flattened();
    ServerProcess::start(database.folder.path(), &database.url, arguments)
}

/// Clients that are gone before their turn cost no transaction, not even one that finds nothing to do.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_gone_before_their_turn_cost_no_transaction(database: TestDatabase) {
    const CLIENTS: usize = 20;
    let mut server = patient_server(&database, &CLIENTS.to_string());
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    // The first turn goes well, and each further one leaves a trace.
    server.plant("turn=1*off->panic");
    server.ready().await;
    let list = list.asked_by(server.as_manager());
    let lock = Blocker::hold(&database, &list.id).await;
    let connections = server.connections();
    let mut clients = JoinSet::new();
    for _ in 0..=CLIENTS {
        let request = list.deletion(Via::Delete).json(&json!([{"id": ids[0]}]));
        clients.spawn(request.try_send());
    }
    // There are places for all but one: when it is refused, the others have theirs.
    let refused = clients.join_next().await.expect("a request");
    let refused = refused.expect("no panic").expect("an answer");
    refused.assert_error(503, "OVERLOADED");
    assert!(server.connections() >= CLIENTS);
    clients.shutdown().await;
    server.wait_for_connections(connections, HUNG).await;
    lock.release().await;

    // There is no place until the server has noticed that the last of them is gone. Where that was before the first turn
    // began, one more goes well.
    let second_turn = async {
        loop {
            let answer = list.delete_phones(&["+14155550199"]).await;
            if answer.status != 200 && answer.json()["code"] != "OVERLOADED" {
                break answer;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let second_turn = timeout(HUNG, second_turn).await.expect("a place");
    second_turn.assert_error(503, "OUTCOME_UNKNOWN");
    assert_eq!(server.log().matches("panicked place=").count(), 1);
}

/// Lists that are to be made wait in bounds too, and those whose clients are gone are not made.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn new_lists_wait_in_bounds(database: TestDatabase) {
    const PLACES: usize = 20;
    const AT_ONCE: i64 = 4;
    let places = PLACES.to_string();
    let server = patient_server(&database, &places);
    server.ready().await;
    let caller = server.as_manager();
    let create = || {
        let body = json!({"name": "a list"});
        caller.post("/record-lists").json(&body)
    };
    create().send().await.assert_status(201);
    let mut lock = Blocker::connect(&database).await;
    match &lock {
        Blocker::Sqlite(_) => lock.execute("BEGIN IMMEDIATE").await,
        Blocker::Postgres(_) => {
            let hold = "BEGIN; LOCK TABLE record_list IN SHARE ROW EXCLUSIVE MODE";
            lock.execute(hold).await;
        }
    }
    let requests = (0..=PLACES).map(|_| create().try_send());
    let mut clients: JoinSet<_> = requests.collect();
    // There are places for all but one: when it is refused, the others have theirs.
    let refused = clients.join_next().await.expect("a request");
    let refused = refused.expect("no panic").expect("an answer");
    refused.assert_error(429, "RATE_LIMITED");
    clients.shutdown().await;
    server.wait_for_connections(0, HUNG).await;
    lock.release().await;
    // Those behind the ones that were under way are gone: this one comes next.
    create().send().await.assert_status(201);
    let mut session = Blocker::connect(&database).await;
    let made = session.number("SELECT count(*) FROM record_list").await;
    assert!((2..=2 + AT_ONCE).contains(&made), "{made} lists are made");
}

/// Bodies that wait are bounded in bytes over all lists of an account.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_wait_are_bounded(database: TestDatabase) {
    // Room for half of the requests below.
    let few = [
        ["--queue-bytes", "5000000"],
        ["--lock-timeout", "10m"],
        ["--statement-timeout", "10m"],
        ["--queue-timeout", "3s"],
    ];
    let server = ServerProcess::start(database.folder.path(), &database.url, few.as_flattened());
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(10_000)});
    let body = json!({"records": vec![large; 10]});
    let before = server.peak_memory();
    let lock = Blocker::hold(&database, &list.id).await;
    let path = list.path("/records/bulks");
    let mut answers: FuturesUnordered<_> = (0..100).map(|_| list.caller.post(&path).json(&body).send()).collect();
    // One of them has the list. Those behind it wait too long for their turn, and those without room for that.
    let mut refused = [0, 0];
    for _ in 0..99 {
        let answer = answers.next().await.expect("an answer");
        let is_full = answer.status == 429;
        answer.assert_error(
            [503, 429][usize::from(is_full)],
            ["OVERLOADED", "RATE_LIMITED"][usize::from(is_full)],
        );
        refused[usize::from(is_full)] += 1;
    }
    assert!(refused[0] < 60 && refused[1] >= 40, "{refused:?}");
    lock.release().await;
    let mut made = 0;
    while let Some(answer) = answers.next().await {
        made += usize::from(answer.status == 201);
    }
    assert!(made > 0);
    assert_eq!(list.count().await, 10 * made as u64);
    let grown = server.peak_memory() - before;
    assert!(grown < 128 * 1024, "{grown} KiB");
}

/// A body occupies its room from its first byte: who announces much and sends nothing keeps nobody out.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_still_to_come_occupy_nothing(#[values(Sqlite)] database: TestDatabase) {
    let few = ["--body-timeout", "20s"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &few);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let head = |length: &str| {
        format!(
            "POST {} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             {length}\r\nConnection: close\r\n\r\n",
            list.path("/records/bulks"),
            Claims::of("acme").token()
        )
    };
    let address = server.address;
    let announce = |length: &'static str| exchange(address, head(length));
    let announced = (0..50).map(|_| announce("Content-Length: 4000000"));
    let chunked = (0..50).map(|_| announce("Transfer-Encoding: chunked"));
    let others = async {
        for _ in 0..20 {
            list.add(&[person("+14155550101")]).await;
        }
    };
    let (silent, ()) = tokio::join!(join_all(announced.chain(chunked)), others);
    assert!(silent.iter().all(|answer| answer.status() == 408));
}
