//! Filters and orders of the lists of an account (docs/contract.md section A.9.1).

use serde_json::json;

use crate::support::{Blocker, Caller, TestApp, apply, database_test, ids, target};

/// Names, and the seconds in which the lists were created and last changed. None is in the order of creation.
const LISTS: [(&str, &str, &str); 6] = [
    ("b", "05.5", "03"),
    ("É", "04", "02.999999"),
    ("a", "05.000001", "02"),
    ("B", "03", "03.5"),
    ("a", "05", "09"),
    ("e", "01", "02.5"),
];

async fn lists(app: &TestApp) -> (Caller, Vec<String>) {
    let caller = app.as_manager();
    let mut session = Blocker::connect(&app.database).await;
    let mut all = Vec::new();
    for (n, (name, created, updated)) in LISTS.iter().enumerate() {
        let new = caller.post("/record-lists").json(&json!({"name": format!("{n}")}));
        let list = new.send().await.assert_status(201).json();
        all.push(list["id"].as_str().expect("an id").to_owned());
        let time = |second: &str| format!("'2026-11-30T01:02:{second}+00:00'");
        let (created, updated) = (time(created), time(updated));
        let set = format!(
            "UPDATE record_list SET name = '{name}', created_at = {created}, updated_at = {updated} WHERE name = '{n}'"
        );
        session.execute(&set).await;
    }
    (caller, all)
}

async fn found(caller: &Caller, all: &[String], query: &str) -> Vec<usize> {
    let page = caller.page(&format!("/record-lists?{query}")).await;
    let found = ids(&page);
    assert_eq!(page["total"], found.len(), "{query}");
    let place = |id: &String| all.iter().position(|one| one == id).expect("a list");
    found.iter().map(place).collect()
}

#[apply(database_test)]
async fn lists_are_found_by_time(app: TestApp) {
    let (caller, all) = lists(&app).await;
    for (query, expected) in [
        ("created_at_from=2026-11-30T01:02:05Z", vec![0, 2, 4]),
        ("created_at_to=2026-11-30T01:02:04Z", vec![1, 3, 5]),
        (
            "created_at_from=2026-11-30T01:02:03Z&created_at_to=2026-11-30T01:02:04Z",
            vec![1, 3],
        ),
        ("created_at_from=2026-11-30T03:02:05+02:00", vec![0, 2, 4]),
        ("created_at_from=2026-11-30T03:02:05%2B02:00", vec![0, 2, 4]),
        ("created_at_to=2026-11-29T20:02:01.9-05:00", vec![5]),
        ("updated_at_from=2026-11-30T01:02:03Z", vec![0, 3, 4]),
        ("updated_at_to=2026-11-30T01:02:02Z", vec![1, 2, 5]),
        (
            "updated_at_from=2026-11-30T01:02:03Z&created_at_from=2026-11-30T01:02:05Z&name=a",
            vec![4],
        ),
        ("updated_at_from=2026-11-30T01:02:10Z", vec![]),
        ("updated_at_to=2026-11-30T01:02:02Z&status=ACCEPTED", vec![1, 2, 5]),
        ("updated_at_to=2026-11-30T01:02:02Z&status=REJECTED", vec![]),
    ] {
        assert_eq!(found(&caller, &all, query).await, expected, "{query}");
    }
}

const ORDERS: [(&str, [usize; 6]); 9] = [
    ("created_at", [5, 3, 1, 0, 2, 4]),
    ("created_at:asc", [5, 3, 1, 0, 2, 4]),
    ("created_at:desc", [0, 2, 4, 1, 3, 5]),
    ("updated_at", [1, 2, 5, 0, 3, 4]),
    ("updated_at:asc", [1, 2, 5, 0, 3, 4]),
    ("updated_at:desc", [4, 0, 3, 1, 2, 5]),
    ("name", [3, 2, 4, 0, 5, 1]),
    ("name:asc", [3, 2, 4, 0, 5, 1]),
    ("name:desc", [1, 5, 0, 2, 4, 3]),
];

