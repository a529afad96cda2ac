//! Free-form data belongs to the caller: it comes back as it was sent (docs/contract.md section 2.1).

use serde_json::{Value, json};

use crate::support::{TestApp, apply, ask, data_in, database_test};

/// Numbers that no type of a program or database holds, other spellings of texts, and the order of members.
const SENT: &[&str] = &[
    r#"{"a":1.7976931348623157e308}"#,
    r#"{"lat":1.6993682743907925,"n":18446744073709551616}"#,
    r#"{"n":1234567890123456789012345678901234567890,"m":-0,"x":1.50E+02,"tiny":5e-324}"#,
    r#"{"z":[1.0,2.00,[3e0]],"a":{"y":0.1000,"b":null}}"#,
    r#"{"text":"\u00e9\/\ud83d\ude00 \"quoted\\\" { } : ,","n\u00e9":true}"#,
    r#"{"1.0":"1.0","tab\tin a name":"line\nbreak"}"#,
    "{}",
];

/// The body of a bulk create whose records have this data.
fn body(data: &[&str]) -> String {
    let records = data.iter().enumerate().map(|(n, data)| {
        format!(r#"{{"first_name":"Ada","last_name":"Test","phone_number":"+1415555{n:04}","extra_data":{data}}}"#)
    });
    format!(r#"{{"records":[{}]}}"#, records.collect::<Vec<_>>().join(","))
}

#[apply(database_test)]
async fn it_comes_back_as_it_was_sent(app: TestApp) {
    let list = app.list().await;
    let created = ask(&app, &list, "POST", "/records/bulks", &body(SENT)).await;
    assert_eq!(data_in(&created), SENT);
    let page = ask(&app, &list, "GET", "/records", "").await;
    assert_eq!(data_in(&page), SENT);
    let found = ask(&app, &list, "GET", "/records?phone_number=%2B14155550002", "").await;
    assert_eq!(data_in(&found), SENT[2..3]);
    let id = list.ids().await.swap_remove(2);
    let one = ask(&app, &list, "GET", &format!("/records/{id}"), "").await;
    assert_eq!(data_in(&one), SENT[2..3]);
}

/// JSON has numbers that are beyond every type; one record must not make a page unreadable for the service.
#[apply(database_test)]
async fn a_number_beyond_every_type_is_kept(app: TestApp) {
    let list = app.list().await;
    let data = [r#"{"n":1e999,"m":-1e-999}"#];
    let created = ask(&app, &list, "POST", "/records/bulks", &body(&data)).await;
    assert_eq!(data_in(&created), data);
    let page = ask(&app, &list, "GET", "/records", "").await;
    assert_eq!(data_in(&page), data);
}

#[apply(database_test)]
async fn only_white_space_changes(app: TestApp) {
    let list = app.list().await;
    let sent = " { \"a b\" : [ 1 ,\r\n\t2.0 ] , \"c\" : \" : \" } ";
    ask(&app, &list, "POST", "/records/bulks", &body(&[sent])).await;
    let page = ask(&app, &list, "GET", "/records", "").await;
    assert_eq!(data_in(&page), [r#"{"a b":[1,2.0],"c":" : "}"#]);
}

#[apply(database_test)]
async fn a_saved_response_holds_it_as_it_was_sent(app: TestApp) {
    let list = app.list().await;
    let create = || {
        let request = list.caller.post(&list.path("/records/bulks"));
        let request = request.header("idempotency-key", "once").body(body(&SENT[..3]));
        request.header("content-type", "application/json").send()
    };
    let (first, again) = (create().await.assert_status(201), create().await.assert_status(201));
    assert!(again.is_replay());
    assert_eq!(first.body, again.body);
    assert_eq!(data_in(&String::from_utf8_lossy(&again.body)), SENT[..3]);
}

/// What is stored counts, not what the database or a library makes of it.
#[apply(database_test)]
async fn the_limit_is_that_of_what_is_stored(app: TestApp) {
    const LIMIT: usize = 16 * 1024;
    let list = app.list().await;
    let of_size = |size: usize| format!(r#"{{"n":[{}5e-324]}}"#, "1,".repeat((size - 14) / 2));
    let (fits, too_large) = (of_size(LIMIT), of_size(LIMIT + 2));
    assert_eq!((fits.len(), too_large.len()), (LIMIT, LIMIT + 2));
    let spaced = fits.replace(',', " , ");
    let answer = ask(
        &app,
        &list,
        "POST",
        "/records/bulks",
        &body(&[&fits, &spaced, &too_large]),
    )
    .await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(
        (&answer["total_created"], &answer["total_errors"]),
        (&json!(2), &json!(1))
    );
    let page = ask(&app, &list, "GET", "/records", "").await;
    assert_eq!(data_in(&page), [&fits, &fits]);
}

#[apply(database_test)]
async fn its_texts_are_checked_on_every_level(app: TestApp) {
    let list = app.list().await;
    let nested = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    for (data, expected) in [
        (
            r#"{"a":{"b":[1,{"c":1,"c":2}]}}"#.to_owned(),
            "must not contain the same member more than once",
        ),
        (
            r#"{"a":{"b":"\u0000"}}"#.to_owned(),
            "must not contain control characters",
        ),
        (
            r#"{"a":{"\u001f":1}}"#.to_owned(),
            "must not contain control characters",
        ),
        (r#"[{}]"#.to_owned(), "must be an object"),
    ] {
        let request = list.caller.post(&list.path("/records/bulks")).body(body(&[&data]));
        let answer = request.send().await.assert_status(201).json();
        assert_eq!(answer["total_errors"], 1, "{data}");
        let failed = &answer["_embedded"]["records"][0];
        if crate::support::has_additions() {
            let expected = json!([{"name": "records[0].extra_data", "description": expected}]);
            assert_eq!(failed["fields"], expected, "{data}");
        }
    }
    // The record is on the fourth level of the body.
    for (data, is_json) in [
        (nested(29), true),
        (nested(30), false),
        (r#"{"a":"\ud800"}"#.to_owned(), false),
        (r#"{"a":01}"#.to_owned(), false),
        (r#"{"a":NaN}"#.to_owned(), false),
    ] {
        let request = list.caller.post(&list.path("/records/bulks")).body(body(&[&data]));
        let answer = request.send().await;
        if is_json {
            answer.assert_status(201);
        } else {
            answer.assert_error(400, "BODY_MALFORMED");
        }
    }
}
