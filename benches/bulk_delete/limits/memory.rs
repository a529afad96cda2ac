//! The memory that lists leave behind: each list is used once per cycle, followed by a pause in which the actors end.

use std::time::Duration;

use crate::{
    database::{Database, Lists},
    report::{Bound, Check},
    scenario::{Kind, Scenario},
    service::Server,
    work::Work,
};

pub(super) const NAME: &str = "memory";

const CYCLES: usize = 3;

/// Number of lists that are used in a cycle.
const LISTS: usize = 50_000;

/// How long an actor lives after its last write. The server looks for idle actors twice in this time, so all have ended
/// after `PAUSE`.
const IDLE_TIMEOUT: &str = "1s";
const PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn measure(database: &Database) -> Vec<Check> {
    let scenario = Scenario {
        others: 1,
        ..Scenario::new(Kind::Id, 1, LISTS, 64)
    };
    let mut work = Work::new(&scenario, LISTS * CYCLES);
    let records = work.records_per_list();
    database.fill(&[Lists { count: LISTS, records }]).await;
    let server = Server::start_with(database, &["--idle-timeout", IDLE_TIMEOUT]).await;
    let mut resident = Vec::new();
    let mut seconds = Vec::new();
    for _ in 0..CYCLES {
        let measured = server.send(&scenario, &work.take(LISTS)).await;
        seconds.push(LISTS as f64 / measured.requests_per_second);
        tokio::time::sleep(PAUSE).await;
        resident.push(server.process().resident());
    }
    let most = server.process().most_resident();
    let [first, _, last] = resident[..] else {
        panic!("three cycles are needed");
    };
    let show = |values: &[f64]| {
        let values: Vec<String> = values.iter().map(|value| format!("{value:.1}")).collect();
        values.join(", ")
    };
    let check = |what: &str, value, bound, note| Check {
        database: database.name(),
        what: format!("{NAME}, {LISTS} lists: {what}"),
        value,
        bound,
        note,
    };
    vec![
        check(
            "third cycle / first",
            last / first,
            Bound::AtMost(1.1),
            format!("{} MB after the cycles", show(&resident)),
        ),
        check(
            "MB after the third",
            last,
            Bound::AtMost(120.0),
            format!("at most {most:.1} MB; cycles of {} s", show(&seconds)),
        ),
    ]
}
