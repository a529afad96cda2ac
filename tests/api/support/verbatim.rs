//! Requests and answers as they are written, for what no JSON library holds.

use super::{Claims, TestApp, TestList, exchange};

/// Sends a request without the tests' client, which reads numbers as its own types hold them; the body of the answer.
pub async fn ask(app: &TestApp, list: &TestList, method: &str, rest: &str, body: &str) -> String {
    let path = list.path(rest);
    let (token, length) = (Claims::of("acme").token(), body.len());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let answer = exchange(app.address, request).await;
    let status = answer.status();
    assert!(matches!(status, 200 | 201), "{}", answer.0);
    let (_, body) = answer.0.split_once("\r\n\r\n").expect("a body");
    body.to_owned()
}

/// The text of each `extra_data` in an answer, in order.
pub fn data_in(answer: &str) -> Vec<&str> {
    let pieces = answer.split(r#""extra_data":"#).skip(1);
    pieces.map(object_at_the_start).collect()
}

fn object_at_the_start(text: &str) -> &str {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&serde_json::value::RawValue>();
    values.next().expect("a value").expect("JSON").get()
}
