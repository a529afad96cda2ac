//! The number of requests per second that an account may send.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Claims, TestApp, TestDatabase, TestResponse, apply, database_test, exchange};

fn assert_limited(answer: &TestResponse, left: &str) {
    assert_eq!(answer.header("ratelimit-policy"), "\"account\";q=1;w=1");
    assert_eq!(answer.header("ratelimit"), format!("\"account\";r={left};t=1"));
}

/// Twenty requests at once are more than those of a second, however slow the machine is: they come while the first one
/// is answered.
#[apply(database_test)]
async fn an_account_has_a_rate(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.account_rate = Some(1)).await;
    let manager = app.as_manager();
    let answers = join_all((0..20).map(|_| manager.get("/record-lists").send())).await;
    let (mut served, mut refused) = (0, 0);
    for answer in answers {
        if answer.status == 200 {
            served += 1;
            assert_limited(&answer, "0");
        } else {
            refused += 1;
            assert_limited(&answer, "0");
            let answer = answer.assert_error(429, "RATE_LIMITED");
            assert_eq!(answer.header("retry-after"), "1");
            assert!(answer.json()["description"].is_string());
        }
    }
    assert!(served > 0 && refused > 0, "{served} {refused}");
    // The account is used up; before that, the token is checked, and after it the type of the body.
    let no_scope = app.with_token(&Claims::of("acme").with("scope", "other").token());
    let path = "/record-lists/b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11/records/bulks";
    let of_wrong_type = || {
        let request = manager.post(path).header("content-type", "text/plain");
        request.body("x").send()
    };
    let (refusals, wrong_types) = tokio::join!(
        join_all((0..20).map(|_| no_scope.post(path).json(&json!({})).send())),
        join_all((0..20).map(|_| of_wrong_type())),
    );
    for answer in refusals {
        let answer = answer.assert_error(403, "INSUFFICIENT_SCOPE");
        assert!(!answer.headers.contains_key("ratelimit"));
    }
    assert!(wrong_types.iter().any(|answer| answer.status == 429));
    assert!(
        wrong_types
            .iter()
            .all(|answer| [429, 415].contains(&answer.status.as_u16()))
    );
    // Others have their own, and probes have none.
    let other = app
        .with_token(&Claims::of("other").token())
        .get("/record-lists")
        .send()
        .await;
    assert_limited(&other.assert_status(200), "0");
    for _ in 0..20 {
        let probe = app.as_anonymous().get("/health/live").send().await.assert_status(200);
        assert!(!probe.headers.contains_key("ratelimit"));
    }
}

#[apply(database_test)]
async fn there_is_none_by_default(app: TestApp) {
    let answers = join_all((0..20).map(|_| app.as_manager().get("/record-lists").send())).await;
    for answer in answers {
        let answer = answer.assert_status(200);
        assert!(!answer.headers.contains_key("ratelimit"));
    }
}

/// A client that asks whether to send its body has sent one request.
#[apply(database_test)]
async fn a_request_that_asks_first_counts_once(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.account_rate = Some(100)).await;
    let list = app.list().await;
    let token = Claims::of("acme").token();
    let (path, body) = (list.path("/records/bulks"), json!([{"id": "x"}]).to_string());
    let request = |expect: &str| {
        format!(
            "DELETE {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{expect}Connection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    // Within a hundredth of a second the quota grows by one, so that three of four tell.
    let mut counts = Vec::new();
    for _ in 0..20 {
        let before = left(&exchange(app.address, request("")).await.0);
        let after = left(&exchange(app.address, request("Expect: 100-continue\r\n")).await.0);
        counts.push(before.saturating_sub(after));
    }
    assert!(counts.iter().all(|count| *count <= 1), "{counts:?}");
}

/// How many requests are left, by an answer as it came.
fn left(answer: &str) -> u64 {
    let text = answer.to_lowercase();
    let (_, rest) = text.split_once("ratelimit: \"account\";r=").expect("a limit");
    let (left, _) = rest.split_once(';').expect("a number");
    left.parse().expect("a number")
}
