//! What the loud account sends.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    connection::Request,
    lists::{BIG, Loud, PER_CREATE, SHORT_LISTS, bulks, json_bytes, phone_number, record},
};

/// The number of different requests of a kind. They are written before the turn and repeated in the same order.
const DIFFERENT: usize = 2_000;

/// Phone numbers in a dry run.
const PER_DRY_RUN: usize = 100;

/// Records on a page of a list.
const PER_PAGE: usize = 200;

/// The number of lists in which large and small records are created.
pub(crate) const LISTS_FOR_LARGE: usize = 40;
const LISTS_FOR_SMALL: usize = 200;

/// A kind of requests.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Bulk deletes of so many ids that no record has, on the short lists in turn. Existing ones would run out.
    Ids(usize),
    DryRun,
    DeepPages,
    LargeRecords,
    SmallRecords,
    /// Once the account has as many lists as it may have, they are refused.
    NewLists,
    Deletions,
    Ready,
    BadTokens,
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::Ids(1),
        Self::Ids(100),
        Self::DryRun,
        Self::DeepPages,
        Self::LargeRecords,
        Self::SmallRecords,
        Self::NewLists,
        Self::Deletions,
        Self::Ready,
        Self::BadTokens,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Ids(count) => format!("{count} id, {SHORT_LISTS} lists"),
            Self::DryRun => format!("dry run of {PER_DRY_RUN} numbers, big list"),
            Self::DeepPages => format!("deep pages of {PER_PAGE}, big list"),
            Self::LargeRecords => format!("{PER_CREATE} records of 16 KiB, {LISTS_FOR_LARGE} lists"),
            Self::SmallRecords => format!("{PER_CREATE} small records, {LISTS_FOR_SMALL} lists"),
            Self::NewLists => "new lists".to_owned(),
            Self::Deletions => "deletions of the account".to_owned(),
            Self::Ready => "readiness, no token".to_owned(),
            Self::BadTokens => "bad tokens".to_owned(),
        }
    }

    /// The requests of this kind.
    pub(crate) fn requests(self, loud: &Loud) -> Vec<Request> {
        let token = loud.token.as_str();
        let get = |path: &str| Request::get(path, Some(token));
        let mut random = fastrand::Rng::with_seed(1);
        let different = 0..DIFFERENT;
        match self {
            Self::Ids(count) => different
                .map(|n| {
                    let id = |_| json!({"id": Uuid::from_u128(random.u128(..))});
                    let body: Value = (0..count).map(id).collect();
                    let path = bulks(loud.short[n % loud.short.len()]);
                    Request::with_body("DELETE", &path, token, json_bytes(&body))
                })
                .collect(),
            Self::DryRun => different
                .map(|_| {
                    let number = |_| json!({"phone_number": phone_number(random.usize(..))});
                    let body: Value = (0..PER_DRY_RUN).map(number).collect();
                    let path = bulks(loud.big) + "?dry_run=true";
                    Request::with_body("DELETE", &path, token, json_bytes(&body))
                })
                .collect(),
            // The second half of the list.
            Self::DeepPages => (BIG / PER_PAGE / 2..BIG / PER_PAGE)
                .map(|page| {
                    let list = loud.big;
                    get(&format!("/record-lists/{list}/records?per_page={PER_PAGE}&page={page}"))
                })
                .collect(),
            Self::LargeRecords => {
                let body: Arc<[u8]> = large_records().into();
                let lists = loud.short.iter().take(LISTS_FOR_LARGE);
                lists
                    .map(|list| Request::with_body("POST", &bulks(*list), token, Arc::clone(&body)))
                    .collect()
            }
            Self::SmallRecords => different
                .map(|n| {
                    let first = n * PER_CREATE;
                    let records: Value = (first..first + PER_CREATE).map(record).collect();
                    let path = bulks(loud.short[n % LISTS_FOR_SMALL]);
                    Request::with_body("POST", &path, token, json_bytes(&json!({"records": records})))
                })
                .collect(),
            Self::NewLists => {
                let body = json_bytes(&json!({"name": "bench"}));
                vec![Request::with_body("POST", "/record-lists", token, body)]
            }
            Self::Deletions => vec![get("/deletions?per_page=1")],
            Self::Ready => vec![Request::get("/health/ready", None)],
            Self::BadTokens => {
                let path = format!("/record-lists/{}", loud.big);
                let (claims, signature) = token.rsplit_once('.').expect("a token");
                different
                    .map(|_| {
                        // As long as a good signature, and of the same characters.
                        let bad = format!("{claims}.{:08x}{}", random.u32(..), &signature[8..]);
                        Request::get(&path, Some(&bad))
                    })
                    .collect()
            }
        }
    }
}

/// The body that creates records with about as much extra data as they may have: 1.6 MB.
fn large_records() -> Vec<u8> {
    let records: Value = (0..PER_CREATE)
        .map(|number| {
            let mut record = record(number);
            record["extra_data"] = json!({"note": "x".repeat(16_000)});
            record
        })
        .collect();
    json_bytes(&json!({"records": records}))
}
