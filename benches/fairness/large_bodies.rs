//! Whether many connections with large bodies get as much done as few: a server that lets them keep each other waiting,
//! or receives bodies only to refuse them, creates fewer records the more is sent to it.

use std::time::Duration;

use crate::{
    Options,
    database::Database,
    kind::{Kind, LISTS_FOR_LARGE},
    lists::{LIMIT_OF_LISTS, Loud, PER_CREATE},
    loud::{Load, Responses},
    measure::median,
    server::Server,
    turns::{REST, warm_up},
};

pub(crate) const NAME: &str = "large bodies";

/// Few connections, and many.
const CONNECTIONS: [usize; 2] = [16, 640];

/// The least that many connections must create, divided by what few create.
const LIMIT: f64 = 0.7;

/// The turns with few or with many connections.
#[derive(Default)]
struct Side {
    /// Records created per second, in each turn.
    rates: Vec<f64>,
    /// The peaks of the server's resident memory in MB, in each turn.
    peaks: Vec<f64>,
    /// How many of all requests in all turns were refused.
    refused: u64,
    requests: u64,
}

/// The measurements on one database.
pub(crate) struct LargeBodies {
    database: &'static str,
    sides: [Side; 2],
}

/// Lets few and many connections create records in turns.
pub(crate) async fn measure(options: &Options, database: &Database) -> LargeBodies {
    let server = Server::start(&options.program, database, &LIMIT_OF_LISTS).await;
    let loud = Loud::with_short_lists(server.address(), LISTS_FOR_LARGE).await;
    let time = Duration::from_secs_f64(options.seconds);
    let mut sides: [Side; 2] = Default::default();
    for _ in 0..options.rounds {
        for (side, connections) in sides.iter_mut().zip(CONNECTIONS) {
            tokio::time::sleep(REST).await;
            server.process().forget_peak();
            let mut load = Load::start(server.address(), connections, Kind::LargeRecords.requests(&loud));
            load.warm_up(warm_up(time)).await;
            tokio::time::sleep(time).await;
            let responses = load.stop().await;
            side.add(&responses, server.process().most_resident());
            eprintln!(
                "{}: {NAME}, {connections} connections: {:.0} records/s, {}",
                database.name(),
                created_per_second(&responses),
                responses.counts
            );
        }
    }
    LargeBodies {
        database: database.name(),
        sides,
    }
}

fn created_per_second(responses: &Responses) -> f64 {
    (responses.counts.of(201) * PER_CREATE as u64) as f64 / responses.seconds
}

impl Side {
    fn add(&mut self, responses: &Responses, peak: f64) {
        self.rates.push(created_per_second(responses));
        self.peaks.push(peak);
        self.requests += responses.counts.total();
        self.refused += responses.counts.total() - responses.counts.of(201);
    }

    fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// The largest of the peaks.
    fn peak(&self) -> f64 {
        self.peaks.iter().copied().fold(f64::NAN, f64::max)
    }
}

impl LargeBodies {
    /// The table, in Markdown.
    pub(crate) fn table(all: &[Self]) -> String {
        let [few, many] = CONNECTIONS;
        let mut table = format!(
            "| database | {few}: records/s | {many}: records/s | ratio | limit | line \
             | {few}: refused | {many}: refused | {few}: peak MB | {many}: peak MB |\n\
             |---|---|---|---|---|---|---|---|---|---|\n"
        );
        for line in all {
            table += &line.line();
        }
        table
    }

    fn line(&self) -> String {
        let [few, many] = &self.sides;
        let ratio = many.rate() / few.rate();
        let line = if ratio >= LIMIT { "held" } else { "**missed**" };
        let refused = |side: &Side| format!("{} of {}", side.refused, side.requests);
        format!(
            "| {} | {:.0} | {:.0} | {ratio:.2} | {LIMIT} | {line} | {} | {} | {:.0} | {:.0} |\n",
            self.database,
            few.rate(),
            many.rate(),
            refused(few),
            refused(many),
            few.peak(),
            many.peak()
        )
    }
}
