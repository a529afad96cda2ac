//! What there is only so much of: memory for bodies, files and connections to the database.

use std::net::TcpStream;

use tokio::io::AsyncWriteExt;

use super::{Victim, assert_alerts};
use crate::support::{
    Blocker, Claims,
    Database::{Postgres, Sqlite},
    TestDatabase, TestList, apply, database_test, person,
};

#[apply(database_test)]
async fn body_memory_near_limit_fires(#[values(Sqlite)] database: TestDatabase) {
    let flags = ["--queue-bytes", "4194304", "--body-timeout", "60s"];
    let victim = Victim::start(database, &flags).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    let before = victim.scrape().await;
    // A body of which hardly anything comes.
    let mut slow = victim.server.connect().await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 3600000\r\n\r\n{{",
        list.path("/records/bulks"),
        Claims::of("acme").token()
    );
    slow.write_all(head.as_bytes()).await.expect("bytes are taken");
    let occupied = |bytes| bytes > 3_500_000.0;
    let after = victim.scrape_with("record_lists_body_bytes", occupied).await;
    drop(slow);
    assert_alerts(&before, &after, &["RecordListsBodyMemoryNearLimit"], &[]);
}

#[apply(database_test)]
async fn open_files_near_limit_fires(#[values(Sqlite)] database: TestDatabase) {
    let victim = Victim::start_in_shell(database, "ulimit -n 1100", &[]).await;
    let before = victim.scrape().await;
    assert_eq!(before["process_max_fds"], 1_100.0);
    // All that it has room for.
    let connect = |_| TcpStream::connect(victim.server.address).expect("a connection");
    let connections: Vec<TcpStream> = (0..844).map(connect).collect();
    let after = victim.scrape_with("process_open_fds", |files| files > 840.0).await;
    drop(connections);
    assert_alerts(&before, &after, &["RecordListsOpenFilesNearLimit"], &[]);
}

/// Another session holds what a write needs, and what a read does.
#[apply(database_test)]
async fn pool_near_limit_fires(#[values(Postgres)] database: TestDatabase) {
    let patient = ["--lock-timeout", "60s", "--statement-timeout", "60s"];
    let flags = [&["--database-pool-size", "2"], &patient[..]].concat();
    let victim = Victim::start(database, &flags).await;
    let list = TestList::create(victim.server.as_manager(), "NOTHING").await;
    // An empty list is read without its records.
    list.add(&[person("+14155550100")]).await;
    let in_use = "record_lists_pool_connections_in_use";
    let before = victim.scrape_with(in_use, |connections| connections == 0.0).await;
    let mut blocker = Blocker::hold(&victim.database, &list.id).await;
    let people = [person("+14155550101")];
    let fault = async {
        blocker.wait_for_waiters(1).await;
        blocker.execute("LOCK TABLE record IN ACCESS EXCLUSIVE MODE").await;
        let path = list.path("/records");
        let watch = async {
            let after = victim.scrape_with(in_use, |connections| connections == 2.0).await;
            blocker.release().await;
            after
        };
        tokio::join!(list.caller.get(&path).send(), watch).1
    };
    let (_, after) = tokio::join!(list.add(&people), fault);
    assert_alerts(&before, &after, &["RecordListsPoolNearLimit"], &[]);
}
