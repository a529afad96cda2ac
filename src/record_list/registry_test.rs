use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        Attribution, Deletion, DeletionOptions, Identifiers, Limits, ListName, NewRecordList, RecordId,
        UniqueIdentifierType,
    },
    store::{
        Batch, DatabaseUrl, StoreSettings, WriteError, deletions::DeleteRecords, lists::CreateList,
        records::CreateRecords,
    },
};

async fn registry(folder: &std::path::Path) -> (Registry, ListKey) {
    let store = Store::open(StoreSettings {
        database_url: DatabaseUrl::Sqlite(folder.join("test.db").into()),
        pool_size: 1,
        statement_cache: 100,
        lanes: 2,
        lock_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        commit_timeout: Duration::from_secs(30),
        allow_network_file_system: false,
        check_timeout: Duration::from_secs(10),
        limits: Limits {
            records_per_list: 10,
            lists_per_account: 10,
        },
    })
    .await
    .unwrap();
    store.prepare(true).await.unwrap();
    let list = ListKey {
        account: AccountId::new("acme").unwrap(),
        id: RecordListId(Uuid::now_v7()),
    };
    let new_list = NewRecordList {
        id: list.id,
        name: ListName::new("a list").unwrap(),
        unique_identifier_type: UniqueIdentifierType::Nothing,
    };
    let account = list.account.clone();
    store
        .write_to_account(account, CreateList(new_list), None)
        .await
        .unwrap();
    let settings = RegistrySettings {
        queue_length: 2,
        new_lists_at_once: 1,
        queue_timeout: Duration::from_secs(60),
        idle_timeout: Duration::ZERO,
        threads: 1,
        saved_response_bytes: u64::MAX,
    };
    (Registry::start(store, settings), list)
}

fn deletion() -> DeleteRecords {
    DeleteRecords::in_bulk(
        Deletion {
            identifiers: Identifiers::Ids(vec![Some(RecordId(Uuid::nil()))]),
            options: DeletionOptions::default(),
        },
        Attribution {
            operation_id: Uuid::now_v7(),
            client_id: String::new(),
            request_id: String::new(),
        },
    )
}

fn keyed<W: ListWrite>(write: W) -> Keyed<W> {
    Keyed { write, once: None }
}

#[actix_rt::test]
async fn a_list_has_an_actor_while_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, list) = registry(folder.path()).await;
    assert_eq!(lists.active_lists(), 0);
    lists.write(&list, deletion(), None, Room::none()).await.unwrap();
    assert_eq!(lists.active_lists(), 1);
    lists.stop_idle();
    assert_eq!(lists.active_lists(), 0);
    // The actor comes back when it is needed.
    lists.write(&list, deletion(), None, Room::none()).await.unwrap();
    assert_eq!(lists.active_lists(), 1);
}

#[actix_rt::test]
async fn an_actor_with_commands_is_not_idle() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, list) = registry(folder.path()).await;
    let (result, _) = lists.enqueue(&list, keyed(deletion()), Room::none()).unwrap();
    lists.stop_idle();
    assert_eq!(lists.active_lists(), 1);
    assert!(result.await.unwrap().is_ok());
}

#[actix_rt::test]
async fn strangers_make_no_actors() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, list) = registry(folder.path()).await;
    let stranger = ListKey {
        account: AccountId::new("other").unwrap(),
        ..list
    };
    let result = lists.write(&stranger, deletion(), None, Room::none()).await;
    assert_eq!(result, Err(CommandError::ListNotFound));
    assert_eq!(lists.active_lists(), 0);
}

#[actix_rt::test]
async fn the_store_itself_asks_for_the_account_under_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, list) = registry(folder.path()).await;
    let stranger = ListKey {
        account: AccountId::new("other").unwrap(),
        ..list
    };
    let store = &lists.inner.store;
    let deleted = store
        .write(Batch {
            list: stranger.clone(),
            writes: vec![Arc::new(keyed(deletion()))],
        })
        .await;
    assert!(matches!(&*deleted, [Err(WriteError::ListNotFound)]));
    let nothing = CreateRecords::default();
    let created = store
        .write(Batch {
            list: stranger,
            writes: vec![Arc::new(keyed(nothing))],
        })
        .await;
    let errors: Vec<_> = created.into_iter().map(Result::err).collect();
    assert_eq!(errors, [Some(WriteError::ListNotFound)]);
}

#[actix_rt::test]
async fn places_are_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, list) = registry(folder.path()).await;
    for _ in 0..5 {
        lists.write(&list, deletion(), None, Room::none()).await.unwrap();
    }
    lists.stop_accepting();
    let late = lists.write(&list, deletion(), None, Room::none()).await;
    assert_eq!(late, Err(CommandError::ShuttingDown));
}

#[actix_rt::test]
async fn a_list_whose_actor_panicked_goes_on_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let (lists, list) = registry(folder.path()).await;
    lists.write(&list, deletion(), None, Room::none()).await.unwrap();
    let actor = lists.entries()[&list.id].actor.clone();
    assert!(actor.send(super::super::actor::Panic).await.is_err());
    while actor.connected() {
        tokio::task::yield_now().await;
    }
    lists.write(&list, deletion(), None, Room::none()).await.unwrap();
}
