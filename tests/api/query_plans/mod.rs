//! The hot statements seek: what they cost does not grow with the list.

mod changes;
mod cost;
pub(crate) mod explain;
pub(crate) mod finds;
mod keys;
mod purge;
mod rows;
mod trail;
pub(crate) mod transaction;

use chrono::Utc;
use entity::operation::Kind;
use record_lists::{
    domain::{
        AccountId, Attribution, Cursor, ExternalReference, Limits, Paging, PhoneNumber, Position, RecordFilter,
        RecordId, RecordListId, RecordSelection, SortValue, SortedKey, UniqueIdentifierType, text::Line,
    },
    store::{
        ListKey, LockedList,
        audit::{
            page_statements as audit_page_statements,
            statements::{self as audit_statements, OperationRow},
        },
        deletions::{batch_statements, on_sqlite},
        lists::statements as list_statements,
        records::{LookupIndex, page_statements, statements},
        writes::statements::{self as write_statements, CountChange},
    },
};
use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

use self::{
    explain::{explain, modes},
    rows::list_in_use,
    transaction::begin,
};
use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    TestApp, apply, database_test,
};

/// Records in the list whose plans are looked at: enough that PostgreSQL would rather scan than seek, if it could.
const RECORDS: i64 = 1_000_000;

/// Saved responses and deletions in the database.
const ENTRIES: i64 = 20_000;

/// Both types decide in which index a key is: where one has its keys in the unique index, the other has not. A list of
/// type `NOTHING` has each key where one of them has it.
#[apply(database_test)]
async fn hot_statements_seek_among_a_million_records(
    app: TestApp,
    #[values(UniqueIdentifierType::PhoneNumber, UniqueIdentifierType::External)] identified_by: UniqueIdentifierType,
) {
    let list = list_in_use(&app, identified_by, RECORDS).await;
    // A few ids: with more, PostgreSQL would rather scan a list that it takes for a short one (docs/decisions.md).
    assert_no_scans(&app, list, identified_by, 20).await;
    cost::assert_costs(&app, list, identified_by, 20).await;
    if app.database.kind == Postgres {
        let mut session = Blocker::connect(&app.database).await;
        session.execute("ANALYZE").await;
    }
    assert_no_scans(&app, list, identified_by, 400).await;
    cost::assert_costs(&app, list, identified_by, 400).await;
}

async fn assert_no_scans(app: &TestApp, id: RecordListId, identified_by: UniqueIdentifierType, ids: u128) {
    let connection = sea_orm::Database::connect(&app.database.direct_url)
        .await
        .expect("a connection");
    for (name, statement) in hot_statements(app, id, identified_by, ids).await {
        for mode in modes(statement.db_backend) {
            let plan = explain(&connection, settings_of(name), mode, statement.clone()).await;
            let scans = match app.database.kind {
                Sqlite => plan.lines().any(is_scan_of_a_table),
                // A join that compares instead of seeking is a scan by another name.
                // Those that are updated are found by their ids, and then compared with their new values.
                Postgres => plan.contains("Seq Scan") || (plan.contains("Join Filter") && name != "update records"),
            };
            assert!(!scans, "{name}, {mode}:\n{plan}");
            // A search by the list alone reads all of its records, unless it ends with the first.
            let by_list_alone = plan
                .lines()
                .any(|line| line.contains("(record_list_id=?)") && !line.contains("record_list "));
            assert!(!by_list_alone || name == "find any further number", "{name}:\n{plan}");
            if app.database.kind == Postgres {
                assert!(all_index_conditions_name_a_key(&plan), "{name}, {mode}:\n{plan}");
            }
        }
    }
}

/// The settings of the transaction that the statement runs in.
pub(crate) fn settings_of(name: &str) -> &'static str {
    match name {
        name if name.ends_with("of lists") => batch_statements::SEEK,
        name if name.starts_with("page of") && name.ends_with("operations") => audit_page_statements::IN_ORDER,
        _ => "",
    }
}

/// The statements of writes, and of reads that are as frequent, for a list or for this and another one.
pub(crate) async fn hot_statements(
    app: &TestApp,
    id: RecordListId,
    identified_by: UniqueIdentifierType,
    ids: u128,
) -> Vec<(&'static str, Statement)> {
    let other = RecordListId(app.list().await.id.parse().expect("a UUID"));
    let keys = [id, other].map(|id| ListKey {
        account: AccountId::new("acme").expect("an account"),
        id,
    });
    let transaction = begin(&app.database).await;
    let [first, second] = &keys;
    let lock = |list| LockedList::take(&transaction, list, Limits::default());
    let locks = [lock(first).await.expect("a lock"), lock(second).await.expect("a lock")];
    of_two_lists(&locks, identified_by, ids)
}

