use std::collections::VecDeque;

use actix_http::{
    ServiceConfig,
    h1::{Codec, Message},
};
use actix_web::web::BytesMut;
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngSeed, TestRunner},
};
use tokio_util::codec::Decoder;

use super::*;

/// The requests as they are passed on, one after the other, and what follows the last one: bytes that wait for more, or
/// bytes that are no request. The bytes come in these pieces.
fn framed(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<u8>, bool) {
    let mut framing = Framing::new();
    let (mut waiting, mut passed) = (Vec::new(), Vec::new());
    let mut requests = Vec::new();
    for piece in pieces {
        waiting.extend_from_slice(piece);
        loop {
            let before = (waiting.len(), passed.len());
            framing.advance(&mut waiting, &mut passed);
            if framing.is_complete() {
                requests.push(std::mem::take(&mut passed));
                framing.begin();
            } else if (waiting.len(), passed.len()) == before {
                break;
            }
        }
    }
    let is_unframed = framing.state == State::Unframed;
    passed.append(&mut waiting);
    (requests, passed, is_unframed)
}

fn texts(bytes: &[u8]) -> (Vec<String>, String, bool) {
    let (requests, rest, is_unframed) = framed(&[bytes]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (requests.into_iter().map(text).collect(), text(rest), is_unframed)
}

const GET: &str = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD: &str = "HEAD /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const POST: &str = "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /";
const CHUNKED: &str = "DELETE /d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                       1\r\n\n\r\na ;x=\"y\"\r\n0\r\n\r\nGET /\r\n0\r\nx: y\r\n\r\n";

#[test]
fn requests_are_passed_on_one_at_a_time_however_they_come() {
    let all = [GET, HEAD, POST, CHUNKED, GET, POST, POST, GET].map(str::to_owned);
    let stream = all.concat().into_bytes();
    assert_eq!(
        framed(&[&stream]),
        (all.clone().map(String::into_bytes).to_vec(), Vec::new(), false)
    );
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(framed(&bytes).0, all.clone().map(String::into_bytes));
    for at in 0..stream.len() {
        let (left, right) = stream.split_at(at);
        assert_eq!(framed(&[left, right]).0, all.clone().map(String::into_bytes), "{at}");
    }
}

#[test]
fn empty_lines_before_a_head_are_left_out() {
    let stream = format!("\r\n\n{GET}\r\n{POST}");
    assert_eq!(
        texts(stream.as_bytes()),
        (vec![GET.to_owned(), POST.to_owned()], String::new(), false)
    );
}

#[test]
fn offers_to_upgrade_are_taken_out() {
    for (sent, kept) in [
        (
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA",
            "HTTP2-Settings: AA\r\n",
        ),
        ("Connection: upgrade", ""),
        ("Upgrade: websocket", ""),
        (
            "upgrade: WebSocket\r\nCONNECTION: keep-alive , UPGRADE",
            "CONNECTION: keep-alive\r\n",
        ),
        (
            "Connection: close, upgrade\r\nX: upgrade",
            "Connection: close\r\nX: upgrade\r\n",
        ),
        ("Connection: ,upgrade,,", ""),
    ] {
        let request = |headers: &str| format!("POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n{headers}\r\nGET /");
        let stream = format!("{}{GET}", request(&format!("{sent}\r\n")));
        assert_eq!(texts(stream.as_bytes()).0, [request(kept), GET.to_owned()], "{sent}");
    }
    // What has none is not touched.
    let plain = "GET /a HTTP/1.1\r\nhOST:a\r\nConnection:Keep-Alive\nX:  y \r\n\r\n";
    assert_eq!(texts(plain.as_bytes()).0, [plain]);
}

#[actix_rt::test]
async fn what_the_parser_rejects_is_passed_on_as_it_is() {
    for headers in [
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 5a",
        "Content-Length:",
        "Content-Length: 99999999999999999999",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Bad Name: x",
        "X: a\r\n b",
    ] {
        let stream = format!("POST /c HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n5\r\nGET /");
        assert_eq!(texts(stream.as_bytes()), (vec![], stream.clone(), true), "{headers}");
        assert_eq!(parsed(stream.as_bytes()), (vec![], Ended::Rejected), "{headers}");
    }
    let endless = vec![b'a'; MAX_HEAD];
    assert!(framed(&[&endless]).2);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS));
    assert!(texts(many.as_bytes()).2);
    assert_eq!(parsed(many.as_bytes()).1, Ended::Rejected);
}

#[test]
fn a_fault_in_an_incomplete_head_is_found() {
    for bytes in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"GET /\r\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n",
        b"hello\r\n",
    ] {
        assert_eq!(framed(&[bytes]), (vec![], bytes.to_vec(), true));
        assert_eq!(framed(&[GET.as_bytes(), bytes]).1, bytes);
    }
    let halves = GET.split_at(9);
    assert!(!framed(&[halves.0.as_bytes()]).2);
}

/// The parser panics at such a name.
#[test]
fn a_name_that_the_parser_cannot_take_is_not_passed_on() {
    let name = |length| format!("GET / HTTP/1.1\r\nHost: a\r\n{}: b\r\n\r\n", "a".repeat(length));
    assert_eq!(texts(name(MAX_NAME).as_bytes()).0.len(), 1);
    assert_eq!(
        framed(&[name(MAX_NAME + 1).as_bytes()]),
        (vec![], REFUSED.to_vec(), true)
    );
}

