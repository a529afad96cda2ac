//! The cost of a rejected request: the service compared with a bare route that sends the same response.
//!
//! A server that responds before it has read the body closes the connection, and the client opens a new one. This is
//! part of the cost.

use std::{iter, time::Instant};

use crate::{
    Options,
    compare::REST,
    database::{Database, list_id},
    limits::BareRoute,
    load::{Connection, Exchange, Load},
    measure::median,
    report::{Bound, Check},
    service::{Server, token},
    wire::{bulks, http},
};

const CLIENTS: usize = 64;

/// About how many requests per second either of them answers.
const PER_SECOND: f64 = 25_000.0;

/// A request that is rejected.
pub(super) struct Refusal {
    pub(super) name: &'static str,
    status: u16,
    token: Option<String>,
    body: &'static str,
}

/// The third leaves nothing unread: its difference from the first is the cost of a closed connection.
pub(super) fn refusals() -> [Refusal; 4] {
    let body = r#"[{"id":"01900000-0001-7000-8000-000000000000"}]"#;
    [
        Refusal {
            name: "rejected 401, no token",
            status: 401,
            token: None,
            body,
        },
        Refusal {
            name: "rejected 403, a scope that looks alike",
            status: 403,
            token: Some(token("record-lists:manager")),
            body,
        },
        Refusal {
            name: "rejected 401, no token and no body",
            status: 401,
            token: None,
            body: "",
        },
        Refusal {
            name: "rejected 400, an empty array",
            status: 400,
            token: Some(token("record-lists:manage")),
            body: "[]",
        },
    ]
}

/// Measures the service and the bare route in turns.
pub(super) async fn measure(options: &Options, database: &Database, refusal: &Refusal) -> Check {
    let server = Server::start(database).await;
    let path = bulks(list_id(0));
    let body = Some(("application/json", refusal.body));
    let request = http("DELETE", &path, refusal.token.as_deref(), body);
    let mut connection = Connection::wait_for(server.address()).await;
    let answer = connection.ask(&request).await.expect("an answer");
    let bare = if options.alone {
        None
    } else {
        Some(BareRoute::start(refusal.status, answer.body()).await)
    };
    let (mut service, mut route) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        // The first round is a short warm-up.
        let share = if round == 0 { 0.1 } else { 1.0 };
        let count = (PER_SECOND * options.seconds * share) as usize;
        let bare = bare.as_ref().map(|bare| (bare.address, &mut route));
        for (address, rates) in iter::once((server.address(), &mut service)).chain(bare) {
            let load = Load {
                exchanges: vec![Exchange {
                    request: request.clone(),
                    expected: format!("HTTP/1.1 {} ", refusal.status),
                }],
                count,
            };
            tokio::time::sleep(REST).await;
            let started = Instant::now();
            load.send(address, CLIENTS).await;
            if round > 0 {
                rates.push(count as f64 / started.elapsed().as_secs_f64());
            }
        }
    }
    let (service, route) = (median(service), median(route));
    let (value, bound, note) = if options.alone {
        (service, Bound::Free, "requests per second".to_owned())
    } else {
        let note = format!("service {service:.0} req/s, bare route {route:.0}");
        (service / route, Bound::AtLeast(0.7), note)
    };
    Check {
        database: "any",
        what: refusal.name.to_owned(),
        value,
        bound,
        note,
    }
}
