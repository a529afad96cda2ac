//! What the audit trail costs: its pages from both ends, its totals, and the deletion of what is expired.

use record_lists::{
    domain::{AccountId, Cursor, Paging, Position, RecordListId, Window},
    store::{
        ListKey, LockedList,
        audit::{
            page_statements::{page_of_operations, total_of_operations},
            statements::{delete_operations, operations_between},
        },
        lists::statements::{delete_purged_list, find_lists_after},
        records::statements::IN_ORDER,
        writes::statements::{IfLocked, adjust_counts, lock_any_list},
    },
};
use sea_orm::{DbBackend, Statement};
use uuid::Uuid;

use super::{
    cost::{Meter, PER_PAGE},
    explain::assert_steps_seek,
    rows::add_other_lists,
    transaction::begin,
};
use crate::{
    deletions::pages::add_entries,
    support::{
        Blocker,
        Database::{Postgres, Sqlite},
        TestApp, TestList, apply, database_test,
    },
};

/// Lists that the account has, besides the one with the entries, and as many that are purged: what the default limit
/// allows.
const OTHER_LISTS: u32 = 199;

/// Entries that each of the two trails has in turn.
const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;

/// Other lists of the account, without entries: only their rows matter.
async fn add_lists_of_account(session: &mut Blocker) {
    let (random, now, numbers) = match session {
        Blocker::Sqlite(_) => (
            "randomblob(16)",
            "'2026-01-01 00:00:00+00:00'",
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OTHER_LISTS}) \
                 SELECT i FROM n)"
            ),
        ),
        Blocker::Postgres(_) => (
            "gen_random_uuid()",
            "now()",
            format!("generate_series(1, {OTHER_LISTS}) n(i)"),
        ),
    };
    for deleted in ["NULL", now] {
        session
            .execute(&format!(
                "INSERT INTO record_list (id, account_id, kind, name, unique_identifier_type, status, records_count, \
                 deletions_count, created_at, updated_at, deleted_at, purged_at) SELECT {random}, 'acme', \
                 'RECORD_LIST', '', 'NOTHING', 'ACCEPTED', 0, 0, {now}, {now}, {deleted}, {deleted} FROM {numbers}"
            ))
            .await;
    }
}

/// A trail, whose entries have these ids.
struct Trail {
    of: &'static str,
    list: Option<RecordListId>,
    first: u32,
    total: u32,
}

/// The statements of the first page and the last, with the number of their rows.
fn pages(backend: DbBackend, trail: &Trail) -> Vec<(String, Statement, u64)> {
    let account = AccountId::new("acme").expect("an account");
    let Trail { of, list, first, total } = *trail;
    let last = u64::from(total).div_ceil(PER_PAGE);
    let sum = total_of_operations(backend, &account, list);
    let mut pages = vec![(format!("total of {of}"), sum, 1)];
    let numbered = [1, 2, last - 1, last, last + 1].map(Position::Page);
    let second = Uuid::from_u128((first + 1).into());
    let middle = Uuid::from_u128((first + total / 2).into());
    let newest = Uuid::from_u128((first + total - 1).into());
    let after = [second, middle, newest].map(|after| Position::After(Cursor { after, page: 2 }));
    for position in numbered.into_iter().chain(after) {
        let paging = Paging {
            per_page: PER_PAGE,
            position,
        };
        let window = Window::of(paging, total.into());
        let page = page_of_operations(backend, &account, list, paging, window);
        let rows = match position {
            // The one entry before the second.
            Position::After(cursor) if cursor.after == second => 1,
            _ => window.limit,
        };
        pages.push((format!("{position:?} of {of}"), page, rows));
    }
    pages
}

/// The settings and the statement that run this one with a plan that was made without its values, as PostgreSQL may do
/// from the sixth time on. `EXPLAIN` of the statement itself would be planned with them.
fn generic(statement: &Statement) -> (String, Statement) {
    let name = format!("generic_{}", Uuid::now_v7().simple());
    let values = statement.values.iter().flat_map(|values| &values.0);
    let values: Vec<String> = values.map(ToString::to_string).collect();
    let settings = format!(
        "{IN_ORDER}; SET LOCAL plan_cache_mode = force_generic_plan; PREPARE {name} AS {}",
        statement.sql
    );
    let execute = format!("EXECUTE {name} ({})", values.join(", "));
    (settings, Statement::from_string(DbBackend::Postgres, execute))
}

