//! The limits that follow from the lines of the speed table.

use super::{Bound, Check, Contender, Line};
use crate::scenario::{Kind, Mix, Scenario};

/// The checks of all lines of one database. A check is left out if a line that it needs was not measured.
pub(crate) fn checks(lines: &[Line]) -> Vec<Check> {
    let line = |wanted: &Scenario| lines.iter().find(|line| line.scenario.name == wanted.name);
    let mut checks = Vec::new();
    for (identifiers, lists, clients) in [(1, 1, 64), (1, 64, 64), (100, 1, 8), (100, 64, 8)] {
        let by = |kind| line(&Scenario::new(kind, identifiers, lists, clients));
        let by_id = by(Kind::Id);
        checks.extend(by_id.and_then(p99_to_p50));
        for kind in [Kind::Phone, Kind::External] {
            checks.extend(by(kind).zip(by_id).and_then(|(line, by_id)| to_ids(line, by_id)));
        }
    }
    let deletes = line(&Scenario::new(Kind::Id, 1, 1, 64));
    let mixed = lines
        .iter()
        .find(|line| line.scenario.mix == Mix::Mixed && line.scenario.lists == 1);
    checks.extend(
        mixed
            .zip(deletes)
            .and_then(|(mixed, deletes)| to_deletes(mixed, deletes)),
    );
    let lone = lines
        .iter()
        .find(|line| line.scenario.is_lone() && line.scenario.identifiers == 1);
    checks.extend(lone.and_then(latency));
    checks
}

/// How slow the slowest responses are.
fn p99_to_p50(line: &Line) -> Option<Check> {
    let (p99, p50) = (line.p99(Contender::Service)?, line.p50(Contender::Service)?);
    Some(Check {
        database: line.database,
        what: format!("{}: p99 / p50", line.scenario.name),
        value: p99 / p50,
        bound: Bound::AtMost(5.0),
        note: format!("{p99:.2} ms / {p50:.2} ms"),
    })
}

/// Identifiers of another kind, compared with ids.
fn to_ids(line: &Line, by_id: &Line) -> Option<Check> {
    rates(line, by_id, format!("{}: / by id", line.scenario.name), 0.85)
}

/// The mixed load, compared with deletes alone.
fn to_deletes(mixed: &Line, deletes: &Line) -> Option<Check> {
    rates(mixed, deletes, format!("{}: / deletes", mixed.scenario.name), 0.6)
}

/// The service's requests per second in one line, divided by those in another.
fn rates(line: &Line, other: &Line, what: String, least: f64) -> Option<Check> {
    let rate = line.per_second(Contender::Service)?;
    let other = other.per_second(Contender::Service)?;
    Some(Check {
        database: line.database,
        what,
        value: rate / other,
        bound: Bound::AtLeast(least),
        note: format!("{rate:.0} req/s / {other:.0} req/s"),
    })
}

/// A lone request of one id. On PostgreSQL most of its time is spent on the way to the server and back, so that the
/// limit is the hand-written service's.
fn latency(line: &Line) -> Option<Check> {
    let p50 = line.p50(Contender::Service)?;
    let hand = line.p50(Contender::Hand);
    let check = |what, value, most, note| Check {
        database: line.database,
        what: format!("{}: {what}", line.scenario.name),
        value,
        bound: Bound::AtMost(most),
        note,
    };
    if line.database == "SQLite" {
        let note = hand.map(|hand| format!("hand {hand:.2} ms")).unwrap_or_default();
        return Some(check("p50 ms", p50, 0.45, note));
    }
    let hand = hand?;
    Some(check(
        "p50 / hand",
        p50 / hand,
        1.0,
        format!("{p50:.2} ms / {hand:.2} ms"),
    ))
}
