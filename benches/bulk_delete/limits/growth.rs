//! The cost of a large list: the same delete on a list of ten thousand records and on one of a million, in turns. Raw
//! code then does the same: if it slows down as well, the cause is the database.

use crate::{
    Options,
    compare::REST,
    database::{Database, Lists},
    measure::{Measured, median},
    raw,
    report::{Bound, Check},
    scenario::{Kind, Scenario},
    service::Server,
    work::{Request, Work},
};

pub(super) const NAME: &str = "growth";

/// Number of records in each list, apart from those that are deleted.
const SIZES: [usize; 2] = [10_000, 1_000_000];

/// Number of requests per turn. It is low, because otherwise the small list would have to start as a large one.
const PER_TURN: usize = 10;

/// One client, because the time that several wait for each other does not depend on the size.
const CLIENTS: usize = 1;

pub(super) async fn measure(options: &Options, database: &Database) -> Check {
    let turns = 2 * (options.rounds + 1);
    let mut pair = SIZES.map(|others| {
        let scenario = Scenario {
            others,
            ..Scenario::new(Kind::Id, 100, 1, CLIENTS)
        };
        let work = Work::new(&scenario, PER_TURN * turns);
        (scenario, work)
    });
    let lists = pair.each_ref().map(|(_, work)| Lists {
        count: 1,
        records: work.records_per_list(),
    });
    database.fill(&lists).await;
    let server = Server::start(database).await;
    let [small, large] = take_turns(options, &mut pair, async |scenario, requests| {
        server.send(scenario, requests).await
    })
    .await;
    drop(server);
    let mut note = format!("{large:.2} / {small:.2} ms");
    if !options.alone {
        let [small, large] = take_turns(options, &mut pair, async |scenario, requests| {
            raw::delete(database, scenario, requests, CLIENTS).await
        })
        .await;
        note += &format!("; raw {:.2}: {large:.2} / {small:.2} ms", large / small);
    }
    Check {
        database: database.name(),
        what: format!("{NAME}, 100 ids: p50 at 1 M / 10 k"),
        value: large / small,
        bound: Bound::AtMost(match database {
            Database::Sqlite(_) => 1.6,
            Database::Postgres(_) => 2.0,
        }),
        note,
    }
}

/// The median of p50 for each of the two lists.
async fn take_turns(
    options: &Options,
    pair: &mut [(Scenario, Work); 2],
    delete: impl AsyncFn(&Scenario, &[Request]) -> Measured,
) -> [f64; 2] {
    let mut p50 = [Vec::new(), Vec::new()];
    for round in 0..=options.rounds {
        for (list, (scenario, work)) in pair.iter_mut().enumerate() {
            let mut requests = work.take(PER_TURN);
            for request in &mut requests {
                request.list = list;
            }
            tokio::time::sleep(REST).await;
            let measured = delete(scenario, &requests).await;
            // The first round is a warm-up.
            if round > 0 {
                p50[list].push(measured.p50_ms);
            }
        }
    }
    p50.map(median)
}
