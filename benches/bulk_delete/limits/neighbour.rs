//! The effect of a hot list on another one: a client deletes from its list at a steady pace, first alone and then while
//! 64 clients delete from the hot list.
//!
//! The client has its own thread, so that it does not wait for the load. Service, database and load still share the
//! processors, so part of the effect is due to the machine and not to the service.

use std::{net::SocketAddr, time::Duration};

use tokio::time::MissedTickBehavior;

use crate::{
    Options,
    compare::REST,
    database::{Database, Lists},
    load::{Connection, Load},
    measure::percentile,
    report::{Bound, Check},
    scenario::{Kind, Scenario},
    service::Server,
    work::{Request, Work},
};

pub(super) const NAME: &str = "neighbour";

/// Time between two requests of the neighbour.
const PACE: Duration = Duration::from_millis(5);

/// More requests to the hot list than can be served in a second.
const HOT_PER_SECOND: f64 = 30_000.0;

pub(super) async fn measure(options: &Options, database: &Database) -> Vec<Check> {
    // Twice as long as other turns, because the 99th percentile of the latencies needs many requests.
    let seconds = options.seconds * 2.0;
    let per_turn = (seconds / PACE.as_secs_f64()) as usize;
    let hot_per_turn = (seconds * HOT_PER_SECOND) as usize;
    let turns = options.rounds + 1;
    let hot = Scenario::new(Kind::Id, 1, 1, 64);
    let calm = Scenario::new(Kind::Id, 1, 1, 1);
    let mut hot_work = Work::new(&hot, hot_per_turn * turns);
    let mut calm_work = Work::new(&calm, per_turn * turns * 2);
    let lists = [&hot_work, &calm_work].map(|work| Lists {
        count: 1,
        records: work.records_per_list(),
    });
    database.fill(&lists).await;
    let server = Server::start(database).await;
    let (mut quiet, mut loud) = (Vec::new(), Vec::new());
    for round in 0..turns {
        let mut visit = || {
            let requests = on_second_list(calm_work.take(per_turn));
            visit(server.address(), server.load(&calm, &requests))
        };
        tokio::time::sleep(REST).await;
        let alone = visit().await;
        tokio::time::sleep(REST).await;
        let load = server.load(&hot, &hot_work.take(hot_per_turn));
        let beside = tokio::select! {
            latencies = visit() => latencies,
            _ = load.send(server.address(), hot.clients) => panic!("the hot list has no records left"),
        };
        // The first round is a warm-up.
        if round > 0 {
            quiet.extend(alone);
            loud.extend(beside);
        }
    }
    let [quiet, loud] = [quiet, loud].map(|mut all| [percentile(&mut all, 0.5), percentile(&mut all, 0.99)]);
    let check = |what: &str, place: usize, bound| Check {
        database: database.name(),
        what: format!("{NAME} of a hot list: {what}"),
        value: loud[place] / quiet[place],
        bound,
        note: format!("{:.2} ms / {:.2} ms", loud[place], quiet[place]),
    };
    vec![
        check("p99 hot / quiet", 1, Bound::AtMost(5.0)),
        check("p50 hot / quiet", 0, Bound::Free),
    ]
}

fn on_second_list(requests: Vec<Request>) -> Vec<Request> {
    let on_second = |request| Request { list: 1, ..request };
    requests.into_iter().map(on_second).collect()
}

/// Sends the requests at the pace, or one after the other if the responses take longer.
async fn visit(address: SocketAddr, load: Load) -> Vec<Duration> {
    let thread = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let mut connection = Connection::open(address).await.expect("a connection");
            let mut ticks = tokio::time::interval(PACE);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut latencies = Vec::with_capacity(load.exchanges.len());
            for exchange in &load.exchanges {
                ticks.tick().await;
                latencies.push(connection.time(exchange).await);
            }
            latencies
        })
    });
    thread.await.expect("a thread that ends well")
}
