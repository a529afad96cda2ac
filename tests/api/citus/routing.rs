//! Where statements run: those on one list on one server, and the others are known by name.

use std::collections::BTreeSet;

use chrono::Utc;
use entity::{record, record_list, record_phone};
use record_lists::{
    domain::{
        AccountId, Limits, ListConditions, ListOrder, ListSort, Paging, PhoneType, Position, RecordId, RecordListId,
        Status, UniqueIdentifierType,
    },
    store::{
        ListKey, LockedList,
        audit::statements::{delete_operations, operations_between},
        lists::{page_statements::page_of_lists, statements as list_statements},
        once::statements as once_statements,
        records::{insert_statements, page_statements::LOOK_AT_ALL, statements as record_statements},
        writes::statements::{IfLocked, find_list, find_record, lock_any_list, lock_deleted_list},
    },
};
use sea_orm::{DbBackend, Statement};
use uuid::Uuid;

use crate::{
    query_plans::{explain::explain, finds, hot_statements, settings_of, transaction::begin},
    support::TestApp,
};

/// What asks all servers: an account's lists and deletions, how much its saved responses occupy, and what the service
/// looks for to purge. docs/operating.md names them.
const FAN_OUTS: [&str; 10] = [
    "count_lists",
    "counted_before",
    "expired_responses",
    "find_deleted_lists",
    "find_lists_after",
    "page of an account's operations",
    "page_of_lists",
    "sum_of_all_bytes",
    "sum_of_bytes",
    "total of an account's operations",
];

const BACKEND: DbBackend = DbBackend::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_on_a_list_is_one_task() {
    let Some(citus) = super::servers() else { return };
    let database = citus.distributed_database().await;
    let app = TestApp::on(database.clone(), |_| {}).await;
    let list = app.list().await;
    let id = RecordListId(list.id.parse().expect("a UUID"));
    let connection = sea_orm::Database::connect(&database.direct_url).await;
    let connection = connection.expect("a connection");
    let mut all: Vec<(String, &str, Statement)> = Vec::new();
    for identified_by in [UniqueIdentifierType::PhoneNumber, UniqueIdentifierType::External] {
        for (name, statement) in hot_statements(&app, id, identified_by, 20).await {
            all.push((name.to_owned(), settings_of(name), statement));
        }
    }
    for (name, statement) in statements_of_writes(&app, id).await {
        all.push((name.to_owned(), "", statement));
    }
    for (name, statement) in finds::statements(BACKEND, id) {
        all.push((name, LOOK_AT_ALL, statement));
    }
    for (name, statement) in statements_on_accounts() {
        all.push((name.to_owned(), "", statement));
    }
    let mut fan_outs = BTreeSet::new();
    for (name, settings, statement) in all {
        // Lists share a transaction only where they are on one server.
        if name.ends_with(" of lists") {
            continue;
        }
        let plan = explain(&connection, settings, "force_custom_plan", statement).await;
        assert!(!plan.contains("pull to coordinator"), "{name}:\n{plan}");
        let tasks: BTreeSet<&str> = plan
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Task Count: "))
            .collect();
        assert!(!tasks.is_empty(), "{name}:\n{plan}");
        if tasks != BTreeSet::from(["1"]) {
            assert!(FAN_OUTS.contains(&name.as_str()), "{name}:\n{plan}");
            fan_outs.insert(name);
        }
    }
    assert_eq!(fan_outs.iter().map(String::as_str).collect::<Vec<_>>(), FAN_OUTS);
}

/// Those of an account, and of all of them.
fn statements_on_accounts() -> Vec<(&'static str, Statement)> {
    let account = AccountId::new("acme").expect("an account");
    let conditions = ListConditions::default();
    let order = ListOrder::ascending(ListSort::Id);
    let paging = Paging {
        per_page: 50,
        position: Position::Page(1),
    };
    vec![
        ("count_lists", list_statements::count_lists(BACKEND, &account)),
        (
            "page_of_lists",
            page_of_lists(BACKEND, &account, &conditions, order, &paging),
        ),
        ("find_deleted_lists", list_statements::find_deleted_lists(BACKEND)),
        (
            "find_lists_after",
            list_statements::find_lists_after(BACKEND, Uuid::nil()),
        ),
        (
            "sum_of_all_bytes",
            once_statements::sum_of_all_bytes(BACKEND, Utc::now()),
        ),
    ]
}

/// Those of writes to a list that are not among the hot ones.
pub async fn statements_of_writes(app: &TestApp, id: RecordListId) -> Vec<(&'static str, Statement)> {
    let key = ListKey {
        account: AccountId::new("acme").expect("an account"),
        id,
    };
    let transaction = begin(&app.database).await;
    let lock = LockedList::take(&transaction, &key, Limits::default()).await;
    let lock = lock.expect("a lock");
    let now = Utc::now();
    let (first, last) = (RecordId(Uuid::from_u128(1)), RecordId(Uuid::from_u128(9)));
    let ids = [first, last];
    let new_list = record_list::Model {
        id: Uuid::now_v7(),
        account_id: "acme".to_owned(),
        kind: record_list::Kind::RecordList,
        name: "A".to_owned(),
        unique_identifier_type: UniqueIdentifierType::Nothing,
        status: Status::Accepted,
        records_count: 0,
        deletions_count: 0,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        purged_at: None,
    };
    let records = ids.map(|id| record::Model {
        record_list_id: key.id.0,
        id: id.0,
        first_name: "Ada".to_owned(),
        last_name: "Test".to_owned(),
        phone_number: "+14155550101".to_owned(),
        phone_type: PhoneType::Mobile,
        further_phone_numbers: None,
        timezone: None,
        priority: 9,
        extra_data: "{}".to_owned(),
        external_provider: None,
        external_id: None,
        external_url: None,
        sync_external_id: false,
        upload_request_id: None,
        phone_number_is_unique: false,
        external_is_unique: false,
        created_at: now,
        updated_at: now,
    });
    let numbers = ids.map(|id| record_phone::Model {
        record_list_id: key.id.0,
        record_id: id.0,
        phone_number: "+14155550102".to_owned(),
        phone_number_is_unique: false,
    });
    vec![
        ("create_list", list_statements::create_list(BACKEND, new_list)),
        ("insert_records", insert_statements::insert_records(&lock, &records)),
        (
            "insert_further_numbers",
            insert_statements::insert_further_numbers(&lock, &numbers),
        ),
        ("delete_records alone", record_statements::delete_records(&lock, &ids)),
        (
            "delete_further_numbers alone",
            record_statements::delete_further_numbers(&lock, &ids),
        ),
        ("ids_after", record_statements::ids_after(&lock, Some(first), 200)),
        (
            "delete_records_between",
            record_statements::delete_records_between(&lock, first, last),
        ),
        (
            "delete_further_numbers_between",
            record_statements::delete_further_numbers_between(&lock, first, last),
        ),
        ("mark_purged", list_statements::mark_purged(&lock, now)),
        ("delete_purged_list", list_statements::delete_purged_list(&lock)),
        ("lock_deleted_list", lock_deleted_list(BACKEND, &key)),
        ("lock_any_list, skip", lock_any_list(BACKEND, &key, IfLocked::Skip)),
        ("lock_any_list, wait", lock_any_list(BACKEND, &key, IfLocked::Wait)),
        ("find_list", find_list(BACKEND, id)),
        ("find_record", find_record(BACKEND, id, first)),
        (
            "operations_between",
            operations_between(BACKEND, id, first.0, last.0, 500),
        ),
        ("delete_operations", delete_operations(&lock, first.0, last.0)),
    ]
}
