//! Section 5 of docs/contract.md in memory, written without a look at the code.

use std::collections::{BTreeMap, HashMap};

use super::cases::{INVALID, Kind, Person, Request};
use crate::support::has_additions;

/// What an answer says, without what differs from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Done {
        deleted: u64,
        errors: u64,
        missing: Option<u64>,
        records: u64,
        dry_run: bool,
        failed: Vec<(u64, &'static str)>,
    },
    KeyInUse,
    KeyReused,
}

impl Told {
    /// What the published form says.
    pub fn published(deleted: u64, errors: u64) -> Self {
        Self::Done {
            deleted,
            errors,
            missing: None,
            records: 0,
            dry_run: false,
            failed: Vec::new(),
        }
    }

    /// What of it the answers say in the form that the tests ask for.
    pub fn answered(self) -> Self {
        match self {
            Self::Done { deleted, errors, .. } if !has_additions() => Self::published(deleted, errors),
            told => told,
        }
    }
}

/// The list as section 5 describes it.
#[derive(Clone, Default)]
pub struct Model {
    pub people: BTreeMap<u8, Person>,
    /// What was asked for, and what was told.
    saved: HashMap<u8, (String, Told)>,
    /// Kind and totals of each deletion that was carried out.
    pub audit: Vec<(Kind, u64, u64, u64)>,
}

impl Model {
    /// A list with these people, at the places 0, 1 and so on.
    pub fn of(people: &[Person]) -> Self {
        Self {
            people: (0..).zip(people.iter().cloned()).collect(),
            ..Self::default()
        }
    }

    /// Answers of requests that wait together, and whether each is a replay. A rehearsal looks at the list before any
    /// of them has its turn, and the second with a key is told so at once.
    pub fn answer(&mut self, batch: &[Request]) -> Vec<(Told, bool)> {
        let mut in_use = Vec::new();
        let mut told: Vec<Option<(Told, bool)>> = Vec::new();
        for request in batch {
            told.push(if request.dry_run {
                Some((self.decide(request).0, false))
            } else {
                match request.idempotency_key {
                    Some(key) if in_use.contains(&key) => Some((Told::KeyInUse, false)),
                    key => {
                        in_use.extend(key);
                        None
                    }
                }
            });
        }
        let answers = batch.iter().zip(told);
        answers
            .map(|(request, told)| told.unwrap_or_else(|| self.carry_out(request)))
            .collect()
    }

    fn carry_out(&mut self, request: &Request) -> (Told, bool) {
        let asked = request.meaning();
        if let Some((before, told)) = request.idempotency_key.and_then(|key| self.saved.get(&key)) {
            return if *before == asked {
                (told.clone(), true)
            } else {
                (Told::KeyReused, false)
            };
        }
        let (told, removed) = self.decide(request);
        for place in removed {
            self.people.remove(&place);
        }
        if let Told::Done {
            deleted,
            errors,
            records,
            ..
        } = &told
        {
            self.audit.push((request.kind, *deleted, *errors, *records));
        }
        if let Some(key) = request.idempotency_key {
            self.saved.insert(key, (asked, told.clone()));
        }
        (told, false)
    }

    /// What the request does to the list as it is, and the places of the records that go.
    fn decide(&self, request: &Request) -> (Told, Vec<u8>) {
        let mut seen = Vec::new();
        let mut missing = 0;
        let mut failed: Vec<(u64, &'static str)> = Vec::new();
        let mut matched: Vec<(u64, Vec<u8>)> = Vec::new();
        for (index, key) in (0_u64..).zip(&request.keys) {
            if seen.contains(key) {
                continue;
            }
            seen.push(*key);
            let found: Vec<u8> = self
                .people
                .iter()
                .filter(|(place, (phones, external))| match request.kind {
                    Kind::Id => *place == key,
                    Kind::Phone => phones.contains(key),
                    Kind::External => external.as_ref() == Some(key),
                })
                .map(|(place, _)| *place)
                .collect();
            if *key == INVALID && request.kind != Kind::External {
                failed.push((index, "IDENTIFIER_INVALID"));
            } else if found.is_empty() {
                if request.ignores_missing {
                    missing += 1;
                } else {
                    failed.push((index, "RECORD_NOT_FOUND"));
                }
            } else if found.len() > 1 && request.matches_sole {
                failed.push((index, "AMBIGUOUS"));
            } else {
                matched.push((index, found));
            }
        }
        if request.all_or_none && !failed.is_empty() {
            failed.extend(matched.drain(..).map(|(index, _)| (index, "ROLLED_BACK")));
            failed.sort_unstable();
        }
        let deleted = matched.len() as u64;
        let mut removed: Vec<u8> = matched.into_iter().flat_map(|(_, found)| found).collect();
        removed.sort_unstable();
        removed.dedup();
        let told = Told::Done {
            deleted,
            errors: failed.len() as u64,
            missing: request.ignores_missing.then_some(missing),
            records: removed.len() as u64,
            dry_run: request.dry_run,
            failed,
        };
        (told, removed)
    }
}
