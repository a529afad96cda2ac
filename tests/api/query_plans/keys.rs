//! The statements on saved responses and on the audit trail.

use chrono::{DateTime, TimeDelta, Utc};
use record_lists::{
    domain::{AccountId, Cursor, Paging, Position, Window},
    store::{
        ListKey,
        audit::page_statements as audit_page_statements,
        once::statements::{self as answer_statements, SavedResponse, Times},
        writes::statements as write_statements,
    },
};
use sea_orm::{DbBackend, Statement};
use uuid::Uuid;

pub fn of_keys_and_operations(backend: DbBackend, list: &ListKey) -> Vec<(&'static str, Statement)> {
    let keys: Vec<String> = (0..64).map(|n| n.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let now = Utc::now();
    let second_page = Paging {
        per_page: 50,
        position: Position::After(Cursor {
            after: Uuid::max(),
            page: 2,
        }),
    };
    let page = |list| {
        let account = AccountId::new("acme").expect("an account");
        let window = Window::of(second_page, 0);
        audit_page_statements::page_of_operations(backend, &account, list, second_page, window)
    };
    let total = |list| {
        let account = AccountId::new("acme").expect("an account");
        audit_page_statements::total_of_operations(backend, &account, list)
    };
    let mut hot = vec![
        ("page of a list's operations", page(Some(list.id))),
        ("page of an account's operations", page(None)),
        ("total of a list's operations", total(Some(list.id))),
        ("total of an account's operations", total(None)),
        (
            "find_operation",
            write_statements::find_operation(backend, list.id, Uuid::max()),
        ),
        (
            "find_saved_responses",
            answer_statements::find_saved_responses(backend, list, &keys, &keys, now),
        ),
        (
            "expired_responses",
            answer_statements::expired_responses(backend, now, 100),
        ),
        (
            "delete_expired_responses",
            answer_statements::delete_expired_responses(backend, list, &keys, now),
        ),
        (
            "sum_of_bytes",
            answer_statements::sum_of_bytes(backend, &list.account, now),
        ),
        (
            "counted_before",
            answer_statements::counted_before(backend, now - TimeDelta::days(365), 50),
        ),
        (
            "delete_counted_before",
            answer_statements::delete_counted_before(backend, list, now - TimeDelta::days(365)),
        ),
    ];
    hot.extend(of_saving(backend, list, now));
    hot
}

/// Those that save a response.
fn of_saving(backend: DbBackend, list: &ListKey, now: DateTime<Utc>) -> Vec<(&'static str, Statement)> {
    let answer = SavedResponse {
        key: "a".to_owned(),
        fingerprint: String::new(),
        response: Vec::new(),
    };
    let times = Times { now, expiry: now };
    let mut saving = vec![("count_bytes", answer_statements::count_bytes(backend, list, now, 1))];
    saving.extend(match backend {
        DbBackend::Postgres => vec![
            (
                "save_response",
                answer_statements::save_response(list, answer.clone(), now, times),
            ),
            (
                "save_responses",
                answer_statements::save_responses(list, vec![answer; 3], now, times),
            ),
        ],
        _ => vec![(
            "save a response",
            Statement::from_sql_and_values(
                backend,
                answer_statements::SAVE_RESPONSE,
                answer_statements::response_values(list, answer, times),
            ),
        )],
    });
    saving
}
