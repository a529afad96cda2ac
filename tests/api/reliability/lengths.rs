//! Row 9: where a body ends. Lengths that say nothing, or two things, are refused, and no second request is read out
//! of the bytes behind them.

use std::time::Duration;

use super::served::Served;
use crate::support::{Database, apply, database_test, exchange, flood};

/// How much more memory a server may take, in KiB.
const MEMORY: u64 = 64 * 1_024;

/// Operations that read a body.
const OPERATIONS: [(&str, &str); 3] = [
    ("DELETE", "/records/bulks"),
    ("POST", "/records/bulks/delete"),
    ("POST", "/records/bulks"),
];

/// Heads whose length is no length, or more than one, each with the body that stands behind it.
fn contradictory(served: &Served) -> Vec<(String, String)> {
    let body = served.deletion();
    let length = body.len();
    let chunks = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let lengths = |lines: String| (lines, body.clone());
    let both = |lines: String| (lines, chunks.clone());
    let mut cases = vec![
        lengths(format!("Content-Length: 0\r\nContent-Length: {length}")),
        lengths(format!("Content-Length: {length}\r\nContent-Length: 0")),
        lengths(format!("Content-Length: {length}\r\nContent-Length: {}", length + 1)),
        lengths(format!("Content-Length: {length}, {length}")),
        lengths(format!("Content-Length: {length}, 0")),
        both(format!("Content-Length: {length}\r\nTransfer-Encoding: chunked")),
        both(format!("Transfer-Encoding: chunked\r\nContent-Length: {length}")),
        both("Content-Length: 0\r\nTransfer-Encoding: chunked".to_owned()),
        both(format!("Transfer-Encoding: identity\r\nContent-Length: {length}")),
        both(format!("Transfer-Encoding: xchunked\r\nContent-Length: {length}")),
        both(format!("Transfer-Encoding : chunked\r\nContent-Length: {length}")),
        both(format!("Transfer-Encoding:\r\n chunked\r\nContent-Length: {length}")),
        both(format!("Transfer-Encoding: \u{b}chunked\r\nContent-Length: {length}")),
        both("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity".to_owned()),
        both("Transfer-Encoding: chunked, identity".to_owned()),
        both("Transfer-Encoding: identity, chunked".to_owned()),
        both("Transfer-Encoding: gzip, chunked".to_owned()),
        both("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked".to_owned()),
    ];
    for number in [
        format!("-{length}"),
        format!("+{length}"),
        format!("0x{length:x}"),
        format!("{length}.0"),
        format!("{length} 1"),
        format!("{length};"),
        format!("\"{length}\""),
        "1e3".to_owned(),
        "18446744073709551616".to_owned(),
        "9".repeat(1_000),
        String::new(),
        "\u{663}".to_owned(),
    ] {
        cases.push(lengths(format!("Content-Length: {number}")));
    }
    for size in [
        "10000000000000000",
        "FFFFFFFFFFFFFFFFF",
        "-1",
        "+1",
        "0x1",
        " 1",
        "",
        "g",
        "1 1",
        "1\n",
        "1;\u{0}",
    ] {
        let chunk = format!("{size}\r\n{body}\r\n0\r\n\r\n");
        cases.push(("Transfer-Encoding: chunked".to_owned(), chunk));
    }
    let short = format!("{:x}\r\n{body}\r\n0\r\n\r\n", length - 1);
    cases.push(("Transfer-Encoding: chunked".to_owned(), short));
    let without_break = format!("{length:x}\r\n{body}0\r\n\r\n");
    cases.push(("Transfer-Encoding: chunked".to_owned(), without_break));
    cases
}

#[apply(database_test)]
async fn contradictory_lengths_are_refused_and_hide_no_second_request(database: Database) {
    let Some(served) = Served::start(database, "1m").await else {
        return;
    };
    let body = served.deletion();
    let hidden = format!(
        "{}Content-Length: {}\r\n\r\n{body}",
        served.head("DELETE", "/records/bulks"),
        body.len()
    );
    for (method, path) in OPERATIONS {
        for (lines, body) in contradictory(&served) {
            let head = format!("{}{lines}\r\n\r\n", served.head(method, path));
            for end in ["", &hidden] {
                let request = format!("{head}{body}{end}");
                let answer = exchange(served.server.address, request.as_bytes()).await;
                assert_eq!(answer.status(), 400, "{lines:?} {body}: {answer:?}");
                let answers = answer.0.matches("HTTP/1.1 ").count();
                assert_eq!(answers, 1, "{lines:?} {body}: {answer:?}");
            }
        }
    }
    // A length that is one, and more than anyone takes.
    let head = served.head("DELETE", "/records/bulks");
    let request = format!("{head}Content-Length: 18446744073709551615\r\n\r\n{body}");
    let answer = flood(
        served.server.address,
        request.as_bytes(),
        b" ",
        Duration::from_millis(100),
    )
    .await;
    assert_eq!(answer.status(), 413, "{answer:?}");
    // An older version knows no chunks.
    let old = served.head("DELETE", "/records/bulks").replace("HTTP/1.1", "HTTP/1.0");
    let request = format!(
        "{old}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let answer = exchange(served.server.address, request.as_bytes()).await;
    assert_eq!(answer.status(), 400, "{answer:?}");
    served.assert_unharmed(MEMORY).await;
}

/// What is refused without being read must not be taken for the next request.
#[apply(database_test)]
async fn the_body_of_a_refused_request_is_no_request(database: Database) {
    let Some(served) = Served::start(database, "1m").await else {
        return;
    };
    let body = served.deletion();
    let hidden = format!(
        "{}Content-Length: {}\r\n\r\n{body}",
        served.head("DELETE", "/records/bulks"),
        body.len()
    );
    let length = hidden.len();
    let chunk = format!("{length:x}\r\n{hidden}\r\n0\r\n\r\n");
    let good = served.head("DELETE", "/records/bulks");
    let no_token = "DELETE /record-lists/x/records/bulks HTTP/1.1\r\nHost: a\r\n".to_owned();
    for (head, statuses) in [
        (no_token, [401]),
        (good.replace("/records/bulks", "/nowhere"), [404]),
        (good.replace("DELETE", "PUT"), [405]),
        (format!("{good}Content-Encoding: gzip\r\n"), [415]),
        (format!("{good}Content-Type: text/plain\r\n"), [415]),
        (good, [400]),
        (served.head("GET", "/records"), [200]),
    ] {
        for framed in [
            format!("{head}Content-Length: {length}\r\n\r\n{hidden}"),
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}"),
        ] {
            // The last request asks for the end of the connection, should it still be open.
            let last = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            let request = format!("{framed}{last}");
            let answer = exchange(served.server.address, request.as_bytes()).await;
            assert!(statuses.contains(&answer.status()), "{head}: {answer:?}");
            assert!(!answer.0.contains("total_deleted"), "{head}: {answer:?}");
        }
    }
    served.assert_unharmed(MEMORY).await;
}
