//! What callers asked for and what they were told, and whether it can be true.
//!
//! The checker knows nothing of how the requests were made or what went wrong meanwhile: it looks at the records before,
//! the records after, and what was said between.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use serde_json::Value;

/// What a caller learned of its deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// 200: for each record that was named, whether it was deleted; and how many records that made.
    Done { deleted: Vec<bool>, records_deleted: u64 },
    /// An answer that says that nothing was done.
    Refused,
    /// No answer, or one that says that the outcome is unknown.
    Unknown,
    /// An answer that no fault excuses.
    Failed,
}

/// One deletion: the places of the records that it named, each once, and what became of it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub named: Vec<usize>,
    pub told: Told,
    pub began: Instant,
    pub ended: Instant,
}

impl Asked {
    fn took(&self) -> Duration {
        self.ended.duration_since(self.began)
    }
}

/// Everything that was asked about one list.
#[derive(Clone, Debug, Default)]
pub struct History {
    asked: Vec<Asked>,
}

/// What the requests say of one record.
#[derive(Default)]
struct Mentions {
    deleted: usize,
    not_found: usize,
    unknown: usize,
    /// When the first request began that can have deleted it, and when the first ended that said it is missing.
    first_deletion: Option<Instant>,
    first_not_found: Option<Instant>,
}

impl Mentions {
    fn note_deletion(&mut self, began: Instant) {
        let first = self.first_deletion.get_or_insert(began);
        *first = began.min(*first);
    }

    fn note_not_found(&mut self, ended: Instant) {
        let first = self.first_not_found.get_or_insert(ended);
        *first = ended.min(*first);
    }
}

impl History {
    /// Notes a request that ends now.
    pub fn note(&mut self, named: Vec<usize>, told: Told, began: Instant) {
        self.asked.push(Asked {
            named,
            told,
            began,
            ended: Instant::now(),
        });
    }

    /// The same, where it is claimed that nothing was done without an answer.
    pub fn with_unknown_as_refused(mut self) -> Self {
        for asked in &mut self.asked {
            if asked.told == Told::Unknown {
                asked.told = Told::Refused;
            }
        }
        self
    }

    /// The same, where nobody was there any more to hear what was answered after `end`.
    pub fn until(mut self, end: Instant) -> Self {
        for asked in &mut self.asked {
            if asked.ended >= end {
                asked.told = Told::Unknown;
            }
        }
        self
    }

    /// How long the slowest request that was carried out took.
    pub fn longest_of_done(&self) -> Duration {
        self.durations_of_done().max().unwrap_or_default()
    }

    /// How long half of the requests that were carried out took at most.
    pub fn median_of_done(&self) -> Duration {
        let mut durations: Vec<Duration> = self.durations_of_done().collect();
        durations.sort_unstable();
        durations.get(durations.len() / 2).copied().unwrap_or_default()
    }

    fn durations_of_done(&self) -> impl Iterator<Item = Duration> {
        let done = self
            .asked
            .iter()
            .filter(|asked| matches!(asked.told, Told::Done { .. }));
        done.map(Asked::took)
    }

    /// How long the slowest request took, whatever came of it.
    pub fn longest(&self) -> Duration {
        self.asked.iter().map(Asked::took).max().unwrap_or_default()
    }

    /// Adds what another caller noted.
    pub fn merge(&mut self, other: Self) {
        self.asked.extend(other.asked);
    }

    /// How many requests had each kind of end: done, refused, unknown.
    pub fn ends(&self) -> (usize, usize, usize) {
        let count = |is: fn(&Told) -> bool| self.asked.iter().filter(|a| is(&a.told)).count();
        (
            count(|told| matches!(told, Told::Done { .. })),
            count(|told| matches!(told, Told::Refused)),
            count(|told| matches!(told, Told::Unknown)),
        )
    }

    /// How many records were reported deleted.
    pub fn reported(&self) -> usize {
        let reported = self.asked.iter().map(|asked| match &asked.told {
            Told::Done { deleted, .. } => deleted.iter().filter(|deleted| **deleted).count(),
            Told::Refused | Told::Unknown | Told::Failed => 0,
        });
        reported.sum()
    }

