//! Rows that make the plans those of a database that is in use.

use entity::Word;
use record_lists::domain::{RecordListId, UniqueIdentifierType};

use super::ENTRIES;
use crate::support::{Blocker, TestApp, fill};

/// A list of a type with so many records, in a database that is in use.
pub async fn list_in_use(app: &TestApp, identified_by: UniqueIdentifierType, records: i64) -> RecordListId {
    let list = app.list_identified_by(identified_by.word()).await;
    let mut session = Blocker::connect(&app.database).await;
    fill(&mut session, &list.id, records).await;
    add_keys_and_operations(&mut session, &list.id).await;
    add_other_lists(&mut session).await;
    RecordListId(list.id.parse().expect("a UUID"))
}

/// Saved answers, and operations of many lists.
async fn add_keys_and_operations(session: &mut Blocker, list: &str) {
    let (list, random, numbers, never) = match session {
        Blocker::Sqlite(_) => (
            format!("x'{}'", list.replace('-', "")),
            "randomblob(16)",
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {ENTRIES} - 1) \
                 SELECT i FROM n)"
            ),
            "'2099-01-01 00:00:00+00:00'",
        ),
        Blocker::Postgres(_) => (
            format!("'{list}'"),
            "gen_random_uuid()",
            format!("generate_series(0, {ENTRIES} - 1) n(i)"),
            "'2099-01-01'::timestamptz",
        ),
    };
    session
        .execute(&format!(
            "INSERT INTO idempotency_key SELECT {list}, 'acme', CAST(i AS text), 'f', 'a', {never} FROM {numbers}"
        ))
        .await;
    for list in [list.as_str(), random] {
        session
            .execute(&format!(
                "INSERT INTO operation SELECT {list}, {random}, 'acme', 'c', 'ID', 1, 0, 1, 'r', {never} \
                 FROM {numbers}"
            ))
            .await;
    }
}

/// Enough lists and statistics that PostgreSQL's plans are those of a database that is in use.
pub async fn add_other_lists(session: &mut Blocker) {
    if matches!(session, Blocker::Postgres(_)) {
        session
            .execute(
                "INSERT INTO record_list (id, account_id, kind, name, unique_identifier_type, status, records_count, \
                 deletions_count, created_at, updated_at) SELECT gen_random_uuid(), 'other', 'RECORD_LIST', 'a', 'NOTHING', 'ACCEPTED', \
                 0, 0, now(), now() FROM generate_series(1, 5000)",
            )
            .await;
        session.execute("ANALYZE").await;
    }
}
