//! Raw code for PostgreSQL: one statement and one round trip per request.

use std::{sync::Arc, time::Instant};

use sqlx::{Connection, PgConnection};

use super::{check, ids, texts};
use crate::{
    database::list_id,
    measure::{Measured, Turns, Watch},
    scenario::{Kind, Scenario},
    work::Request,
};

pub(super) async fn delete(url: &str, scenario: &Scenario, requests: &[Request], connections: usize) -> Measured {
    let mut sessions = Vec::new();
    for _ in 0..connections {
        sessions.push(PgConnection::connect(url).await.expect("a connection"));
    }
    let requests: Arc<Vec<Request>> = Arc::new(requests.to_vec());
    let turns = Arc::new(Turns::default());
    let kind = scenario.kind;
    // A single bound value needs no array and is 20 to 50% faster.
    let single = scenario.identifiers == 1;
    let sql = if single { one(kind) } else { many(kind) };
    let watch = Watch::start();
    let clients: Vec<_> = sessions
        .into_iter()
        .map(|mut session| {
            let (requests, turns) = (Arc::clone(&requests), Arc::clone(&turns));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while let Some(request) = requests.get(turns.next()) {
                    let asked = Instant::now();
                    let query = sqlx::query(sql).bind(list_id(request.list));
                    let query = match (kind, single) {
                        (Kind::Id | Kind::Miss, true) => query.bind(ids(request, kind).pop()),
                        (Kind::Id | Kind::Miss, false) => query.bind(ids(request, kind)),
                        (Kind::Phone | Kind::External, true) => query.bind(texts(request, kind).pop()),
                        (Kind::Phone | Kind::External, false) => query.bind(texts(request, kind)),
                    };
                    let gone = query.fetch_all(&mut session).await.expect("a deletion");
                    latencies.push(asked.elapsed());
                    check(gone.len(), request, kind);
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await.expect("a client that ends well"));
    }
    watch.stop(latencies, requests.len() * scenario.identifiers)
}

/// The statement for several identifiers, which are one bound array. It says of each record whether it had further phone
/// numbers, which would have to follow; those of the benchmark have none.
fn many(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Miss => {
            "DELETE FROM record WHERE record_list_id = $1 AND id = ANY($2) RETURNING further_phone_numbers IS NOT NULL"
        }
        Kind::Phone => {
            "DELETE FROM record WHERE record_list_id = $1 AND id = ANY(ARRAY( \
             SELECT id FROM record WHERE record_list_id = $1 AND phone_number = ANY($2) AND phone_number_is_unique \
             UNION SELECT record_id FROM record_phone WHERE record_list_id = $1 AND phone_number = ANY($2) \
             AND phone_number_is_unique)) RETURNING further_phone_numbers IS NOT NULL"
        }
        Kind::External => {
            "DELETE FROM record WHERE record_list_id = $1 AND id = ANY(ARRAY( \
             SELECT found.id FROM unnest($2::text[]) AS wanted(id) CROSS JOIN LATERAL (SELECT id FROM record \
             WHERE record_list_id = $1 AND external_provider = 'crm' AND external_id = wanted.id \
             AND NOT external_is_unique OFFSET 0) AS found)) RETURNING further_phone_numbers IS NOT NULL"
        }
    }
}

/// The same for a single identifier, which needs no array.
fn one(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Miss => {
            "DELETE FROM record WHERE record_list_id = $1 AND id = $2 RETURNING further_phone_numbers IS NOT NULL"
        }
        Kind::Phone => {
            "DELETE FROM record WHERE record_list_id = $1 AND id = ANY(ARRAY( \
             SELECT id FROM record WHERE record_list_id = $1 AND phone_number = $2 AND phone_number_is_unique \
             UNION ALL SELECT record_id FROM record_phone WHERE record_list_id = $1 AND phone_number = $2 \
             AND phone_number_is_unique)) RETURNING further_phone_numbers IS NOT NULL"
        }
        Kind::External => {
            "DELETE FROM record WHERE record_list_id = $1 AND external_provider = 'crm' AND external_id = $2 \
             AND NOT external_is_unique RETURNING further_phone_numbers IS NOT NULL"
        }
    }
}