    /// What cannot be true. `before` are the list's records in the order of their places, `after` those that are left.
    pub fn faults(&self, before: &[Value], after: &[Value]) -> Vec<String> {
        let mut faults = Vec::new();
        let left: HashMap<&str, &Value> = after.iter().map(|record| (id(record), record)).collect();
        if left.len() != after.len() {
            faults.push("a record is listed twice".to_owned());
        }
        let is_left = |place: usize| left.contains_key(id(&before[place]));
        let mentions = self.mentions();
        let none = Mentions::default();
        for (place, record) in before.iter().enumerate() {
            let said = mentions.get(&place).unwrap_or(&none);
            if let Some(fault) = contradiction(said, is_left(place)) {
                faults.push(format!("record {place}: {fault}"));
            }
            if left.get(id(record)).is_some_and(|kept| *kept != record) {
                faults.push(format!("record {place}: changed though nobody changed it"));
            }
        }
        let known: Vec<&str> = before.iter().map(id).collect();
        if after.iter().any(|record| !known.contains(&id(record))) {
            faults.push("a record came from nowhere".to_owned());
        }
        for (number, asked) in self.asked.iter().enumerate() {
            if let Some(fault) = unfair(asked, &mentions, is_left) {
                faults.push(format!("request {number}: {fault}"));
            }
        }
        faults
    }

    fn mentions(&self) -> BTreeMap<usize, Mentions> {
        let mut mentions: BTreeMap<usize, Mentions> = BTreeMap::new();
        for asked in &self.asked {
            match &asked.told {
                Told::Done { deleted, .. } => {
                    for (place, deleted) in asked.named.iter().zip(deleted) {
                        let said = mentions.entry(*place).or_default();
                        if *deleted {
                            said.deleted += 1;
                            said.note_deletion(asked.began);
                        } else {
                            said.not_found += 1;
                            said.note_not_found(asked.ended);
                        }
                    }
                }
                Told::Unknown => {
                    for place in &asked.named {
                        let said = mentions.entry(*place).or_default();
                        said.unknown += 1;
                        said.note_deletion(asked.began);
                    }
                }
                Told::Refused | Told::Failed => {}
            }
        }
        mentions
    }
}

/// Why what was said of a record does not fit with whether it is left.
fn contradiction(said: &Mentions, is_left: bool) -> Option<&'static str> {
    let may_be_gone = said.unknown > 0;
    match (said.deleted, is_left) {
        (2.., _) => Some("reported deleted more than once"),
        (1, true) => Some("reported deleted and still there"),
        (0, false) if !may_be_gone => Some("gone, and nobody was told that it was deleted"),
        (0, true) if said.not_found > 0 => Some("reported missing and still there"),
        _ if said.first_not_found.is_some() && said.first_not_found < said.first_deletion => {
            Some("reported missing before anyone asked for its deletion")
        }
        _ => None,
    }
}

/// Why what was said of a whole request cannot be true: totals that do not add up, or a half of it that was done.
fn unfair(asked: &Asked, mentions: &BTreeMap<usize, Mentions>, is_left: impl Fn(usize) -> bool) -> Option<String> {
    match &asked.told {
        Told::Done {
            deleted,
            records_deleted,
        } => {
            let counted = deleted.iter().filter(|deleted| **deleted).count() as u64;
            (deleted.len() != asked.named.len() || counted != *records_deleted)
                .then(|| format!("{counted} of {} deleted, total {records_deleted}", asked.named.len()))
        }
        Told::Unknown => {
            // Only the records that no other request can have deleted tell of this one.
            let own = asked.named.iter().filter(|place| {
                mentions
                    .get(place)
                    .is_some_and(|said| said.unknown == 1 && said.deleted == 0)
            });
            let (left, gone): (Vec<usize>, Vec<usize>) = own.partition(|place| is_left(**place));
            (!left.is_empty() && !gone.is_empty()).then(|| format!("half done: {left:?} are left, {gone:?} are gone"))
        }
        Told::Refused => None,
        Told::Failed => Some("answered with 500".to_owned()),
    }
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap_or_default()
}

