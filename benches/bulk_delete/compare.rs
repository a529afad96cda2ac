//! The comparison of the service with hand-written code.

use std::time::Duration;

use crate::{
    Options,
    database::{Database, Lists},
    equal_work, raw,
    report::{Contender, Line},
    scenario::{Kind, Scenario},
    service::Server,
    work::Work,
};

/// Pause before a contender is measured.
pub(crate) const REST: Duration = Duration::from_millis(200);

/// Measures the contenders in turns on one database, each with its own records.
pub(crate) async fn compare(options: &Options, database: &Database, scenario: &Scenario) -> Line {
    let requests = scenario.requests(options.seconds);
    let contenders = if options.alone {
        vec![Contender::Service]
    } else {
        Contender::on(database)
    };
    let turns = contenders.len() * (options.rounds + 1);
    let mut work = Work::new(scenario, requests * turns);
    let lists = Lists {
        count: scenario.lists,
        records: work.records_per_list(),
    };
    database.fill(&[lists]).await;
    let before = database.count().await;
    let mut line = Line::new(database, scenario);
    let mut taken = 0;
    for round in 0..=options.rounds {
        for contender in &contenders {
            // The first round is a short warm-up.
            let requests = if round == 0 { requests.div_ceil(10) } else { requests };
            let requests = work.take(requests);
            taken += requests.len();
            tokio::time::sleep(REST).await;
            let measured = match contender {
                Contender::Service => {
                    let server = Server::start(database).await;
                    // A newly started server has no connections and no prepared statements yet.
                    let (first, rest) = requests.split_at(requests.len() / 20);
                    if !first.is_empty() {
                        server.delete(scenario, first).await;
                    }
                    server.delete(scenario, rest).await
                }
                Contender::Raw(connections) => raw::delete(database, scenario, &requests, *connections).await,
                Contender::EqualWork => equal_work::delete(database, scenario, &requests).await,
            };
            if round > 0 {
                line.add(*contender, measured);
            }
        }
    }
    let gone = match scenario.kind {
        Kind::Miss => 0,
        _ => taken * scenario.identifiers,
    };
    assert_eq!(database.count().await, before - gone, "records that should be gone");
    line
}
