//! The tables of the hand-written service, as one would draw them up, and statements that fill them with the same
//! records as the service's.

use crate::database::{ACCOUNT, Lists};

/// Statements that create and fill the tables of an empty SQLite database.
pub(crate) fn fill_sqlite(lists: &Lists) -> [String; 4] {
    let (last_list, last_record) = (lists.count - 1, lists.records - 1);
    let numbers = format!(
        "WITH RECURSIVE l(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM l WHERE i < {last_list}), \
         r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < {last_record})"
    );
    let list = "'01900000-0000-7000-8000-' || printf('%012x', l.i)";
    let id = "'01900000-0001-7000-8000-' || printf('%05x%07x', l.i, r.i)";
    [
        schema("INTEGER PRIMARY KEY", "TEXT", "TEXT"),
        format!(
            "{numbers} INSERT INTO list (id, account_id, name, records_count) SELECT {list}, '{ACCOUNT}', 'a', {} FROM l",
            lists.records
        ),
        format!(
            "{numbers} INSERT INTO record (id, list_id, first_name, last_name, priority, extra_data, \
             external_provider, external_id) \
             SELECT {id}, {list}, 'Ada', 'Lovelace', 5, '{{}}', 'crm', CAST(r.i AS text) FROM l CROSS JOIN r"
        ),
        format!(
            "{numbers} INSERT INTO phone (list_id, record_id, phone_number, phone_type) \
             SELECT {list}, {id}, '+1415' || printf('%07d', r.i), 'MOBILE' FROM l CROSS JOIN r"
        ),
    ]
}

/// The same for PostgreSQL.
pub(crate) fn fill_postgres(lists: &Lists) -> [String; 4] {
    let l = format!("generate_series(0, {} - 1) l", lists.count);
    let both = format!("{l}, generate_series(0, {} - 1) r ORDER BY l, r", lists.records);
    let list = "'01900000-0000-7000-8000-' || lpad(to_hex(l), 12, '0')";
    let id = "'01900000-0001-7000-8000-' || lpad(to_hex(l), 5, '0') || lpad(to_hex(r), 7, '0')";
    [
        schema(
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "JSONB",
            "TIMESTAMPTZ",
        ),
        format!(
            "INSERT INTO list (id, account_id, name, records_count) SELECT {list}, '{ACCOUNT}', 'a', {} FROM {l}",
            lists.records
        ),
        format!(
            "INSERT INTO record (id, list_id, first_name, last_name, priority, extra_data, external_provider, \
             external_id) SELECT {id}, {list}, 'Ada', 'Lovelace', 5, '{{}}', 'crm', r::text FROM {both}"
        ),
        format!(
            "INSERT INTO phone (list_id, record_id, phone_number, phone_type) \
             SELECT {list}, {id}, '+1415' || lpad(r::text, 7, '0'), 'MOBILE' FROM {both}"
        ),
    ]
}

fn schema(serial: &str, json: &str, time: &str) -> String {
    format!(
        "CREATE TABLE list (
            id TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            name TEXT NOT NULL,
            records_count BIGINT NOT NULL,
            deletions_count BIGINT NOT NULL DEFAULT 0,
            created_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        CREATE TABLE record (
            id TEXT PRIMARY KEY,
            list_id TEXT NOT NULL REFERENCES list (id) ON DELETE CASCADE,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            timezone TEXT,
            priority INTEGER NOT NULL,
            extra_data {json} NOT NULL,
            external_provider TEXT,
            external_id TEXT,
            external_url TEXT,
            sync_external_id BOOLEAN NOT NULL DEFAULT false,
            created_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        CREATE INDEX record_external ON record (list_id, external_provider, external_id);
        CREATE TABLE phone (
            id {serial},
            list_id TEXT NOT NULL,
            record_id TEXT NOT NULL REFERENCES record (id) ON DELETE CASCADE,
            phone_number TEXT NOT NULL,
            phone_type TEXT NOT NULL
        );
        CREATE INDEX phone_record ON phone (record_id);
        CREATE UNIQUE INDEX phone_number ON phone (list_id, phone_number);
        CREATE TABLE deletion (
            list_id TEXT NOT NULL,
            id TEXT NOT NULL,
            account_id TEXT NOT NULL,
            client_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            total_deleted BIGINT NOT NULL,
            total_errors BIGINT NOT NULL,
            total_records_deleted BIGINT NOT NULL,
            request_id TEXT NOT NULL,
            created_at {time} NOT NULL,
            PRIMARY KEY (list_id, id)
        );
        CREATE INDEX deletion_account ON deletion (account_id, id);"
    )
}
