//! What is in the tables after a run, and what the requests should have left there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Database, Lists};
use crate::{
    scenario::{Kind, Operation},
    wire::{NOTE, UPDATED_ALONE, UPDATED_IN_BULK},
    work::Request,
};

/// The priority and the extra data of a record that was filled in, or created in bulk.
const USUAL: (i64, &str) = (5, "{}");

/// The same of a record that was created alone without a priority: a hot lead.
const HOT: (i64, &str) = (11, "{}");

/// The records of all lists together, as far as the requests change them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// How many have which priority and extra data.
    records: BTreeMap<(i64, String), i64>,
    phone_numbers: i64,
    /// `None` in a load in which somebody keeps none.
    books: Option<Books>,
}

/// The counts of the lists and the audit trail.
#[derive(Debug, Default, PartialEq, Eq)]
struct Books {
    deletions: i64,
    /// Lists whose counts of records or deletions are not those of the rows.
    miscounted_lists: i64,
}

/// The names of a service's tables and of the column with the list's id.
struct Tables {
    list: &'static str,
    list_of: &'static str,
    deletion: &'static str,
    phone_numbers: &'static str,
}

impl State {
    /// Lists that have just been filled.
    pub(crate) fn filled(lists: &Lists, has_books: bool) -> Self {
        let mut state = Self {
            records: BTreeMap::new(),
            phone_numbers: 0,
            books: has_books.then(Books::default),
        };
        state.create(USUAL, (lists.count * lists.records) as i64);
        state
    }

    /// What a successful request makes of it.
    pub(crate) fn change(&mut self, request: &Request, kind: Kind) {
        let count = request.records.len() as i64;
        match request.operation {
            Operation::BulkDelete if kind == Kind::Miss => {}
            Operation::BulkDelete | Operation::Delete => {
                self.create(USUAL, -count);
                if let Some(books) = &mut self.books {
                    books.deletions += 1;
                }
            }
            Operation::BulkCreate => self.create(USUAL, count),
            Operation::Create => self.create(HOT, count),
            Operation::BulkUpdate => self.update((UPDATED_IN_BULK, NOTE), count),
            Operation::Update => self.update((UPDATED_ALONE, USUAL.1), count),
        }
    }

    fn create(&mut self, like: (i64, &str), count: i64) {
        self.phone_numbers += count;
        self.add(like, count);
    }

    /// Each record is updated only once, so it was a usual one before.
    fn update(&mut self, to: (i64, &str), count: i64) {
        self.add(USUAL, -count);
        self.add(to, count);
    }

    fn add(&mut self, (priority, extra_data): (i64, &str), count: i64) {
        *self.records.entry((priority, extra_data.to_owned())).or_default() += count;
        self.records.retain(|_, count| *count != 0);
    }
}

impl Database {
    /// What is in the service's tables.
    pub(crate) async fn state(&self, with_books: bool) -> State {
        let tables = Tables {
            list: "record_list",
            list_of: "record_list_id",
            deletion: "operation",
            // The main number is in the row of the record.
            phone_numbers: "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM record_phone)",
        };
        self.state_in(&self.url(), &tables, with_books).await
    }

    /// What is in the tables of the hand-written service.
    pub(crate) async fn state_of_hand(&self, with_books: bool) -> State {
        let tables = Tables {
            list: "list",
            list_of: "list_id",
            deletion: "deletion",
            phone_numbers: "SELECT count(*) FROM phone",
        };
        self.state_in(&self.hand_url(), &tables, with_books).await
    }

    async fn state_in(&self, url: &str, tables: &Tables, with_books: bool) -> State {
        let sql = "SELECT CAST(priority AS bigint), CAST(extra_data AS text), count(*) FROM record GROUP BY 1, 2";
        let mut records = BTreeMap::new();
        for (priority, extra_data, count) in self.counts(url, sql).await {
            // PostgreSQL writes JSON with blanks.
            let extra_data: Value = serde_json::from_str(&extra_data).expect("JSON");
            *records.entry((priority, extra_data.to_string())).or_default() += count;
        }
        State {
            records,
            phone_numbers: self.count(url, tables.phone_numbers).await,
            books: match with_books {
                true => Some(self.books(url, tables).await),
                false => None,
            },
        }
    }

    async fn books(&self, url: &str, tables: &Tables) -> Books {
        let Tables {
            list,
            list_of,
            deletion,
            ..
        } = tables;
        let deletions = format!("SELECT count(*) FROM {deletion}");
        let miscounted_lists = format!(
            "SELECT count(*) FROM {list} l \
             WHERE records_count <> (SELECT count(*) FROM record WHERE {list_of} = l.id) \
             OR deletions_count <> (SELECT count(*) FROM {deletion} WHERE {list_of} = l.id)"
        );
        Books {
            deletions: self.count(url, &deletions).await,
            miscounted_lists: self.count(url, &miscounted_lists).await,
        }
    }
}
