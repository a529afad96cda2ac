//! Statements that create lists and records, one per table: through the server it would take hours.

use uuid::Uuid;

use super::ACCOUNT;

/// For SQLite: `count` lists starting with `first`, each with its records numbered from 0.
pub(super) fn sqlite(first: Uuid, count: usize, records: usize) -> [String; 3] {
    let now = "'2026-01-01 00:00:00+00:00'";
    let (digits, number) = number(first);
    let last = number + count - 1;
    let lists = format!("BETWEEN x'{digits}{number:012x}' AND x'{digits}{last:012x}'");
    [
        format!(
            "WITH RECURSIVE n(i) AS (SELECT {number} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
             INSERT INTO record_list SELECT unhex('{digits}' || printf('%012x', i)), '{ACCOUNT}', 'a', 'PHONE_NUMBER', \
             'ACCEPTED', {records}, {now}, {now}, NULL FROM n"
        ),
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {records} - 1) \
             INSERT INTO record (record_list_id, id, first_name, last_name, priority, extra_data, \
             external_provider, external_id, sync_external_id, unique_in_list, created_at, updated_at) \
             SELECT record_list.id, \
             unhex('01900000000170008000' || substr(hex(record_list.id), -5) || printf('%07x', i)), \
             'Ada', 'Lovelace', 5, '{{}}', 'crm', CAST(i AS text), false, false, {now}, {now} FROM record_list CROSS JOIN n \
             WHERE record_list.id {lists}"
        ),
        format!(
            "INSERT INTO record_phone SELECT record_list_id, '+1415' || substr('0000000' || external_id, -7), \
             id, 'MOBILE', 0, true FROM record WHERE record_list_id {lists}"
        ),
    ]
}

/// The same for PostgreSQL.
pub(super) fn postgres(first: Uuid, count: usize, records: usize) -> [String; 3] {
    let (digits, number) = number(first);
    let last = number + count - 1;
    let lists = format!("BETWEEN '{digits}{number:012x}' AND '{digits}{last:012x}'");
    [
        format!(
            "INSERT INTO record_list SELECT ('{digits}' || lpad(to_hex(i), 12, '0'))::uuid, '{ACCOUNT}', 'a', \
             'PHONE_NUMBER', 'ACCEPTED', {records}, now(), now() FROM generate_series({number}, {last}) i"
        ),
        format!(
            "INSERT INTO record (record_list_id, id, first_name, last_name, priority, extra_data, \
             external_provider, external_id, sync_external_id, unique_in_list, created_at, updated_at) \
             SELECT l.id, \
             ('01900000000170008000' || right(l.id::text, 5) || lpad(to_hex(i), 7, '0'))::uuid, \
             'Ada', 'Lovelace', 5, '{{}}', 'crm', i::text, false, false, now(), now() FROM record_list l, \
             generate_series(0, {records} - 1) i WHERE l.id {lists} ORDER BY l.id, i"
        ),
        format!(
            "INSERT INTO record_phone SELECT record_list_id, '+1415' || lpad(external_id, 7, '0'), id, \
             'MOBILE', 0, true FROM record WHERE record_list_id {lists}"
        ),
    ]
}

/// The hexadecimal digits that the ids of all lists begin with, and the number that this id ends with.
fn number(list: Uuid) -> (String, usize) {
    let mut digits = list.simple().to_string();
    let number = digits.split_off(20);
    let number = usize::from_str_radix(&number, 16).expect("a number");
    (digits, number)
}
