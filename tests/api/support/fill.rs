//! Lists that are too long to be filled over HTTP.

use super::Blocker;

/// Fills a list: record n has the number +1415 with n in seven digits, and the external id n of `crm`.
pub async fn fill(session: &mut Blocker, list: &str, records: i64) {
    let (rows, phones) = match session {
        Blocker::Sqlite(_) => {
            let list = list.replace('-', "");
            (
                format!(
                    "PRAGMA synchronous = OFF; \
                     WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {records} - 1) \
                     INSERT INTO record (record_list_id, id, first_name, last_name, priority, extra_data, \
                     external_provider, external_id, sync_external_id, unique_in_list, created_at, updated_at) \
                     SELECT x'{list}', unhex(printf('%032x', i)), 'a', 'b', 5, '{{}}', 'crm', CAST(i AS text), false, \
                     false, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00' FROM n"
                ),
                "INSERT INTO record_phone SELECT record_list_id, '+1415' || substr('0000000' || external_id, -7), \
                 id, 'MOBILE', 0, false FROM record",
            )
        }
        Blocker::Postgres(_) => (
            format!(
                "INSERT INTO record (record_list_id, id, first_name, last_name, priority, extra_data, \
                 external_provider, external_id, sync_external_id, unique_in_list, created_at, updated_at) \
                 SELECT '{list}', lpad(to_hex(i), 32, '0')::uuid, 'a', 'b', 5, '{{}}', 'crm', i::text, false, false, \
                 now(), now() FROM generate_series(0, {records} - 1) i"
            ),
            "INSERT INTO record_phone SELECT record_list_id, '+1415' || lpad(external_id, 7, '0'), id, \
             'MOBILE', 0, false FROM record",
        ),
    };
    session.execute(&rows).await;
    session.execute(phones).await;
    session
        .execute(&format!("UPDATE record_list SET records_count = {records}"))
        .await;
}
