//! Pages of records (docs/contract.md section 1.11).

use serde_json::{Value, json};

use crate::support::{TestApp, TestList, apply, assert_total, database_test, entries, external_person, person, target};

async fn list_of(app: &TestApp, count: usize) -> (TestList, Vec<String>) {
    let list = app.list().await;
    let records: Vec<Value> = (0..count).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&records).await;
    (list, ids)
}

async fn page(list: &TestList, query: &str) -> Value {
    list.caller.page(&list.path(&format!("/records{query}"))).await
}

#[apply(database_test)]
async fn pages_have_numbers_and_links(app: TestApp) {
    let (list, _) = list_of(&app, 120).await;
    for (query, count, number, prev, next) in [
        ("", 50, 1, None, true),
        ("?page=2", 50, 2, Some("page=1&per_page=50"), true),
        ("?page=3&per_page=50", 20, 3, Some("page=2&per_page=50"), false),
        ("?page=4&per_page=50", 0, 4, Some("page=3&per_page=50"), false),
        ("?page=1000000", 0, 1_000_000, Some("page=3&per_page=50"), false),
        (
            "?page=9223372036854775807",
            0,
            9_223_372_036_854_775_807_u64,
            Some("page=3&per_page=50"),
            false,
        ),
        ("?limit=1000&offset=0", 50, 1, None, true),
    ] {
        let page = page(&list, query).await;
        assert_total(&page, 120);
        assert_eq!(page["total_pages"], 3);
        assert_eq!(
            (&page["count"], &page["page"]),
            (&json!(count), &json!(number)),
            "{query}"
        );
        let prev = prev.map(|query| list.path(&format!("/records?{query}")));
        assert_eq!(target(&page, "prev"), prev, "{query}");
        assert_eq!(target(&page, "next").is_some(), next, "{query}");
        assert_eq!(target(&page, "first"), Some(list.path("/records?page=1&per_page=50")));
        assert_eq!(target(&page, "last"), Some(list.path("/records?page=3&per_page=50")));
    }
    let (empty, _) = list_of(&app, 0).await;
    let page = page(&empty, "").await;
    assert_total(&page, 0);
    assert_eq!((&page["total_pages"], &page["count"]), (&json!(0), &json!(0)));
    assert!(target(&page, "next").is_none() && target(&page, "prev").is_none());
}

#[apply(database_test)]
async fn what_is_out_of_range_is_named(app: TestApp) {
    let (list, _) = list_of(&app, 1).await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=+1", "page"),
        ("page=9223372036854775808", "page"),
        ("page=99999999999999999999", "page"),
        ("page=1&page=2", "page"),
        ("per_page=0", "per_page"),
        ("per_page=201", "per_page"),
        ("per_page=1000", "per_page"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=U0VMRUNUIDE7", "cursor"),
        ("phone_number=", "phone_number"),
        ("phone_number=%00", "phone_number"),
        ("external_id=a", "external_provider"),
        ("external_provider=a", "external_id"),
        ("phone_number=%2B1&external_provider=a&external_id=b", "phone_number"),
    ] {
        let answer = list.caller.get(&list.path(&format!("/records?{query}"))).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[field]);
    }
}

#[apply(database_test)]
async fn each_fault_of_a_query_is_named_once(app: TestApp) {
    let (list, _) = list_of(&app, 1).await;
    let long = "x".repeat(65);
    for (query, fields) in [
        (
            format!("external_provider={long}&external_id=a"),
            vec!["external_provider"],
        ),
        ("external_provider=&external_id=a".to_owned(), vec!["external_provider"]),
        (
            "external_id=a&external_id=b&external_provider=x".to_owned(),
            vec!["external_id"],
        ),
        ("external_id=a".to_owned(), vec!["external_provider"]),
        ("page=1&page=x".to_owned(), vec!["page"]),
        (
            "phone_number=&external_provider=a&external_id=b".to_owned(),
            vec!["phone_number", "phone_number"],
        ),
        (format!("cursor={}", "x".repeat(300)), vec!["cursor"]),
    ] {
        let answer = list.caller.get(&list.path(&format!("/records?{query}"))).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&fields);
    }
}

#[apply(database_test)]
async fn next_links_reach_every_record_while_records_are_deleted(app: TestApp) {
    let (list, ids) = list_of(&app, 25).await;
    let mut seen = Vec::new();
    let mut path = list.path("/records?per_page=10");
    let mut number = 1;
    loop {
        let page = list.caller.page(&path).await;
        assert_eq!(page["page"], number);
        let records = entries(&page).clone();
        let on_page: Vec<String> = records
            .iter()
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect();
        let on_page_ids: Vec<&str> = on_page.iter().map(String::as_str).collect();
        list.delete_ids(&on_page_ids)
            .await
            .assert_deleted(on_page.len() as u64, 0, on_page.len() as u64);
        seen.extend(on_page);
        let Some(next) = target(&page, "next") else {
            break;
        };
        path = next;
        number += 1;
    }
    assert_eq!(seen, ids);
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn a_cursor_belongs_to_its_list_and_filter(app: TestApp) {
    let (list, _) = list_of(&app, 3).await;
    let (other, _) = list_of(&app, 3).await;
    let first = page(&list, "?per_page=1").await;
    let next = target(&first, "next").unwrap();
    let query = next.split('?').nth(1).unwrap();
    let cut = query.replacen("&per_page", "", 1);
    for (list, query) in [
        (&other, query.to_owned()),
        (&list, format!("{query}&phone_number=%2B14155550000")),
        (&list, format!("{query}&page=2")),
        (
            &list,
            format!("{}&per_page=1", &cut[..cut.find("=1").unwrap_or(20).min(40)]),
        ),
    ] {
        let answer = list.caller.get(&list.path(&format!("/records?{query}"))).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&["cursor"]);
    }
    let foreign = list.asked_by(app.as_stranger());
    let answer = foreign.caller.get(&next).send().await;
    answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn records_are_found_by_number_and_by_external_id(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[
            external_person("+14155550101", "salesforce", "a"),
            person("+14155550101"),
            external_person("+14155550102", "hubspot", "a"),
        ])
        .await;
    for (query, expected) in [
        ("phone_number=%2B14155550101", vec![0, 1]),
        // A raw plus means a blank in a query; clients send it all the same.
        ("phone_number=+14155550101", vec![0, 1]),
        ("phone_number=%2B1%20(415)%20555-0101", vec![0, 1]),
        ("phone_number=14155550101", vec![]),
        ("external_provider=salesforce&external_id=a", vec![0]),
        ("external_provider=salesforce&external_id=A", vec![]),
    ] {
        let page = page(&list, &format!("?{query}")).await;
        let found: Vec<&str> = page["_embedded"]["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["id"].as_str().unwrap())
            .collect();
        let expected: Vec<&str> = expected.into_iter().map(|n: usize| ids[n].as_str()).collect();
        assert_eq!(found, expected, "{query}");
        assert_total(&page, expected.len());
    }
    let filtered = page(&list, "?phone_number=%2B14155550101&per_page=1").await;
    let next = target(&filtered, "next").unwrap();
    assert!(next.contains("phone_number=%2B14155550101"), "{next}");
    let second = list.caller.page(&next).await;
    assert_eq!(entries(&second)[0]["id"], ids[1].as_str());
    assert!(target(&second, "next").is_none());
}
