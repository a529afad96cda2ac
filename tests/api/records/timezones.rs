//! The time zones of a list's records (docs/contract.md section A.9.1).

use serde_json::{Value, json};

use crate::support::{
    Blocker, Claims, TestApp, TestList, apply, assert_total, database_test, entries, has_additions, person, target,
};

/// A list whose records have these zones; an empty one is none.
async fn list_with(app: &TestApp, zones: &[&str]) -> TestList {
    let list = app.list_identified_by("NOTHING").await;
    let records = zones.iter().enumerate().map(|(n, zone)| {
        let mut record = person(&format!("+1415555{n:04}"));
        if !zone.is_empty() {
            record["timezone"] = (*zone).into();
        }
        record
    });
    list.add(&records.collect::<Vec<_>>()).await;
    list
}

async fn page(list: &TestList, query: &str) -> Value {
    list.caller
        .page(&list.path(&format!("/records/timezones{query}")))
        .await
}

fn zones(page: &Value) -> Vec<&str> {
    entries(page)
        .iter()
        .map(|zone| zone.as_str().expect("a name"))
        .collect()
}

#[apply(database_test)]
async fn each_zone_is_there_once_in_the_order_of_bytes(app: TestApp) {
    let sent = [
        "US/Eastern",
        "Europe/Berlin",
        "",
        "europe/berlin",
        "America/New_York",
        "UTC",
        "EST5EDT",
        "America/Argentina/ComodRivadavia",
        "US/Eastern",
    ];
    let list = list_with(&app, &sent).await;
    list_with(&app, &["Asia/Tokyo"]).await;
    let all = [
        "America/Argentina/ComodRivadavia",
        "America/New_York",
        "EST5EDT",
        "Europe/Berlin",
        "US/Eastern",
        "UTC",
    ];
    let found = page(&list, "").await;
    assert_eq!(zones(&found), all);
    assert_total(&found, all.len());
    let numbers = ["count", "page", "per_page", "total_pages"].map(|name| found[name].as_u64());
    assert_eq!(numbers, [6, 1, 50, 1].map(Some));
    assert_eq!(found.get("total").is_some(), has_additions());
    for (query, expected) in [
        ("?search=america", &all[..2]),
        ("?search=AMERICA/N", &all[1..2]),
        ("?search=E", &all[..5]),
        ("?search=_y", &all[1..2]),
        ("?search=%25", &all[..0]),
        ("?search=*", &all[..0]),
        ("?search=tokyo", &all[..0]),
        ("?search=%C3%A9", &all[..0]),
        ("?per_page=4&page=2", &all[4..]),
        ("?per_page=4&page=3", &all[6..]),
        ("?search=us&phone_number=x&limit=1", &all[4..5]),
    ] {
        let found = page(&list, query).await;
        assert_eq!(zones(&found), expected, "{query}");
    }
    assert_total(&page(&list, "?per_page=4&page=3").await, all.len());
    let none = page(&list_with(&app, &["", ""]).await, "").await;
    assert_total(&none, 0);
    assert_eq!(none["total_pages"], 0);
}

#[apply(database_test)]
async fn cursors_reach_every_zone_while_records_are_deleted(app: TestApp) {
    let list = list_with(
        &app,
        &[
            "Asia/Tokyo",
            "Europe/Berlin",
            "Europe/Lisbon",
            "Europe/Paris",
            "Etc/UTC",
        ],
    )
    .await;
    let first = page(&list, "?search=e&per_page=2").await;
    assert_eq!(zones(&first), ["Etc/UTC", "Europe/Berlin"]);
    assert_total(&first, 4);
    let mut session = Blocker::connect(&app.database).await;
    let delete = "DELETE FROM record WHERE timezone IN ('Europe/Berlin', 'Europe/Lisbon')";
    session.execute(delete).await;
    let next = target(&first, "next").expect("a next page");
    assert!(next.contains("search=e"), "{next}");
    let second = list.caller.page(&next).await;
    assert_eq!(zones(&second), ["Europe/Paris"]);
    assert_eq!(second["page"], 2);
    assert_total(&second, 2);
    assert!(target(&second, "next").is_none());
    let prev = target(&second, "prev").expect("a previous page");
    assert_eq!(zones(&list.caller.page(&prev).await), ["Etc/UTC", "Europe/Paris"]);
}

#[apply(database_test)]
async fn what_is_no_query_is_named(app: TestApp) {
    let list = list_with(&app, &["Europe/Berlin", "Europe/Lisbon"]).await;
    let cursor = target(&page(&list, "?per_page=1").await, "next").expect("a next page");
    let cursor = cursor
        .split(['?', '&'])
        .find(|pair| pair.starts_with("cursor="))
        .expect("a cursor");
    let too_long = format!("search={}", "x".repeat(36));
    for (query, field) in [
        ("search=", "search"),
        ("search=%0a", "search"),
        ("search=%ff", "search"),
        ("search=a&search=a", "search"),
        (&too_long, "search"),
        ("page=0", "page"),
        ("per_page=201", "per_page"),
        ("cursor=x", "cursor"),
        (&format!("{cursor}&search=e"), "cursor"),
    ] {
        let path = list.path(&format!("/records/timezones?{query}"));
        let answer = list.caller.get(&path).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[field]);
    }
    // A cursor of the records is not one of their zones.
    let of_records = list.caller.page(&list.path("/records?per_page=1")).await;
    let next = target(&of_records, "next").expect("a next page");
    let answer = list
        .caller
        .get(&next.replace("/records?", "/records/timezones?"))
        .send()
        .await;
    answer.assert_error(400, "QUERY_INVALID").assert_fields(&["cursor"]);
}

#[apply(database_test)]
async fn the_path_is_no_record_and_belongs_to_the_list(app: TestApp) {
    let list = list_with(&app, &["Europe/Berlin"]).await;
    let path = list.path("/records/timezones");
    let head = list.caller.request(reqwest::Method::HEAD, &path).send().await;
    assert!(head.assert_status(200).body.is_empty());
    assert_eq!(zones(&page(&list, "/").await), ["Europe/Berlin"]);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let request = list.caller.request(method.parse().expect("a method"), &path);
        let answer = request.json(&json!({})).send().await;
        let answer = answer.assert_error(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    }
    let foreign = list.asked_by(app.as_stranger());
    foreign
        .caller
        .get(&path)
        .send()
        .await
        .assert_error(404, "RECORD_LIST_NOT_FOUND");
    let claims = Claims::of("acme").with("scope", "tod.records-list.manage");
    let reader = app.with_token(&claims.token());
    reader.get(&path).send().await.assert_error(403, "INSUFFICIENT_SCOPE");
    list.caller.delete(&list.path("")).send().await.assert_status(204);
    let gone = list.caller.get(&path).send().await;
    gone.assert_error(404, "RECORD_LIST_NOT_FOUND");
}