/// Not of the values of a parameter, nor of the rows of a subquery: those have lines of their own.
fn is_scan_of_a_table(line: &str) -> bool {
    let of_rows = [
        "VIRTUAL TABLE",
        "SCAN page",
        "SCAN found",
        "SCAN matches",
        "SCAN totals",
        "SCAN lists",
    ];
    line.starts_with("SCAN") && !of_rows.iter().any(|rows| line.contains(rows))
}

fn of_two_lists(
    locks: &[LockedList<'_>; 2],
    identified_by: UniqueIdentifierType,
    ids: u128,
) -> Vec<(&'static str, Statement)> {
    let [lock, _] = locks;
    let (backend, key, list) = (lock.backend(), lock.list(), lock.list().id);
    let ids: Vec<RecordId> = (0..ids).map(|n| RecordId(Uuid::from_u128(n))).collect();
    let numbers: Vec<PhoneNumber> = (0..100)
        .map(|n| PhoneNumber::normalise(&format!("+1415{n:07}")).expect("a number"))
        .collect();
    let references: Vec<ExternalReference> = (0..100)
        .map(|n| ExternalReference {
            provider: Line::from_stored("crm".to_owned()),
            id: Line::from_stored(n.to_string()),
        })
        .collect();
    let numbers: Vec<&PhoneNumber> = numbers.iter().collect();
    let references: Vec<&ExternalReference> = references.iter().collect();
    let mut pages = Vec::new();
    for (name, filter) in [
        ("page of all", RecordFilter::All),
        (
            "page by phone number",
            RecordFilter::PhoneNumber(Some(numbers[7].clone())),
        ),
        ("page by external id", RecordFilter::External(references[7].clone())),
    ] {
        // A page of all by its number is the first ones of the list, in order.
        let by_number = [Position::Page(1), Position::Page(3)].into_iter();
        let by_number = by_number.filter(|_| filter != RecordFilter::All);
        let selection = RecordSelection::of(filter.clone());
        for position in by_number.chain([after(ids[10].0)]) {
            let paging = Paging { per_page: 50, position };
            let statement = page_statements::page_of_records(backend, list, identified_by, &selection, &paging);
            pages.push((name, statement));
        }
    }
    for index in LookupIndex::ALL {
        let by_number = statements::resolve_phone_numbers(backend, list, index, &numbers);
        let by_reference = statements::resolve_external_references(backend, list, index, &references);
        pages.extend([
            ("resolve_phone_numbers", by_number),
            ("resolve_external_references", by_reference),
        ]);
    }
    let hot = vec![
        ("lock_list", write_statements::lock_list(backend, key)),
        ("resolve_ids", statements::resolve_ids(backend, list, &ids)),
        ("adjust_counts", write_statements::adjust_counts(lock, -1, 1)),
        ("mark_deleted", list_statements::mark_deleted(lock, Utc::now())),
    ];
    hot.into_iter()
        .chain(pages)
        .chain(match backend {
            DbBackend::Postgres => of_several_lists(locks, &ids, &numbers, &references),
            _ => of_one_key(locks, ids[0], numbers[0], references[0]),
        })
        .chain(changes::of_changes(lock, &ids))
        .chain(keys::of_keys_and_operations(backend, key))
        .collect()
}

/// The page behind this record.
fn after(id: Uuid) -> Position<SortedKey> {
    let value = SortValue::Nothing;
    Position::After(Cursor {
        after: SortedKey { value, id },
        page: 2,
    })
}

/// Those of deletions on PostgreSQL, of one list and of several lists that share a transaction.
fn of_several_lists(
    locks: &[LockedList<'_>; 2],
    ids: &[RecordId],
    numbers: &[&PhoneNumber],
    references: &[&ExternalReference],
) -> Vec<(&'static str, Statement)> {
    let [lock, other_lock] = locks;
    let (backend, list, other) = (lock.backend(), lock.list(), other_lock.list());
    let ids_of_lists = [(list.id, ids), (other.id, ids)];
    let ids = [(lock, ids), (other_lock, ids)];
    let change = |list| CountChange {
        list,
        records: -1,
        deletions: 1,
    };
    let mut hot = vec![
        ("delete_records", batch_statements::delete_records(&ids[..1])),
        (
            "delete_further_numbers",
            batch_statements::delete_further_numbers(&ids[..1]),
        ),
        (
            "lock_free_lists of lists",
            write_statements::lock_free_lists(&[list, other]),
        ),
        (
            "resolve_ids of lists",
            batch_statements::resolve_ids(backend, &ids_of_lists),
        ),
        ("delete_records of lists", batch_statements::delete_records(&ids)),
        (
            "delete_further_numbers of lists",
            batch_statements::delete_further_numbers(&ids),
        ),
        (
            "adjust_counts of lists",
            write_statements::adjust_counts_of_lists(&[lock, other_lock].map(change)),
        ),
    ];
    for index in LookupIndex::ALL {
        let numbers = [(list.id, numbers), (other.id, numbers)];
        let references = [(list.id, references), (other.id, references)];
        hot.extend([
            (
                "resolve_phone_numbers of lists",
                batch_statements::resolve_phone_numbers(backend, index, &numbers),
            ),
            (
                "resolve_external_references of lists",
                batch_statements::resolve_external_references(backend, index, &references),
            ),
        ]);
    }
    let operations = locks.each_ref().map(operation);
    for (name, rows) in [
        ("insert_operations", &operations[..1]),
        ("insert_operations of lists", &operations[..]),
    ] {
        let insert = audit_statements::insert_operations(rows, Utc::now());
        hot.push((name, insert));
    }
    hot
}

/// Those of deletions on SQLite, each about one key.
fn of_one_key(
    locks: &[LockedList<'_>; 2],
    id: RecordId,
    number: &PhoneNumber,
    reference: &ExternalReference,
) -> Vec<(&'static str, Statement)> {
    let [lock, _] = locks;
    let list = lock.list().id.0;
    let of_key = |sql: &str, key: &[&str]| {
        let key = key.iter().map(|key| Value::from(*key));
        let values = std::iter::once(Value::from(list)).chain(key);
        Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
    };
    let of_id = |sql| Statement::from_sql_and_values(DbBackend::Sqlite, sql, [list.into(), id.0.into()]);
    let mut hot = vec![
        ("find a record", of_id(on_sqlite::FIND_RECORD)),
        ("delete a record", of_id(on_sqlite::DELETE_RECORD)),
        ("delete further numbers", of_id(on_sqlite::DELETE_FURTHER_NUMBERS)),
        (
            "find any further number",
            of_key(on_sqlite::FIND_ANY_FURTHER_NUMBER, &[]),
        ),
        (
            "insert an operation",
            audit_statements::insert_operation(&operation(lock), Utc::now()),
        ),
    ];
    for index in LookupIndex::ALL {
        let number = [number.as_str()];
        let reference = [reference.provider.as_str(), reference.id.as_str()];
        hot.extend([
            ("find a number", of_key(on_sqlite::FIND_BY_NUMBER.text(index), &number)),
            (
                "find a further number",
                of_key(on_sqlite::FIND_BY_FURTHER_NUMBER.text(index), &number),
            ),
            (
                "find a reference",
                of_key(on_sqlite::FIND_BY_REFERENCE.text(index), &reference),
            ),
        ]);
    }
    hot
}

fn operation<'a>(list: &'a LockedList<'a>) -> OperationRow<'a> {
    OperationRow {
        list,
        attribution: Attribution {
            operation_id: Uuid::nil(),
            client_id: String::new(),
            request_id: String::new(),
        },
        kind: Kind::Id,
        total_deleted: 1,
        total_errors: 0,
        total_records_deleted: 1,
    }
}

/// Whether every index is searched by more than the list.
fn all_index_conditions_name_a_key(plan: &str) -> bool {
    plan.lines()
        .filter(|line| line.contains("Index Cond") && line.contains("record_list_id"))
        .all(|line| line.contains(" AND "))
}

#[apply(database_test)]
async fn keys_compare_byte_by_byte_whatever_the_database_is_set_to(#[values(Postgres)] app: TestApp) {
    let mut session = Blocker::connect(&app.database).await;
    let of_the_database = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' \
                           AND collation_name IS DISTINCT FROM 'C' AND column_name IN \
                           ('account_id', 'phone_number', 'external_provider', 'external_id', 'upload_request_id')";
    assert_eq!(session.number(of_the_database).await, 0);
}
