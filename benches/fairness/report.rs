//! The table of what the quiet account noticed.

use std::fmt::{self, Display};

use crate::{counts::Counts, loud::Responses, measure::percentile, quiet::Visit};

/// The limits of the quiet account's p50 and p99: so many times what it has alone, or so many milliseconds if that is
/// more. Alone, a request takes about a millisecond: with a multiple of that only, noise of the machine would decide.
const P50: (f64, f64) = (10.0, 25.0);
const P99: (f64, f64) = (25.0, 150.0);

/// The head of the table.
const HEAD: &str = "\
| loud | connections | p50 ms | / nobody | p99 ms | / nobody | refused \
| loud's responses | per second | peak MB | line |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// The measurements of one turn.
pub(crate) struct Line {
    name: String,
    p50: f64,
    p99: f64,
    refused: Counts,
    /// The peak of the server's resident memory, in MB.
    peak: f64,
    loud: Option<(usize, Responses)>,
}

impl Line {
    /// What the quiet account noticed.
    pub(crate) fn new(name: &str, mut visit: Visit, peak: f64) -> Self {
        Self {
            name: name.to_owned(),
            p50: percentile(&mut visit.latencies, 0.5),
            p99: percentile(&mut visit.latencies, 0.99),
            refused: visit.refused,
            peak,
            loud: None,
        }
    }

    /// What the loud account got at the same time, over so many connections.
    pub(crate) fn beside(self, connections: usize, responses: Responses) -> Self {
        Self {
            loud: Some((connections, responses)),
            ..self
        }
    }

    /// Whether the quiet account was served well enough. Without a successful response it has no p50, and was not.
    fn holds(&self, nobody: &Self) -> bool {
        let within =
            |value: f64, alone: f64, (times, milliseconds): (f64, f64)| value <= (alone * times).max(milliseconds);
        within(self.p50, nobody.p50, P50) && within(self.p99, nobody.p99, P99) && self.refused.total() == 0
    }

    /// The cells, next to the turns in which nobody was loud.
    fn cells(&self, nobody: &Self) -> [String; 11] {
        let (connections, responses, per_second, line) = match &self.loud {
            None => Default::default(),
            Some((connections, responses)) => (
                connections.to_string(),
                responses.counts.to_string(),
                format!("{:.0}", responses.per_second()),
                if self.holds(nobody) { "held" } else { "**missed**" },
            ),
        };
        [
            self.name.clone(),
            connections,
            format!("{:.2}", self.p50),
            format!("{:.1}", self.p50 / nobody.p50),
            format!("{:.2}", self.p99),
            format!("{:.1}", self.p99 / nobody.p99),
            shown(&self.refused),
            responses,
            per_second,
            format!("{:.0}", self.peak),
            line.to_owned(),
        ]
    }
}

/// How many there are, and which.
fn shown(refused: &Counts) -> String {
    match refused.total() {
        0 => "0".to_owned(),
        total => format!("{total} ({refused})"),
    }
}

/// For whoever watches the benchmark.
impl Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, p50, p99, .. } = self;
        write!(f, "{name}")?;
        if let Some((connections, _)) = &self.loud {
            write!(f, ", {connections} connections")?;
        }
        write!(
            f,
            ": p50 {p50:.2} ms, p99 {p99:.2} ms, refused {}",
            shown(&self.refused)
        )?;
        if let Some((_, responses)) = &self.loud {
            write!(f, "; loud {}", responses.counts)?;
        }
        Ok(())
    }
}

/// All turns on one database, in Markdown.
pub(crate) struct Table {
    nobody: Line,
    lines: Vec<Line>,
}

impl Table {
    pub(crate) fn new(nobody: Line, lines: Vec<Line>) -> Self {
        Self { nobody, lines }
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for line in [&self.nobody].into_iter().chain(&self.lines) {
            writeln!(f, "| {} |", line.cells(&self.nobody).join(" | "))?;
        }
        Ok(())
    }
}