/// A checker that finds nothing proves nothing: each promise, broken once.
mod tests {
    use serde_json::json;

    use super::*;

    fn done(deleted: &[bool]) -> Told {
        Told::Done {
            deleted: deleted.to_vec(),
            records_deleted: deleted.iter().filter(|deleted| **deleted).count() as u64,
        }
    }

    fn records(places: &[usize]) -> Vec<Value> {
        let record = |place: &usize| json!({"id": place.to_string(), "name": "a"});
        places.iter().map(record).collect()
    }

    fn faults(asked: &[(&[usize], Told)], left: &[usize]) -> usize {
        let mut history = History::default();
        for (named, told) in asked {
            history.note(named.to_vec(), told.clone(), Instant::now());
        }
        history.faults(&records(&[0, 1, 2, 3]), &records(left)).len()
    }

    #[test]
    fn what_can_be_true_is_accepted() {
        let all = [0, 1, 2, 3];
        assert_eq!(faults(&[], &all), 0);
        assert_eq!(faults(&[(&[0, 1], done(&[true, true]))], &[2, 3]), 0);
        assert_eq!(
            faults(&[(&[0], done(&[true])), (&[0, 1], done(&[false, true]))], &[2, 3]),
            0
        );
        for left in [&all[..], &[2, 3]] {
            assert_eq!(faults(&[(&[0, 1], Told::Unknown)], left), 0);
        }
        // Nobody heard it.
        let mut late = History::default();
        let end = Instant::now();
        late.note(vec![0], done(&[true]), end);
        assert_eq!(late.faults(&records(&all), &records(&all)).len(), 1);
        let unheard = late.until(end);
        assert_eq!(unheard.faults(&records(&all), &records(&all)).len(), 0);
        let mut late = History::default();
        late.note(vec![0], Told::Failed, end);
        assert_eq!(late.until(end).faults(&records(&all), &records(&all)).len(), 0);
        // The unknown one may have done nothing, and the other all of it.
        let shared: &[(&[usize], Told)] = &[(&[0, 1], Told::Unknown), (&[0], done(&[true]))];
        assert_eq!(faults(shared, &[1, 2, 3]), 0);
        assert_eq!(faults(&[(&[0, 1], Told::Refused)], &all), 0);
    }

    #[test]
    fn what_cannot_be_true_is_found() {
        let all = [0, 1, 2, 3];
        type Case<'a> = (&'a [(&'a [usize], Told)], &'a [usize]);
        let cases: &[Case<'_>] = &[
            // Twice.
            (&[(&[0], done(&[true])), (&[0], done(&[true]))], &[1, 2, 3]),
            // Answered, and not gone.
            (&[(&[0], done(&[true]))], &all),
            // Gone, and nobody was told.
            (&[], &[1, 2, 3]),
            // Refused, and gone.
            (&[(&[0], Told::Refused)], &[1, 2, 3]),
            // Said to be missing.
            (&[(&[0], done(&[false]))], &all),
            // Missing before it was deleted.
            (&[(&[0], done(&[false])), (&[0], done(&[true]))], &[1, 2, 3]),
            // Failed, whatever became of it.
            (&[(&[0], Told::Failed)], &all),
            // Half of it.
            (&[(&[0, 1], Told::Unknown)], &[1, 2, 3]),
            // From nowhere.
            (&[], &[0, 1, 2, 3, 4]),
            (&[], &[0, 0, 1, 2, 3]),
        ];
        for (asked, left) in cases {
            assert_ne!(faults(asked, left), 0, "{asked:?} {left:?}");
        }
        let mut changed = records(&all);
        changed[2]["name"] = "b".into();
        assert_eq!(History::default().faults(&records(&all), &changed).len(), 1);
        let mut history = History::default();
        let wrong = Told::Done {
            deleted: vec![true, true],
            records_deleted: 1,
        };
        history.note(vec![0, 1], wrong, Instant::now());
        assert_eq!(history.faults(&records(&all), &records(&[2, 3])).len(), 1);
    }
}
