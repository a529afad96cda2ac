//! The second baseline: the service's own statements with everything that they record, one request per transaction,
//! called in this process and without HTTP. The service's lead over it is the gain from batching.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use record_lists::{
    domain::{
        AccountId, Attribution, Deletion, DeletionOptions, DeletionOutcome, ExternalReference, Identifiers, Limits,
        PhoneNumber, RecordId, RecordListId, text::Line,
    },
    store::{Batch, DatabaseUrl, Keyed, ListKey, Store, StoreSettings, Written, deletions::DeleteRecords},
};
use uuid::Uuid;

use crate::{
    database::{ACCOUNT, Database, list_id, missing_id, phone_number, record_id},
    measure::{Measured, Turns, Watch},
    scenario::{Kind, Scenario},
    work::Request,
};

/// Deletes with as many callers as the pool has connections, or with one on SQLite.
pub(crate) async fn delete(database: &Database, scenario: &Scenario, requests: &[Request]) -> Measured {
    let url: DatabaseUrl = database.url().parse().expect("a URL");
    let callers = match database {
        Database::Sqlite(_) => 1,
        Database::Postgres(_) => 10,
    };
    let store = Store::open(StoreSettings {
        database_url: url,
        pool_size: 10,
        statement_cache: 100,
        lanes: 0,
        lock_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        commit_timeout: Duration::from_secs(30),
        allow_network_file_system: false,
        check_timeout: Duration::from_secs(10),
        limits: Limits {
            records_per_list: u64::MAX,
            lists_per_account: u64::MAX,
        },
    })
    .await
    .expect("a store");
    store.prepare(false).await.expect("a schema");
    let requests: Arc<Vec<Request>> = Arc::new(requests.to_vec());
    let turns = Arc::new(Turns::default());
    let kind = scenario.kind;
    let watch = Watch::start();
    let clients: Vec<_> = (0..callers)
        .map(|_| {
            let (requests, turns) = (Arc::clone(&requests), Arc::clone(&turns));
            let store = store.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while let Some(request) = requests.get(turns.next()) {
                    let asked = Instant::now();
                    let keyed = Keyed {
                        write: write(request, kind),
                        once: None,
                    };
                    let batch = Batch {
                        list: list(request),
                        writes: vec![Arc::new(keyed)],
                    };
                    let results = store.write(batch).await;
                    latencies.push(asked.elapsed());
                    for result in results {
                        let Ok(Written::Now(outcome)) = result else {
                            panic!("a deletion failed: {result:?}");
                        };
                        let outcome: DeletionOutcome = outcome.downcast().expect("the outcome of a deletion");
                        let expected = if kind == Kind::Miss { 0 } else { request.records.len() };
                        assert_eq!(outcome.records_deleted, expected);
                    }
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await.expect("a client that ends well"));
    }
    let measured = watch.stop(latencies, requests.len() * scenario.identifiers);
    store.close().await;
    measured
}

fn list(request: &Request) -> ListKey {
    ListKey {
        account: AccountId::new(ACCOUNT).expect("an account"),
        id: RecordListId(list_id(request.list)),
    }
}

fn write(request: &Request, kind: Kind) -> DeleteRecords {
    let records = request.records.iter().copied();
    let identifiers = match kind {
        Kind::Id => Identifiers::Ids(records.map(|r| Some(RecordId(record_id(request.list, r)))).collect()),
        Kind::Miss => {
            let ids = records.map(|r| Some(RecordId(missing_id(request.list, r))));
            Identifiers::Ids(ids.collect())
        }
        Kind::Phone => {
            let numbers = records.map(|r| PhoneNumber::normalise(&phone_number(r)).ok());
            Identifiers::PhoneNumbers(numbers.collect())
        }
        Kind::External => {
            let references = records.map(|r| ExternalReference {
                provider: Line::from_stored("crm".to_owned()),
                id: Line::from_stored(r.to_string()),
            });
            Identifiers::ExternalReferences(references.collect())
        }
    };
    DeleteRecords::in_bulk(
        Deletion {
            identifiers,
            options: DeletionOptions::default(),
        },
        Attribution {
            operation_id: Uuid::now_v7(),
            client_id: "bench".to_owned(),
            request_id: "bench".to_owned(),
        },
    )
}
