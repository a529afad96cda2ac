//! The comparison of the service with hand-written code.

use std::time::Duration;

use crate::{
    Options,
    database::{Database, Lists, State},
    equal_work,
    measure::Measured,
    raw,
    report::{Contender, Line},
    scenario::{Mix, Scenario},
    service::Server,
    work::{Request, Work},
};

/// Pause before a contender is measured.
pub(crate) const REST: Duration = Duration::from_millis(200);

/// Measures the contenders in turns on one database, each with its own records.
pub(crate) async fn compare(options: &Options, database: &Database, scenario: &Scenario) -> Line {
    let contenders = if options.alone {
        vec![Contender::Service]
    } else {
        Contender::of(database, scenario)
    };
    // The first round is a short warm-up.
    let requests = |contender, round| match scenario.requests(contender, options.seconds) {
        requests if round == 0 => requests.div_ceil(10),
        requests => requests,
    };
    let rounds = 0..=options.rounds;
    let total = contenders
        .iter()
        .flat_map(|contender| rounds.clone().map(|round| requests(*contender, round)))
        .sum();
    let mut work = Work::new(scenario, total);
    let lists = Lists {
        count: scenario.lists,
        records: work.records_per_list(),
    };
    if contenders.contains(&Contender::Hand) {
        database.fill_hand(&lists).await;
    }
    // What should be left: in the service's tables, and in those of the hand-written service.
    let mut left = State::filled(&lists, scenario.keeps_books());
    let mut left_by_hand = State::filled(&lists, scenario.keeps_books());
    database.fill(&[lists]).await;
    let mut line = Line::new(database, scenario);
    for round in rounds {
        for contender in &contenders {
            let requests = work.take(requests(*contender, round));
            let left = match contender {
                Contender::Hand => &mut left_by_hand,
                _ => &mut left,
            };
            requests.iter().for_each(|request| left.change(request, scenario.kind));
            database.settle().await;
            tokio::time::sleep(REST).await;
            let measured = turn(*contender, database, scenario, &requests).await;
            if round > 0 {
                line.add(*contender, measured);
            }
        }
    }
    let books = scenario.keeps_books();
    assert_eq!(database.state(books).await, left, "what the service should leave");
    if contenders.contains(&Contender::Hand) {
        let state = database.state_of_hand(books).await;
        assert_eq!(state, left_by_hand, "what should be left by hand");
    }
    line
}

/// One turn of a contender.
async fn turn(contender: Contender, database: &Database, scenario: &Scenario, requests: &[Request]) -> Measured {
    let server = match contender {
        Contender::Service if scenario.mix == Mix::Deletes => Server::start(database).await,
        // Long runs create more records than the default limit allows.
        Contender::Service => Server::start_with(database, &["--max-records-per-list", "10000000"]).await,
        Contender::Hand => Server::start_hand(database, scenario.keeps_books()).await,
        Contender::Raw(connections) => return raw::delete(database, scenario, requests, connections).await,
        Contender::EqualWork => return equal_work::delete(database, scenario, requests).await,
    };
    // A newly started server has no connections and no prepared statements yet.
    let (first, rest) = requests.split_at(requests.len() / 20);
    if !first.is_empty() {
        server.send(scenario, first).await;
    }
    server.send(scenario, rest).await
}
