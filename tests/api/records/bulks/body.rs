//! Bodies that are not what they should be, and how they come: nothing is ever deleted by them.

use serde_json::{Value, json};

use crate::support::{
    TestApp, TestDatabase, TestList,
    Via::{self, Delete, Post},
    apply, database_test, exchange, external_person,
};

/// A list of one record whose identifiers the bodies name.
async fn list_of_one(app: &TestApp) -> (TestList, String) {
    let list = app.list().await;
    let ids = list.add(&[external_person("+14155550132", "salesforce", "A")]).await;
    let id = ids.into_iter().next().expect("an id");
    (list, id)
}

#[apply(database_test)]
async fn a_fault_anywhere_is_named_and_nothing_is_deleted(app: TestApp, #[values(Delete, Post)] via: Via) {
    let (list, id) = list_of_one(&app).await;
    let good = json!({"id": id});
    let faulty: Vec<(Value, Vec<&str>)> = vec![
        (json!([]), vec!["$"]),
        (json!({}), vec!["$"]),
        (json!({"id": id}), vec!["$"]),
        (json!("x"), vec!["$"]),
        (json!([good, {"phone_number": "+14155550132"}]), vec!["[1]"]),
        (json!([{"id": id, "phone_number": "+14155550132"}]), vec!["[0]"]),
        (
            json!([good, {"external_provider": "salesforce"}]),
            vec!["[1].external_id", "[1]"],
        ),
        (
            json!([good, {"external_id": "A"}]),
            vec!["[1].external_provider", "[1]"],
        ),
        (json!([good, {}]), vec!["[1]"]),
        (json!([good, {"id": null}]), vec!["[1]"]),
        (json!([{"id": id, "extra": 1}]), vec!["[0].extra"]),
        (json!([good, null, "x", [good]]), vec!["[1]", "[2]", "[3]"]),
        (json!([{"phone_number": 14155550132_u64}]), vec!["[0].phone_number"]),
        (
            json!([{"external_provider": "salesforce", "external_id": 12345}]),
            vec!["[0].external_id"],
        ),
        (json!([{"id": 7}]), vec!["[0].id"]),
        (json!([{"phone_number": true}]), vec!["[0].phone_number"]),
        (
            json!([good, {"id": ""}, {"id": "x".repeat(37)}]),
            vec!["[1].id", "[2].id"],
        ),
        (json!([{"phone_number": "1".repeat(65)}]), vec!["[0].phone_number"]),
        (
            json!([{"external_provider": "p".repeat(65), "external_id": "i".repeat(256)}]),
            vec!["[0].external_provider", "[0].external_id"],
        ),
        (
            json!([{"external_provider": "salesforce", "external_id": "A\u{0}"}]),
            vec!["[0].external_id"],
        ),
        (json!([{"id": "\u{0}"}]), vec!["[0].id"]),
        (
            json!([{"external_provider": "\u{0}", "external_id": "A"}]),
            vec!["[0].external_provider"],
        ),
        (json!([{"phone_number": "+1415555\u{7}0132"}]), vec!["[0].phone_number"]),
        (json!(vec![good.clone(); 101]), vec!["$"]),
    ];
    for (body, fields) in faulty {
        let answer = list.deletion(via).json(&body).send().await;
        answer.assert_error(400, "VALIDATION_FAILED").assert_fields(&fields);
    }
    let twice = format!(r#"[{{"id":"{id}","id":"{id}"}}]"#);
    let answer = list.deletion(via).body(twice).send().await;
    answer.assert_error(400, "VALIDATION_FAILED").assert_fields(&["[0].id"]);
    assert_eq!(list.ids().await, std::slice::from_ref(&id));
    // The limit itself is fine.
    let body = json!(vec![good; 100]);
    list.deletion(via).json(&body).send().await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_body_that_is_no_json_is_refused_without_an_echo(app: TestApp, #[values(Delete, Post)] via: Via) {
    let (list, id) = list_of_one(&app).await;
    let good = format!(r#"[{{"id":"{id}"}}]"#);
    let malformed: Vec<Vec<u8>> = vec![
        b"marked text".to_vec(),
        b"[".to_vec(),
        format!("{good} x").into_bytes(),
        format!("{good}{good}").into_bytes(),
        b"[{\"id\":\"marked\xff\"}]".to_vec(),
        br#"[{"id":"\ud800"}]"#.to_vec(),
        format!("\u{feff}\u{feff}{good}").into_bytes(),
        format!("{}{}", "[".repeat(33), "]".repeat(33)).into_bytes(),
        "[".repeat(100_000).into_bytes(),
        vec![0x1f, 0x8b, 8, 0, 0],
    ];
    for body in malformed {
        let answer = list
            .deletion(via)
            .body(body)
            .send()
            .await
            .assert_error(400, "BODY_MALFORMED");
        assert!(!String::from_utf8_lossy(&answer.body).contains("marked"));
    }
    assert_eq!(list.ids().await, std::slice::from_ref(&id));
    list.deletion(via)
        .body(format!("\u{feff}{good}"))
        .send()
        .await
        .assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_missing_body_never_means_all_and_names_the_post_twin(app: TestApp, #[values(Delete, Post)] via: Via) {
    let (list, id) = list_of_one(&app).await;
    let json = |request: crate::support::TestRequest| request.header("content-type", "application/json");
    for request in [
        list.deletion(via),
        list.deletion(via).header("content-length", "0"),
        json(list.deletion(via)),
        json(list.deletion(via)).body("  \r\n\t "),
        list.deletion(via).body("\u{feff}"),
    ] {
        let answer = request.send().await.assert_error(400, "BODY_MISSING").json();
        let names_twin = answer["description"]
            .as_str()
            .is_some_and(|d| d.contains("/records/bulks/delete"));
        assert_eq!(names_twin, matches!(via, Delete), "{answer}");
    }
    assert_eq!(list.ids().await, [id]);
}

#[apply(database_test)]
async fn null_members_count_as_absent(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let body = json!([{"id": id, "phone_number": null, "external_provider": null, "external_id": null}]);
    list.delete(&body).await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn json_by_any_of_its_names_is_read_and_nothing_else(app: TestApp, #[values(Delete, Post)] via: Via) {
    let (list, id) = list_of_one(&app).await;
    let body = json!([{"id": id}]).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "multipart/form-data; boundary=x",
        "json",
    ] {
        let request = list
            .deletion(via)
            .header("content-type", content_type)
            .body(body.clone());
        let answer = request.send().await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
        let wrong = if content_type.contains("charset") {
            "charset"
        } else {
            "Content-Type"
        };
        let description = answer.json()["description"].to_string();
        assert!(description.contains(wrong), "{content_type}: {description}");
    }
    assert_eq!(list.ids().await, [id]);
    let unknown = r#"[{"id":"x"}]"#;
    for content_type in [
        Some("application/json;charset=UTF-8"),
        Some("APPLICATION/JSON"),
        Some("application/json; charset=utf8"),
        Some("application/hal+json"),
        Some("text/vnd.api+json"),
        Some("application/vnd.api+json"),
        Some("application/json; profile=\"x\""),
        None,
    ] {
        let mut request = list.deletion(via).body(unknown);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        request.send().await.assert_deleted(0, 1, 0);
    }
}

#[apply(database_test)]
async fn compressed_bodies_are_refused(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let body = json!([{"id": id}]).to_string();
    for encoding in ["gzip", "br", "deflate, gzip"] {
        let request = list
            .deletion(Delete)
            .header("content-encoding", encoding)
            .body(body.clone());
        let answer = request.send().await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(answer.header("accept-encoding"), "identity");
        assert!(answer.json()["description"].to_string().contains("Content-Encoding"));
    }
    assert_eq!(list.count().await, 1);
    for encoding in ["identity", "", "identity, Identity"] {
        let request = list
            .deletion(Delete)
            .header("content-encoding", encoding)
            .body(r#"[{"phone_number": "+14155550109"}]"#);
        request.send().await.assert_deleted(0, 1, 0);
    }
}

#[apply(database_test)]
async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let good = json!([{"id": id}]).to_string();
    let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    let answer = list.deletion(Delete).body(padded(256 * 1024 + 1)).send().await;
    answer.assert_error(413, "BODY_TOO_LARGE");
    let token = crate::support::Claims::of("acme").token();
    let head = format!(
        "DELETE {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n",
        list.path("/records/bulks")
    );
    let chunk = format!("{:x}\r\n{}\r\n", 300_000, " ".repeat(300_000));
    let answer = exchange(app.address, format!("{head}{chunk}0\r\n\r\n").as_bytes()).await;
    assert_eq!(answer.status(), 413);
    assert!(answer.0.contains("BODY_TOO_LARGE"));
    assert_eq!(list.count().await, 1);
    list.deletion(Delete)
        .body(padded(256 * 1024))
        .send()
        .await
        .assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn contradictory_lengths_close_the_connection(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let token = crate::support::Claims::of("acme").token();
    let body = json!([{"id": id}]).to_string();
    for lengths in [
        format!("Content-Length: {}\r\nContent-Length: 2", body.len()),
        format!("Content-Length: {}\r\nTransfer-Encoding: chunked", body.len()),
        "Content-Length: -1".to_owned(),
        "Content-Length: 5x".to_owned(),
    ] {
        let request = format!(
            "DELETE {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{lengths}\r\n\r\n{body}",
            list.path("/records/bulks")
        );
        assert_eq!(
            exchange(app.address, request.as_bytes()).await.status(),
            400,
            "{lengths}"
        );
    }
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
async fn a_body_that_does_not_come_ends_the_request(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.body_timeout = std::time::Duration::from_secs(1);
    })
    .await;
    let (list, _) = list_of_one(&app).await;
    let token = crate::support::Claims::of("acme").token();
    let request = format!(
        "DELETE {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 50\r\n\
         Connection: close\r\n\r\n[",
        list.path("/records/bulks")
    );
    let answer = exchange(app.address, request.as_bytes()).await;
    assert_eq!(answer.status(), 408);
    assert!(answer.0.contains("REQUEST_TIMEOUT"));
}
