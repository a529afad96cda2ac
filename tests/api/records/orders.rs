//! Orders of records, and their pages while records are deleted (docs/contract.md sections 1.11 and A.9.1).

use serde_json::json;

use crate::support::{Blocker, TestApp, TestList, apply, assert_total, database_test, ids, person, target};

/// Records of each list.
const RECORDS: usize = 12;

/// A list whose records have three priorities and four seconds of their last change, none in the order of creation.
async fn mixed(app: &TestApp) -> (TestList, Vec<String>) {
    let list = app.list_identified_by("NOTHING").await;
    let records = (0..RECORDS).map(|n| {
        let mut record = person(&format!("+141555501{n:02}"));
        record["priority"] = json!(PRIORITIES[n]);
        record
    });
    let all = list.add(&records.collect::<Vec<_>>()).await;
    let mut session = Blocker::connect(&app.database).await;
    for (n, second) in SECONDS.iter().enumerate() {
        // Within a second, what was created first was changed last.
        let time = format!("2026-11-30T01:02:{second:02}.{:06}+00:00", 900_000 - n * 1_000);
        let set = format!("UPDATE record SET updated_at = '{time}' WHERE phone_number = '+141555501{n:02}'");
        session.execute(&set).await;
    }
    (list, all)
}

const PRIORITIES: [u8; RECORDS] = [5, 10, 5, 2, 10, 2, 5, 5, 2, 10, 5, 2];
const SECONDS: [u8; RECORDS] = [9, 10, 9, 7, 8, 10, 7, 9, 8, 8, 10, 9];

/// The places of the records in each order.
fn expected(order: &str) -> Vec<usize> {
    let (by, direction) = order.split_once(':').unwrap_or((order, "asc"));
    let values = if by == "priority" { PRIORITIES } else { SECONDS };
    let mut places: Vec<usize> = (0..RECORDS).collect();
    // Stable, so that ties are in order of creation.
    places.sort_by_key(|place| match direction {
        "desc" => -i16::from(values[*place]),
        _ => i16::from(values[*place]),
    });
    places
}

const ORDERS: [&str; 6] = [
    "updated_at",
    "updated_at:asc",
    "updated_at:desc",
    "priority",
    "priority:asc",
    "priority:desc",
];

#[apply(database_test)]
async fn records_come_in_each_order(app: TestApp) {
    let (list, all) = mixed(&app).await;
    for order in ORDERS {
        let sorted: Vec<&String> = expected(order).into_iter().map(|place| &all[place]).collect();
        for (per_page, page) in [(50, 1), (5, 1), (5, 2), (5, 3), (5, 4), (12, 1)] {
            let query = format!("/records?order_by={order}&per_page={per_page}&page={page}");
            let found = list.caller.page(&list.path(&query)).await;
            let on_page: Vec<&String> = sorted
                .iter()
                .skip((page - 1) * per_page)
                .take(per_page)
                .copied()
                .collect();
            assert_eq!(ids(&found).iter().collect::<Vec<_>>(), on_page, "{query}");
            assert_total(&found, RECORDS);
            assert_eq!(target(&found, "next").is_some(), page * per_page < RECORDS, "{query}");
        }
        for page in [100, i64::MAX] {
            let query = format!("/records?order_by={order}&search=a&page={page}");
            let found = list.caller.page(&list.path(&query)).await;
            assert!(ids(&found).is_empty(), "{query}");
        }
    }
}

#[apply(database_test)]
async fn cursors_reach_every_record_in_each_order_while_records_are_deleted(app: TestApp) {
    for (order, filter) in ORDERS.into_iter().map(|order| (order, "search=%2B1415")).chain([
        ("updated_at:desc", ""),
        ("priority", ""),
        ("", "priorities=2,5,10"),
        ("", ""),
    ]) {
        let (list, all) = mixed(&app).await;
        let places = if order.is_empty() {
            (0..RECORDS).collect()
        } else {
            expected(order)
        };
        let sorted: Vec<&String> = places.into_iter().map(|place| &all[place]).collect();
        let order_by = if order.is_empty() {
            String::new()
        } else {
            format!("order_by={order}&")
        };
        let mut path = list.path(&format!("/records?{order_by}{filter}&per_page=5"));
        let mut seen = Vec::new();
        let mut left = RECORDS;
        // The last of the first page is deleted, which the cursor names, and one that was not seen yet.
        let skipped = sorted[7].clone();
        for number in 1.. {
            let page = list.caller.page(&path).await;
            assert_eq!(page["page"], number, "{path}");
            assert_total(&page, left);
            seen.extend(ids(&page));
            let Some(next) = target(&page, "next") else {
                break;
            };
            if number == 1 {
                let last = seen.last().expect("a record").clone();
                list.delete_ids(&[&last, &skipped]).await.assert_deleted(2, 0, 2);
                left -= 2;
            }
            path = next;
        }
        let expected: Vec<&String> = sorted.into_iter().filter(|id| **id != skipped).collect();
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "{order} {filter}");
    }
}

#[apply(database_test)]
async fn a_cursor_belongs_to_its_filters_and_its_order(app: TestApp) {
    let (list, _) = mixed(&app).await;
    let next = |query: &str| {
        let path = list.path(&format!("/records?{query}&per_page=1"));
        let caller = list.caller.clone();
        async move { target(&caller.page(&path).await, "next").expect("a next page") }
    };
    let unordered = next("").await;
    let ordered = next("order_by=priority").await;
    let filtered = next("priorities=5&search=1415").await;
    for (path, name, value) in [
        (&unordered, "per_page", "per_page=1&order_by=priority"),
        (&unordered, "per_page", "per_page=1&priorities=5"),
        (&ordered, "order_by", "order_by=priority:desc"),
        (&ordered, "order_by", "order_by=priority:asc"),
        (&ordered, "order_by", "order_by=updated_at"),
        (&ordered, "order_by", "a=b"),
        (&filtered, "priorities", "priorities=4"),
        (&filtered, "search", "search=1416"),
        (&filtered, "search", "a=b"),
    ] {
        let (path, query) = path.split_once('?').expect("a query");
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((it, _)) if it == name => value,
            _ => pair,
        });
        let path = format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"));
        let answer = list.caller.get(&path).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&["cursor"]);
    }
    // The order of the parameters does not matter, nor does another way to send an array.
    let (path, query) = filtered.split_once('?').expect("a query");
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.reverse();
    let query = pairs.join("&").replace("priorities=", "priorities[]=");
    let page = list.caller.page(&format!("{path}?{query}")).await;
    assert_eq!(page["page"], 2);
}
