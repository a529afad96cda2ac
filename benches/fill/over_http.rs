//! Fills a list over HTTP. The load shares the processors with the service, so the requests are written beforehand.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    BATCH,
    connection::{Connection, Request},
    measure::Turns,
    person::Person,
};

/// The bodies of the requests that create these people.
pub(crate) fn bodies(people: &[Person]) -> Vec<Arc<[u8]>> {
    let body = |people: &[Person]| {
        let records: Value = people.iter().map(Person::record).collect();
        json!({"records": records}).to_string().into_bytes().into()
    };
    people.chunks(BATCH).map(body).collect()
}

/// Sends the bodies, one after the other on each of so many connections. Returns how long all took, and each. Panics if
/// a response has another status than 201.
pub(crate) async fn fill(
    address: SocketAddr,
    token: &str,
    list: Uuid,
    bodies: &[Arc<[u8]>],
    connections: usize,
) -> (Duration, Vec<Duration>) {
    let path = format!("/record-lists/{list}/records/bulks");
    let requests: Vec<Request> = bodies
        .iter()
        .map(|body| Request::with_body("POST", &path, token, Arc::clone(body)))
        .collect();
    let requests = Arc::new(requests);
    let turns = Arc::new(Turns::default());
    let started = Instant::now();
    let mut clients: JoinSet<Vec<Duration>> = (0..connections)
        .map(|_| client(address, Arc::clone(&requests), Arc::clone(&turns)))
        .collect();
    let mut latencies = Vec::with_capacity(requests.len());
    while let Some(client) = clients.join_next().await {
        latencies.extend(client.expect("a client that ends well"));
    }
    (started.elapsed(), latencies)
}

async fn client(address: SocketAddr, requests: Arc<Vec<Request>>, turns: Arc<Turns>) -> Vec<Duration> {
    let mut connection = Connection::to(address);
    let mut latencies = Vec::new();
    while let Some(request) = requests.get(turns.next()) {
        let asked = Instant::now();
        let (status, body) = connection.ask(request).await.expect("a response");
        latencies.push(asked.elapsed());
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    }
    latencies
}
