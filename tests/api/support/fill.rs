//! Lists that are too long to be filled over HTTP.

use super::Blocker;

/// Fills a list: record n has the number +1415 with n in seven digits, and the external id n of `crm`. Every fourth, from
/// the fourth on, has a further number: +1417 with n in seven digits.
pub async fn fill(session: &mut Blocker, list: &str, records: i64) {
    let columns = "record_list_id, id, first_name, last_name, phone_number, phone_type, further_phone_numbers, priority, \
                   extra_data, external_provider, external_id, sync_external_id, phone_number_is_unique, \
                   external_is_unique, created_at, updated_at";
    let (id, record_id, digits, text, now, numbers) = match session {
        Blocker::Sqlite(_) => (
            format!("x'{}'", list.replace('-', "")),
            "unhex(printf('%032x', i))",
            "printf('%07d', i)",
            "CAST(i AS text)",
            "'2026-01-01 00:00:00+00:00'",
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {records} - 1) \
                 SELECT i FROM n)"
            ),
        ),
        Blocker::Postgres(_) => (
            format!("'{list}'"),
            "lpad(to_hex(i), 32, '0')::uuid",
            "lpad(i::text, 7, '0')",
            "i::text",
            "now()",
            format!("generate_series(0, {records} - 1) AS n(i)"),
        ),
    };
    if matches!(session, Blocker::Sqlite(_)) {
        session.execute("PRAGMA synchronous = OFF").await;
    }
    session
        .execute(&format!(
            "INSERT INTO record ({columns}) SELECT l.id, {record_id}, 'a', 'b', '+1415' || {digits}, 'MOBILE', \
             CASE WHEN i % 4 = 3 THEN '[[\"+1417' || {digits} || '\",\"HOME\"]]' END, 5, '{{}}', 'crm', {text}, false, \
             l.unique_identifier_type = 'PHONE_NUMBER', l.unique_identifier_type = 'EXTERNAL', {now}, {now} \
             FROM record_list l CROSS JOIN {numbers} WHERE l.id = {id}"
        ))
        .await;
    session
        .execute(&format!(
            "INSERT INTO record_phone (record_list_id, record_id, phone_number, phone_number_is_unique) \
             SELECT record_list_id, id, '+1417' || substr(phone_number, 6), phone_number_is_unique FROM record \
             WHERE record_list_id = {id} AND further_phone_numbers IS NOT NULL"
        ))
        .await;
    session
        .execute(&format!(
            "UPDATE record_list SET records_count = {records} WHERE id = {id}"
        ))
        .await;
}
