//! How large a request may be.

use crate::support::{TestApp, apply, database_test, exchange};

#[apply(database_test)]
async fn every_body_has_its_limit(app: TestApp) {
    let list = app.list().await;
    for (path, limit) in [
        ("/record-lists".to_owned(), 64 * 1024),
        (list.path("/records/bulks"), 4 * 1024 * 1024),
        (list.path("/records/bulks/delete"), 256 * 1024),
    ] {
        for (length, status, code) in [(limit, 400, "BODY_MISSING"), (limit + 1, 413, "BODY_TOO_LARGE")] {
            let answer = app.as_manager().post(&path).body(" ".repeat(length)).send().await;
            answer.assert_error(status, code);
        }
    }
}

#[apply(database_test)]
async fn more_headers_than_the_parser_takes_are_431(app: TestApp) {
    let headers: String = (0..97).map(|n| format!("X-{n}: 1\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\n{headers}\r\n");
    assert_eq!(exchange(app.address, request.as_bytes()).await.status(), 431);
}
