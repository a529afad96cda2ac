//! Statements that create lists and records, one per table: through the server it would take hours.

use uuid::Uuid;

use super::ACCOUNT;

const LIST: &str = "id, account_id, kind, name, unique_identifier_type, status, records_count, deletions_count, \
                    created_at, updated_at";

const RECORD: &str = "record_list_id, id, first_name, last_name, phone_number, phone_type, priority, extra_data, \
                      external_provider, external_id, sync_external_id, phone_number_is_unique, external_is_unique, \
                      created_at, updated_at";

/// For SQLite: `count` lists starting with `first`, each with its records numbered from 0.
pub(super) fn sqlite(first: Uuid, count: usize, records: usize) -> [String; 2] {
    let now = "'2026-01-01 00:00:00+00:00'";
    let (digits, number) = number(first);
    let last = number + count - 1;
    let lists = format!("BETWEEN x'{digits}{number:012x}' AND x'{digits}{last:012x}'");
    [
        format!(
            "WITH RECURSIVE n(i) AS (SELECT {number} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
             INSERT INTO record_list ({LIST}) SELECT unhex('{digits}' || printf('%012x', i)), '{ACCOUNT}', \
             'RECORD_LIST', 'a', 'PHONE_NUMBER', 'ACCEPTED', {records}, 0, {now}, {now} FROM n"
        ),
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {records} - 1) \
             INSERT INTO record ({RECORD}) SELECT record_list.id, \
             unhex('01900000000170008000' || substr(hex(record_list.id), -5) || printf('%07x', i)), \
             'Ada', 'Lovelace', '+1415' || printf('%07d', i), 'MOBILE', 5, '{{}}', 'crm', CAST(i AS text), false, true, \
             false, {now}, {now} FROM record_list CROSS JOIN n WHERE record_list.id {lists}"
        ),
    ]
}

/// The same for PostgreSQL.
pub(super) fn postgres(first: Uuid, count: usize, records: usize) -> [String; 2] {
    let (digits, number) = number(first);
    let last = number + count - 1;
    let lists = format!("BETWEEN '{digits}{number:012x}' AND '{digits}{last:012x}'");
    [
        format!(
            "INSERT INTO record_list ({LIST}) SELECT ('{digits}' || lpad(to_hex(i), 12, '0'))::uuid, '{ACCOUNT}', \
             'RECORD_LIST', 'a', 'PHONE_NUMBER', 'ACCEPTED', {records}, 0, now(), now() \
             FROM generate_series({number}, {last}) i"
        ),
        format!(
            "INSERT INTO record ({RECORD}) SELECT l.id, \
             ('01900000000170008000' || right(l.id::text, 5) || lpad(to_hex(i), 7, '0'))::uuid, \
             'Ada', 'Lovelace', '+1415' || lpad(i::text, 7, '0'), 'MOBILE', 5, '{{}}', 'crm', i::text, false, true, \
             false, now(), now() FROM record_list l, generate_series(0, {records} - 1) i \
             WHERE l.id {lists} ORDER BY l.id, i"
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