#[apply(database_test)]
async fn lists_come_in_each_order(app: TestApp) {
    let (caller, all) = lists(&app).await;
    for (order, expected) in ORDERS {
        assert_eq!(
            found(&caller, &all, &format!("order_by={order}")).await,
            expected,
            "{order}"
        );
        let page = caller
            .page(&format!("/record-lists?order_by={order}&per_page=4&page=2"))
            .await;
        let last: Vec<&String> = expected[4..].iter().map(|place| &all[*place]).collect();
        assert_eq!(ids(&page).iter().collect::<Vec<_>>(), last, "{order}");
    }
    let of_name = found(&caller, &all, "name=a&order_by=created_at:desc").await;
    assert_eq!(of_name, [2, 4]);
}

#[apply(database_test)]
async fn cursors_reach_every_list_in_each_order_while_lists_are_deleted(app: TestApp) {
    for (order, expected) in ORDERS {
        let (caller, all) = lists(&app).await;
        let mut page = caller.page(&format!("/record-lists?order_by={order}&per_page=2")).await;
        let mut seen = ids(&page);
        // The one that the cursor names, and one that was not seen yet.
        for place in [expected[1], expected[3]] {
            let path = format!("/record-lists/{}", all[place]);
            caller.delete(&path).send().await.assert_status(204);
        }
        while let Some(next) = target(&page, "next") {
            assert!(next.contains(&order.replace(':', "%3A")), "{next}");
            page = caller.page(&next).await;
            assert_eq!(page["total"], 4, "{order}");
            seen.extend(ids(&page));
        }
        let reached = [0, 1, 2, 4, 5].map(|place| &all[expected[place]]);
        assert_eq!(seen.iter().collect::<Vec<_>>(), reached, "{order}");
        for id in &all {
            caller.delete(&format!("/record-lists/{id}")).send().await;
        }
    }
}

#[apply(database_test)]
async fn links_repeat_the_filters_and_the_order(app: TestApp) {
    let (caller, _) = lists(&app).await;
    let query = "created_at_from=2026-11-30T03:02:01+02:00&updated_at_to=2026-11-30T01:02:09Z&order_by=name:desc";
    let sent = "created_at_from=2026-11-30T03%3A02%3A01%2B02%3A00&updated_at_to=2026-11-30T01%3A02%3A09Z\
                &order_by=name%3Adesc";
    let page = caller.page(&format!("/record-lists?{query}&per_page=2")).await;
    for (link, number) in [("self", 1), ("first", 1), ("last", 3)] {
        let expected = format!("/record-lists?{sent}&page={number}&per_page=2");
        assert_eq!(target(&page, link), Some(expected), "{link}");
    }
    let next = target(&page, "next").expect("a next page");
    assert!(next.starts_with(&format!("/record-lists?{sent}&cursor=")), "{next}");
    for (name, other) in [("name%3Adesc", "name"), ("09Z", "08Z")] {
        let answer = caller.get(&next.replace(name, other)).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&["cursor"]);
    }
}

#[apply(database_test)]
async fn what_is_no_filter_is_named(app: TestApp) {
    let caller = app.as_manager();
    for (query, field) in [
        ("created_at_from=", "created_at_from"),
        ("created_at_from=2026-11-30", "created_at_from"),
        ("created_at_to=x", "created_at_to"),
        ("updated_at_from=2026-11-30T25:00:00Z", "updated_at_from"),
        ("updated_at_to=2026-11-30T01:02:03", "updated_at_to"),
        (
            "created_at_from=2026-11-30T01:02:03Z&created_at_from=2026-11-30T01:02:03Z",
            "created_at_from",
        ),
        (
            "created_at_from=2026-11-30T01:02:03Z&created_at_to=2026-11-30T01:02:02Z",
            "created_at_to",
        ),
        (
            "updated_at_from=2026-11-30T01:02:03Z&updated_at_to=2026-11-30T01:02:02Z",
            "updated_at_to",
        ),
        ("order_by=", "order_by"),
        ("order_by=Name", "order_by"),
        ("order_by=name:up", "order_by"),
        ("order_by=priority", "order_by"),
        ("order_by=name&order_by=name", "order_by"),
        ("name=%ff", "name"),
        ("other=%ff", "other"),
    ] {
        let answer = caller.get(&format!("/record-lists?{query}")).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[field]);
    }
}
