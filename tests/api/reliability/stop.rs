//! SIGTERM and SIGINT: what was accepted is answered, then the process ends well; a later second signal ends it at
//! once.

use std::{process::ExitStatus, time::Duration};

use reqwest::StatusCode;
use serde_json::json;
use tokio::{net::TcpStream, task::JoinSet};

use super::crowd::{Crowd, HUNG};
use crate::support::{
    Blocker,
    Database::Postgres,
    Relay, ServerProcess, TestDatabase, TestList,
    Transport::{self, Plain, Tls},
    Via, apply, database_test, person, redirect,
};

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn no_accepted_request_loses_its_answer(
    database: TestDatabase,
    #[values("TERM", "INT")] signal: &str,
    #[values(Plain, Tls)] transport: Transport,
) {
    let mut server = ServerProcess::start_over(transport, &database, &[]);
    server.ready().await;
    let crowd = Crowd::gather(server.as_manager(), 1_000).await;
    let mut working = crowd.work(&[server.as_manager()], 16);
    working.answers(fastrand::usize(20..150)).await;
    server.signal(signal);
    let ended = server.wait();
    let history = working.stop().await;
    assert_eq!(ended.code(), Some(0));
    server.start_again();
    server.ready().await;
    assert!(history.reported() > 0);
    // A connection that closed under a request is no harm as long as the request was not carried out.
    let history = history.with_unknown_as_refused();
    crowd.check(&history, server.as_manager()).await;
}

/// A server with requests that cannot end: their list is held by another session, and nothing gives up soon.
struct Held {
    server: ServerProcess,
    list: TestList,
    lock: Blocker,
    waiting: JoinSet<StatusCode>,
}

/// So many requests are accepted, each for a record of its own; one more was refused.
async fn held(transport: Transport, database: &TestDatabase, requests: usize, shutdown_timeout: &str) -> Held {
    let places = requests.to_string();
    let arguments = [
        ["--lock-timeout", "10m"],
        ["--statement-timeout", "10m"],
        ["--queue-timeout", "10m"],
        ["--queue-length", &places],
        ["--shutdown-timeout", shutdown_timeout],
    ];
    let server = ServerProcess::start_over(transport, database, arguments.as_flattened());
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let people: Vec<_> = (0..=requests).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&people).await;
    let lock = Blocker::hold(database, &list.id).await;
    let mut waiting = JoinSet::new();
    for id in ids {
        let request = list.deletion(Via::Delete).json(&json!([{"id": id}]));
        waiting.spawn(async move {
            let answer = request.try_send().await;
            answer.map_or(StatusCode::BAD_GATEWAY, |answer| answer.status)
        });
    }
    // There are places for all but one: when it is refused, the others have theirs.
    let refused = waiting.join_next().await.expect("a request");
    assert_eq!(refused.expect("no panic"), StatusCode::SERVICE_UNAVAILABLE);
    Held {
        server,
        list,
        lock,
        waiting,
    }
}

impl Held {
    /// Waits until the server takes no more connections: it is on its way to its end.
    async fn takes_no_more(&self) {
        while TcpStream::connect(self.server.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends the signal until the server ends: at first it is taken for a repetition of the one before.
    fn end_by(mut self, signal: &str) -> ExitStatus {
        while self.server.is_running() {
            self.server.signal(signal);
            std::thread::sleep(Duration::from_millis(100));
        }
        self.end()
    }

    fn end(mut self) -> ExitStatus {
        let ended = self.server.wait();
        self.waiting.abort_all();
        ended
    }
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_when_the_signal_comes_is_answered(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let mut held = held(transport, &database, 20, "10m").await;
    // Some supervisors send an order twice.
    held.server.signal_twice("TERM", "INT");
    held.takes_no_more().await;
    held.lock.release().await;
    let answers = held.waiting.join_all().await;
    assert_eq!(answers, [StatusCode::OK; 20]);
    assert_eq!(held.server.wait().code(), Some(0));
    held.server.start_again();
    held.server.ready().await;
    let list = held.list.asked_by(held.server.as_manager());
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
#[case::terminate_twice("TERM", "TERM", 143)]
#[case::interrupt_after_terminate("TERM", "INT", 130)]
#[case::interrupt_twice("INT", "INT", 130)]
async fn a_second_signal_ends_the_process_at_once(
    database: TestDatabase,
    #[case] first: &str,
    #[case] second: &str,
    #[case] status: i32,
) {
    let held = held(Plain, &database, 1, "10m").await;
    held.server.signal(first);
    held.takes_no_more().await;
    assert_eq!(held.end_by(second).code(), Some(status));
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_grace_period_ends_also_when_a_request_does_not(database: TestDatabase) {
    let held = held(Plain, &database, 1, "1s").await;
    held.server.signal("TERM");
    let ended = tokio::task::spawn_blocking(move || held.end());
    // Less than the thirty seconds that it takes without the setting.
    let ended = tokio::time::timeout(Duration::from_secs(25), ended).await;
    let ended = ended.expect("the process ends").expect("no panic");
    assert_eq!(ended.code(), Some(0));
}

/// A server whose database does not answer yet is told to end like any other.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_waits_for_its_database_ends_well(#[values(Postgres)] mut database: TestDatabase) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    relay.be_silent(true);
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    let listens = async {
        while TcpStream::connect(server.address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HUNG, listens).await.expect("the server listens");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}
