//! Row 9: bodies that are meant to harm. Whatever comes is refused by its name, deletes nothing, and neither stops nor
//! swells the server.

use std::{io::Write, time::Duration};

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use tokio::task::JoinSet;

use super::served::Served;
use crate::support::{Database, apply, database_test, flood};

/// How much more memory a server may take, in KiB: for a few bodies of the greatest length.
const MORE: u64 = 64 * 1_024;

/// How often each body is sent at once.
const AT_ONCE: usize = 4;

/// Operations that read a body, and the length that each takes.
const OPERATIONS: [(&str, &str, usize); 3] = [
    ("DELETE", "/records/bulks", 256 * 1_024),
    ("POST", "/records/bulks/delete", 256 * 1_024),
    ("POST", "/records/bulks", 4 * 1_024 * 1_024),
];

/// Bodies without sense, with the code that they get where they are not too long.
fn senseless_bodies() -> Vec<(Vec<u8>, &'static str)> {
    let megabytes = 3 * 1_024 * 1_024;
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let filled = |start: &str, piece: &str, end: &str| format!("{start}{}{end}", piece.repeat(megabytes / piece.len()));
    // One level more than there may be, and as many as there may be.
    let too_deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let deep = format!("{}{}", "[".repeat(32), "]".repeat(32));
    let texts = [
        (" ".repeat(megabytes), "BODY_MISSING"),
        (" ".repeat(200_000), "BODY_MISSING"),
        ("[".repeat(100_000), "BODY_MALFORMED"),
        (too_deep, "BODY_MALFORMED"),
        (deep, "VALIDATION_FAILED"),
        (nested("[", "]"), "BODY_MALFORMED"),
        (nested("{\"\":", "}"), "BODY_MALFORMED"),
        (nested("[{\"records\":", "}]"), "BODY_MALFORMED"),
        (filled("[", "0,", "0]"), "VALIDATION_FAILED"),
        (filled("{\"records\":[", "{},", "{}]}"), "VALIDATION_FAILED"),
        (filled("[", "[],", "[]]"), "VALIDATION_FAILED"),
        (filled("{", "\"a\":0,", "\"a\":0}"), "VALIDATION_FAILED"),
        (filled("\"", "a", "\""), "VALIDATION_FAILED"),
        (filled("\"", "\\u0061", "\""), "VALIDATION_FAILED"),
        (filled("[", "1", "]"), "VALIDATION_FAILED"),
        (filled("[{\"id\":\"", "a", "\"}]"), "VALIDATION_FAILED"),
    ];
    let mut bodies: Vec<_> = texts
        .into_iter()
        .map(|(text, code)| (text.into_bytes(), code))
        .collect();
    bodies.push((vec![0xff; megabytes], "BODY_MALFORMED"));
    bodies.push((vec![0; megabytes], "BODY_MALFORMED"));
    bodies
}

#[apply(database_test)]
async fn long_and_deep_bodies_are_refused_in_bounded_memory(database: Database) {
    let Some(served) = Served::start(database, "1m").await else {
        return;
    };
    for (body, code) in senseless_bodies() {
        for (method, path, limit) in OPERATIONS {
            let mut answers = JoinSet::new();
            for _ in 0..AT_ONCE {
                let method = method.parse().expect("a method");
                let request = served.list.caller.request(method, &served.list.path(path));
                answers.spawn(request.body(body.clone()).send());
            }
            while let Some(answer) = answers.join_next().await {
                let answer = answer.expect("no panic");
                if body.len() > limit {
                    answer.assert_error(413, "BODY_TOO_LARGE");
                } else {
                    answer.assert_error(400, code);
                }
            }
        }
    }
    served.assert_unharmed(MORE).await;
}

/// 64 MiB of zeros as brotli has them.
const BROTLI_BOMB: [u8; 106] = *b"\
    \xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x8f\xff\xff\xf7\xff\x04\xf0\x0c\x46\x11\x18\x0e\xef\xd1\xff\
    \xff\xff\xfe\x09\xf0\x08\x8c\x30\x20\x0d\xdf\xb3\xff\xef\xff\xfc\x13\xf0\x11\x08\x70\x50\x0b\xaf\x77\xff\xcf\xff\
    \xf8\x37\xf0\x22\x00\xe0\xb0\x07\x4e\xff\xf8\xff\xff\x07\xff\x04\x40\x1c\x16\x00\xe8\xde\xff\xf1\xff\xff\x0f\xfe\
    \x09\x80\x38\x2c\x00\xd0\xbd\xff\xe3\xff\xff\x1f\xfc\x13\x00\x71\x58\x00\xa0\x7b\xff\x37";

/// 64 MiB of zeros, compressed.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    fn fill<W: Write>(mut encoder: W) -> W {
        for _ in 0..64 {
            encoder.write_all(&[0; 1_024 * 1_024]).expect("memory");
        }
        encoder
    }
    let best = Compression::best;
    let gzip = fill(GzEncoder::new(Vec::new(), best())).finish().expect("memory");
    let zlib = fill(ZlibEncoder::new(Vec::new(), best())).finish().expect("memory");
    let raw = fill(DeflateEncoder::new(Vec::new(), best())).finish().expect("memory");
    vec![
        ("gzip", gzip.clone()),
        ("GZIP", gzip.clone()),
        ("x-gzip", gzip.clone()),
        ("gzip, gzip", gzip.clone()),
        ("identity, gzip", gzip),
        ("deflate", zlib),
        ("deflate", raw),
        ("br", BROTLI_BOMB.to_vec()),
        ("zstd", vec![0; 100]),
    ]
}