/// What follows a body that came too late is discarded by the server, so it is no request.
#[test]
fn a_late_body_ends_the_framing() {
    let mut framing = Framing::new();
    let (mut waiting, mut passed) = (POST.as_bytes()[..POST.len() - 5].to_vec(), Vec::new());
    assert!(framing.advance(&mut waiting, &mut passed));
    framing.note_response();
    waiting.extend_from_slice(b"GET /GET /");
    framing.advance(&mut waiting, &mut passed);
    assert!(waiting.is_empty() && framing.state == State::Unframed);
}

/// A request as the parser reads it: method, path, body.
type Parsed = (String, String, Vec<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Between two requests.
    Between,
    /// Within a request.
    Within,
    Rejected,
}

/// What the server's parser makes of the bytes.
fn parsed(bytes: &[u8]) -> (Vec<Parsed>, Ended) {
    let mut codec = Codec::new(ServiceConfig::default());
    let mut bytes = BytesMut::from(bytes);
    let mut requests = Vec::new();
    let mut current: Option<Parsed> = None;
    loop {
        match codec.decode(&mut bytes) {
            Ok(Some(Message::Item(request))) => {
                let head = (request.method().to_string(), request.uri().to_string(), Vec::new());
                let has_body = !matches!(codec.message_type(), actix_http::h1::MessageType::None);
                if has_body {
                    current = Some(head);
                } else {
                    requests.push(head);
                }
            }
            Ok(Some(Message::Chunk(Some(chunk)))) => current.as_mut().unwrap().2.extend_from_slice(&chunk),
            Ok(Some(Message::Chunk(None))) => requests.extend(current.take()),
            Ok(None) => {
                let is_between = current.is_none() && bytes.iter().all(|byte| b"\r\n".contains(byte));
                return (requests, if is_between { Ended::Between } else { Ended::Within });
            }
            Err(_) => return (requests, Ended::Rejected),
        }
    }
}

/// However a stream is cut and whatever it holds, the parser reads the same requests as without this module, and one
/// request at a time.
#[actix_rt::test]
async fn the_parser_reads_the_same_requests() {
    let line = select(vec![
        "GET /a HTTP/1.1\r\n",
        "POST /b HTTP/1.1\r\n",
        "DELETE /c HTTP/1.0\r\n",
        "HEAD /d HTTP/1.1\n",
        "OPTIONS * HTTP/1.1\r\n",
        "CONNECT a:1 HTTP/1.1\r\n",
        "GET /e HTTP/2.0\r\n",
        "GET  /f HTTP/1.1\r\n",
        "\r\n",
        "\n",
        "\r",
        "x",
    ]);
    let header = select(vec![
        "Host: a\r\n",
        "Host: a\r\n",
        "Host: a\r\n",
        "Content-Length: 0\r\n",
        "Content-Length: 3\r\n",
        "content-length:  7 \r\n",
        "Content-Length: 03\r\n",
        "Content-Length: 3, 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "transfer-encoding: Chunked \r\n",
        "Transfer-Encoding: identity\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive\n",
        "X: y\r\n",
        "X:\r\n",
        "X : y\r\n",
        " folded\r\n",
        "Expect: 100-continue\r\n",
    ]);
    let body = select(vec![
        "",
        "",
        "abc",
        "abcdefg",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "3\r\nabc\r\n0\r\n\r\n",
        "3;x\r\nabc\r\n",
        "0\r\n\r\n",
        "0\r\nx: y\r\n\r\n",
        "A\r\n0123456789\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n",
        "\r\n",
        "3\r\nabcd\r\n",
        "ffffffffffffffffff\r\n",
        "0\r\n\rx",
        "0\r\nx\ry\r\n\r\n",
    ]);
    let request = (
        line,
        prop::collection::vec(header, 0..4),
        select(vec!["\r\n", "\r\n", "\r\n", "\n", ""]),
        body,
    );
    let request = request.prop_map(|(line, headers, end, body)| format!("{line}{}{end}{body}", headers.concat()));
    let stream = prop::collection::vec(request, 0..4).prop_map(|requests| requests.concat());
    let cuts = prop::collection::vec(any::<Index>(), 0..4);
    let config = Config {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&(stream, cuts), |(stream, cuts)| {
        let mut places: VecDeque<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.make_contiguous().sort_unstable();
        let mut pieces: Vec<&[u8]> = Vec::new();
        let mut start = 0;
        for place in places {
            pieces.push(&stream.as_bytes()[start..place]);
            start = place;
        }
        pieces.push(&stream.as_bytes()[start..]);
        let (requests, rest, is_unframed) = framed(&pieces);
        let mut read = Vec::new();
        for request in &requests {
            let (one, ended) = parsed(request);
            if (one.len(), ended) == (0, Ended::Rejected) {
                // The connection ends here.
                prop_assert_eq!((read, ended), parsed(stream.as_bytes()));
                return Ok(());
            }
            prop_assert_eq!(
                (one.len(), ended),
                (1, Ended::Between),
                "{}",
                String::from_utf8_lossy(request)
            );
            read.extend(one);
        }
        let (more, ended) = parsed(&rest);
        prop_assert_eq!(more.len(), 0, "{}", String::from_utf8_lossy(&rest));
        let is_tunnel = rest.starts_with(b"CONNECT ");
        prop_assert!(
            !is_unframed || is_tunnel || ended == Ended::Rejected,
            "{}",
            String::from_utf8_lossy(&rest)
        );
        prop_assert_eq!((read, ended), parsed(stream.as_bytes()));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
