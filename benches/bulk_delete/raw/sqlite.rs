//! Raw code for SQLite: a loop over the identifiers, in one transaction per request, with the thin driver. The loop was
//! faster than statements with `json_each`, and a longer write-ahead log than the default is faster.

use std::time::Instant;

use rusqlite::{Connection, Result, Statement, params};
use uuid::Uuid;

use super::{check, ids, texts};
use crate::{
    database::list_id,
    measure::{Measured, Watch},
    scenario::Kind,
    work::Request,
};

/// The page cache is as large as the service's.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; \
     PRAGMA wal_autocheckpoint = 8000";

pub(super) async fn delete(url: &str, kind: Kind, requests: &[Request]) -> Measured {
    let path = url.replace("sqlite://", "");
    let requests = requests.to_vec();
    let turn = tokio::task::spawn_blocking(move || on_thread(&path, kind, &requests));
    let measured = turn.await.expect("a thread that ends well");
    measured.expect("deletions")
}

fn on_thread(path: &str, kind: Kind, requests: &[Request]) -> Result<Measured> {
    let session = Connection::open(path)?;
    session.execute_batch(PRAGMAS)?;
    let mut statements = Statements::prepare(&session, kind)?;
    let watch = Watch::start();
    let mut latencies = Vec::with_capacity(requests.len());
    let mut identifiers = 0;
    for request in requests {
        let asked = Instant::now();
        let gone = statements.delete(request, kind)?;
        latencies.push(asked.elapsed());
        check(gone, request, kind);
        identifiers += request.records.len();
    }
    Ok(watch.stop(latencies, identifiers))
}

/// The statements for one request, prepared once.
struct Statements<'a> {
    begin: Statement<'a>,
    /// Finds records by phone number or external id.
    find: Statement<'a>,
    /// Deletes a record, and says whether it had further phone numbers, which would have to follow.
    record: Statement<'a>,
    commit: Statement<'a>,
}

impl<'a> Statements<'a> {
    fn prepare(session: &'a Connection, kind: Kind) -> Result<Self> {
        let find = match kind {
            Kind::Phone => {
                "SELECT id FROM record WHERE record_list_id = ?1 AND phone_number = ?2 AND phone_number_is_unique \
                 UNION ALL SELECT record_id FROM record_phone WHERE record_list_id = ?1 AND phone_number = ?2 \
                 AND phone_number_is_unique"
            }
            _ => {
                "SELECT id FROM record WHERE record_list_id = ?1 AND external_provider = 'crm' AND external_id = ?2 \
                 AND NOT external_is_unique"
            }
        };
        Ok(Self {
            begin: session.prepare("BEGIN IMMEDIATE")?,
            find: session.prepare(find)?,
            record: session.prepare(
                "DELETE FROM record WHERE record_list_id = ?1 AND id = ?2 RETURNING further_phone_numbers IS NOT NULL",
            )?,
            commit: session.prepare("COMMIT")?,
        })
    }

    /// Carries out a request and returns how many records were deleted.
    fn delete(&mut self, request: &Request, kind: Kind) -> Result<usize> {
        let list = list_id(request.list);
        let list = list.as_bytes();
        self.begin.execute([])?;
        let mut records = match kind {
            Kind::Id | Kind::Miss => {
                let ids = ids(request, kind).into_iter();
                ids.map(Uuid::into_bytes).collect()
            }
            Kind::Phone | Kind::External => self.find(list, &texts(request, kind))?,
        };
        records.sort_unstable();
        records.dedup();
        let mut gone = 0;
        for record in &records {
            let mut rows = self.record.query(params![list, record])?;
            while let Some(row) = rows.next()? {
                assert!(!row.get::<_, bool>(0)?, "the records of the benchmark have one number");
                gone += 1;
            }
        }
        self.commit.execute([])?;
        Ok(gone)
    }

    fn find(&mut self, list: &[u8; 16], texts: &[String]) -> Result<Vec<[u8; 16]>> {
        let mut records = Vec::with_capacity(texts.len());
        for text in texts {
            let mut rows = self.find.query(params![list, text])?;
            while let Some(row) = rows.next()? {
                records.push(row.get(0)?);
            }
        }
        Ok(records)
    }
}
