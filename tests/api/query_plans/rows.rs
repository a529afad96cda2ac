//! Rows that make the plans those of a database that is in use.

use entity::Word;
use record_lists::domain::{RecordListId, UniqueIdentifierType};

use super::ENTRIES;
use crate::support::{Blocker, TestApp, fill};

/// A list of a type with so many records, in a database that is in use. PostgreSQL has no statistics of the list yet: it
/// could take it for one with two records, like the others.
pub async fn list_in_use(app: &TestApp, identified_by: UniqueIdentifierType, records: i64) -> RecordListId {
    let list = app.list_identified_by(identified_by.word()).await;
    let mut session = Blocker::connect(&app.database).await;
    add_other_lists(&mut session).await;
    fill(&mut session, &list.id, records).await;
    add_keys_and_operations(&mut session, &list.id).await;
    if matches!(session, Blocker::Postgres(_)) {
        session.execute("ANALYZE idempotency_key, saved_response_bytes").await;
    }
    RecordListId(list.id.parse().expect("a UUID"))
}

/// Saved answers, and operations of many lists.
async fn add_keys_and_operations(session: &mut Blocker, list: &str) {
    let (list, random, numbers, never, bytes) = match session {
        Blocker::Sqlite(_) => (
            format!("x'{}'", list.replace('-', "")),
            "randomblob(16)",
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {ENTRIES} - 1) \
                 SELECT i FROM n)"
            ),
            "'2099-01-01 00:00:00+00:00'",
            "x'61'",
        ),
        Blocker::Postgres(_) => (
            format!("'{list}'"),
            "gen_random_uuid()",
            format!("generate_series(0, {ENTRIES} - 1) n(i)"),
            "'2099-01-01'::timestamptz",
            "'a'::bytea",
        ),
    };
    session
        .execute(&format!(
            "INSERT INTO idempotency_key SELECT {list}, 'acme', CAST(i AS text), 'f', {bytes}, {never} \
             FROM {numbers}"
        ))
        .await;
    session
        .execute(&format!(
            "INSERT INTO saved_response_bytes SELECT {random}, 'account ' || i % 100, {never}, 1 FROM {numbers}"
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

/// Enough lists, each with two records, and statistics that PostgreSQL's plans are those of a database that is in use.
pub async fn add_other_lists(session: &mut Blocker) {
    if matches!(session, Blocker::Postgres(_)) {
        for sql in [
            "INSERT INTO record_list (id, account_id, kind, name, unique_identifier_type, status, records_count, \
             deletions_count, created_at, updated_at) SELECT gen_random_uuid(), 'other' || i % 500, 'RECORD_LIST', 'a', 'NOTHING', \
             'ACCEPTED', 2, 0, now(), now() FROM generate_series(1, 5000) i",
            "INSERT INTO record (record_list_id, id, first_name, last_name, phone_number, phone_type, \
             further_phone_numbers, priority, extra_data, external_provider, external_id, sync_external_id, \
             phone_number_is_unique, external_is_unique, created_at, updated_at) \
             SELECT l.id, gen_random_uuid(), 'a', 'b', '+14150000000', 'MOBILE', '[[\"+14170000000\",\"HOME\"]]', 5, \
             '{}', 'crm', '0', false, is_unique, NOT is_unique, now(), now() \
             FROM record_list l, (VALUES (false), (true)) AS u(is_unique) WHERE l.account_id LIKE 'other%'",
            "INSERT INTO record_phone (record_list_id, record_id, phone_number, phone_number_is_unique) \
             SELECT record_list_id, id, '+14170000000', phone_number_is_unique FROM record",
            "ANALYZE",
        ] {
            session.execute(sql).await;
        }
    }
}