#[apply(database_test)]
async fn the_ends_of_a_trail_cost_the_same_however_long_it_is(app: TestApp) {
    let short = app.list().await;
    let long = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    add_lists_of_account(&mut session).await;
    add_other_lists(&mut session).await;
    add_entries(&mut session, &short, 1, FEW).await;
    add_entries(&mut session, &long, FEW + 1, FEW).await;
    for total in [FEW, MANY] {
        if total == MANY {
            // In the index of the account, the entries of the short trail are behind all of these.
            add_entries(&mut session, &long, 2 * FEW + 1, MANY - FEW).await;
        }
        let id = |list: &TestList| Some(RecordListId(list.id.parse().expect("a UUID")));
        let trail = |of, list, first, total| Trail { of, list, first, total };
        let meter = Meter::connect(&app.database).await;
        for trail in [
            trail("the short list", id(&short), 1, FEW),
            trail("the long list", id(&long), FEW + 1, total),
            trail("the account", None, 1, FEW + total),
        ] {
            for (name, statement, expected) in pages(meter.backend(), &trail) {
                let with_values = (IN_ORDER.to_owned(), statement.clone());
                let without = (app.database.kind == Postgres).then(|| generic(&statement));
                for (settings, asked) in [with_values].into_iter().chain(without) {
                    let (cost, rows) = meter.run(&settings, &asked).await;
                    let most = meter.most_for(PER_PAGE);
                    assert!(
                        cost <= most,
                        "{name}, {total} entries: {cost} of at most {most}\n{settings}\n{asked}"
                    );
                    assert_eq!(rows, expected, "{name}, {total} entries\n{settings}\n{asked}");
                }
            }
        }
    }
    // The answer itself, which is made of them.
    let last = u64::from(MANY).div_ceil(PER_PAGE);
    let page = long.caller.page(&long.path(&format!("/deletions?page={last}"))).await;
    assert_eq!((&page["total"], &page["count"]), (&MANY.into(), &PER_PAGE.into()));
}

#[apply(database_test)]
async fn a_step_of_the_expiry_costs_the_same_in_every_database(app: TestApp) {
    let list = app.list().await;
    let others = [app.list().await, app.list().await];
    let mut session = Blocker::connect(&app.database).await;
    // In this order PostgreSQL knows nothing of the entries.
    add_other_lists(&mut session).await;
    add_entries(&mut session, &list, 1, 20_000).await;
    for (n, other) in (1..).zip(&others) {
        add_entries(&mut session, other, n * 20_000 + 1, 20_000).await;
    }
    for knows in [false, true] {
        if knows && app.database.kind == Postgres {
            session.execute("ANALYZE").await;
        }
        check_steps(&app, &list).await;
    }
}

async fn check_steps(app: &TestApp, list: &TestList) {
    let connection = sea_orm::Database::connect(&app.database.direct_url).await;
    let connection = connection.expect("a connection");
    let key = ListKey {
        account: AccountId::new("acme").expect("an account"),
        id: RecordListId(list.id.parse().expect("a UUID")),
    };
    let transaction = begin(&app.database).await;
    let lock = LockedList::take_any(&transaction, &key, IfLocked::Skip).await;
    let lock = lock.expect("a lock").expect("a list");
    let [first, last] = [1, 500].map(Uuid::from_u128);
    let backend = lock.backend();
    let [lists, next, between] = match app.database.kind {
        Sqlite => [
            "record_list USING PRIMARY KEY (id>?)",
            "operation USING PRIMARY KEY (record_list_id=? AND id>? AND id<?)",
            "operation USING PRIMARY KEY (record_list_id=? AND id>? AND id<?)",
        ],
        Postgres => ["Index Cond: (id > ", "AND (id > ", "AND (id >= "],
    };
    let find = find_lists_after(backend, Uuid::nil());
    let look = operations_between(backend, key.id, Uuid::nil(), Uuid::max(), 1);
    let statements = [
        ("find", IN_ORDER, lists, find),
        ("look", IN_ORDER, next, look),
        ("lock", "", "", lock_any_list(backend, &key, IfLocked::Skip)),
        ("wait", "", "", lock_any_list(backend, &key, IfLocked::Wait)),
        (
            "next",
            IN_ORDER,
            next,
            operations_between(backend, key.id, first, Uuid::max(), 500),
        ),
        ("delete", IN_ORDER, between, delete_operations(&lock, first, last)),
        ("count", IN_ORDER, "", adjust_counts(&lock, 0, -500)),
        ("list", IN_ORDER, "", delete_purged_list(&lock)),
    ];
    // The plans are made on the same connection.
    drop(transaction);
    assert_steps_seek(&connection, statements).await;
}