#[apply(database_test)]
async fn compressed_bodies_are_refused_unread(database: Database) {
    // First, for it takes longer than a connection may be idle.
    let bombs = bombs();
    let Some(served) = Served::start(database, "1m").await else {
        return;
    };
    for (encoding, bomb) in bombs {
        assert!(bomb.len() < 256 * 1_024, "{encoding}: {} bytes", bomb.len());
        for (method, path, _) in OPERATIONS {
            let method = method.parse().expect("a method");
            let request = served.list.caller.request(method, &served.list.path(path));
            let request = request.header("content-encoding", encoding);
            let answer = request.body(bomb.clone()).send().await;
            answer.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
        }
    }
    served.assert_unharmed(MORE).await;
}

/// What is too long is refused before its end, and before its time is up.
#[apply(database_test)]
async fn a_body_in_chunks_that_grows_too_long_is_refused_at_once(database: Database) {
    let Some(served) = Served::start(database, "10m").await else {
        return;
    };
    let head = served.head("DELETE", "/records/bulks");
    let more = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n",
        300_000,
        " ".repeat(300_000)
    );
    let slowly = Duration::from_millis(100);
    let answer = flood(served.server.address, more.as_bytes(), b"1\r\n \r\n", slowly).await;
    assert_eq!(answer.status(), 413);
    served.assert_unharmed(MORE).await;
}

#[apply(database_test)]
async fn endless_bodies_are_cut(database: Database) {
    let Some(served) = Served::start(database, "5s").await else {
        return;
    };
    let chunked = |method: &str, path: &str| format!("{}Transfer-Encoding: chunked\r\n\r\n", served.head(method, path));
    let large_chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000)).into_bytes();
    let announced = format!(
        "{}Content-Length: 200000\r\n\r\n",
        served.head("DELETE", "/records/bulks")
    );
    let (at_once, slowly) = (Duration::ZERO, Duration::from_millis(100));
    let mut floods = JoinSet::new();
    let mut expect = |head: String, piece: &[u8], pause: Duration, statuses: &'static [u16]| {
        let (address, piece) = (served.server.address, piece.to_vec());
        floods.spawn(async move {
            let answer = flood(address, head.as_bytes(), &piece, pause).await;
            assert!(statuses.contains(&answer.status()), "{head}{answer:?}");
            assert_eq!(answer.0.matches("HTTP/1.1 ").count(), 1, "{head}{answer:?}");
        });
    };
    for (method, path, _) in OPERATIONS {
        // Faster than it is read: too long, or where it is read slowly, too late.
        expect(chunked(method, path), &large_chunk, at_once, &[413, 408]);
        expect(chunked(method, path), b"1\r\n \r\n", slowly, &[408]);
        // One chunk that never ends, and what may stand around a chunk without end.
        let endless = format!("{}FFFFFFFFFFFFFFFF\r\n", chunked(method, path));
        expect(endless, &[b' '; 0x1_0000], at_once, &[413, 408]);
        let extension = format!("{}1;", chunked(method, path));
        expect(extension, &[b'a'; 0x1_0000], at_once, &[400, 408, 413]);
        let trailer = format!("{}0\r\n", chunked(method, path));
        expect(trailer, b"A: b\r\n", slowly, &[400, 408]);
        let trailers = format!("{}0\r\n", chunked(method, path));
        let many = b"A: b\r\n".repeat(10_000);
        expect(trailers, &many, at_once, &[400, 408, 413]);
        // Nothing tells the size of a chunk whose size does not end.
        expect(chunked(method, path), &[b'0'; 0x1_0000], at_once, &[400, 408, 413]);
    }
    expect(announced, b" ", slowly, &[408]);
    // Whoever is refused at once goes on sending, also where the server was asked before.
    let no_token = "POST /record-lists HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";
    expect(format!("{no_token}\r\n"), &large_chunk, at_once, &[401]);
    let asking = format!("{no_token}Expect: 100-continue\r\n\r\n");
    expect(asking, &large_chunk, at_once, &[401]);
    let nowhere = no_token.replace("/record-lists", "/nowhere");
    expect(format!("{nowhere}\r\n"), &large_chunk, at_once, &[404]);
    let large_head = format!("{no_token}X: {}\r\n\r\n", "x".repeat(70_000));
    expect(large_head, &large_chunk, at_once, &[431]);
    // Nobody reads the body of a read.
    expect(chunked("GET", "/records"), &large_chunk, at_once, &[200]);
    expect(chunked("GET", "/records"), b"1\r\n \r\n", slowly, &[200]);
    while let Some(done) = floods.join_next().await {
        done.expect("a flood as expected");
    }
    served.assert_unharmed(MORE).await;
}
