//! Pages of the lists of an account (docs/contract.md sections 1.11 and 4.1).

use serde_json::{Value, json};

use crate::support::{Blocker, Caller, Claims, TestApp, apply, database_test, entries, ids, person, target};

/// Every status that a list can have.
const STATUSES: [&str; 6] = [
    "REJECTED",
    "VALIDATION_STARTED",
    "UPLOADED",
    "ACCEPTED",
    "INCOMPLETE",
    "CORRUPTED",
];

/// What the vendor documents for this operation and we do not serve.
const NOT_SERVED: [&str; 6] = [
    "team_id",
    "team_ids",
    "team_ids[]",
    "campaign_ids",
    "campaign_ids[]",
    "include_none_team",
];

/// Makes lists with these names; their ids.
async fn create(caller: &Caller, names: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        let new = caller.post("/record-lists").json(&json!({"name": name}));
        let list = new.send().await.assert_status(201).json();
        ids.push(list["id"].as_str().expect("an id").to_owned());
    }
    ids
}

async fn page(caller: &Caller, query: &str) -> Value {
    caller.page(&format!("/record-lists{query}")).await
}

/// The cursor in the link to the next page.
fn cursor(page: &Value) -> String {
    let next = target(page, "next").expect("a next page");
    let mut parameters = next.split(['?', '&']);
    let cursor = parameters.find_map(|parameter| parameter.strip_prefix("cursor="));
    cursor.expect("a cursor").to_owned()
}

#[apply(database_test)]
async fn lists_come_in_order_of_creation_and_are_shown_as_each_by_itself(app: TestApp) {
    let caller = app.as_manager();
    let mut made = create(&caller, &["b", "a"]).await;
    made.push(app.list_identified_by("EXTERNAL").await.id);
    let filled = app.list().await;
    let people = ["+14155550101", "+14155550102", "+14155550103"].map(person);
    filled.add(&people).await;
    filled.delete_phones(&["+14155550102"]).await.assert_deleted(1, 0, 1);
    made.push(filled.id);
    let page = page(&caller, "").await;
    assert_eq!(ids(&page), made);
    assert_eq!(entries(&page)[0]["records_count"], 0);
    assert_eq!(entries(&page)[3]["records_count"], 2);
    for list in entries(&page) {
        let path = target(list, "self").expect("a link");
        let shown = caller.get(&path).send().await.assert_status(200).json();
        assert_eq!(shown, *list);
    }
}

#[apply(database_test)]
async fn pages_have_numbers_and_links(app: TestApp) {
    let caller = app.as_manager();
    let made = create(&caller, &["a", "b", "c", "d", "e"]).await;
    for (number, on_page, prev, next) in [
        (1, &made[..2], None, true),
        (2, &made[2..4], Some(1), true),
        (3, &made[4..], Some(2), false),
        (4, &made[5..], Some(3), false),
        (1_000_000, &made[5..], Some(3), false),
    ] {
        let page = page(&caller, &format!("?page={number}&per_page=2")).await;
        assert_eq!(ids(&page), on_page);
        let names = ["total", "count", "page", "per_page", "total_pages"];
        let numbers = names.map(|name| page[name].as_u64());
        let expected = [5, on_page.len() as u64, number, 2, 3].map(Some);
        assert_eq!(numbers, expected);
        let link = |number: u64| Some(format!("/record-lists?page={number}&per_page=2"));
        assert_eq!(target(&page, "self"), link(number));
        assert_eq!(target(&page, "first"), link(1));
        assert_eq!(target(&page, "prev"), prev.and_then(link));
        assert_eq!(target(&page, "next").is_some(), next);
        assert_eq!(target(&page, "last"), link(3));
    }
    let whole = page(&caller, "").await;
    assert_eq!(whole["per_page"], 50);
    assert_eq!(ids(&whole), made);
    assert!(target(&whole, "next").is_none() && target(&whole, "prev").is_none());
    assert_eq!(page(&caller, "/").await, whole);
    let teams = page(&caller, "?fields=TEAMS").await;
    assert_eq!(teams["_embedded"], whole["_embedded"]);
}

#[apply(database_test)]
async fn next_links_reach_every_list_once_while_others_come_and_go(app: TestApp) {
    let caller = app.as_manager();
    let made = create(&caller, &["a", "b", "c", "d", "e", "f", "g"]).await;
    let mut page = page(&caller, "?per_page=2").await;
    let mut seen = ids(&page);
    // One that was seen, and one that was not.
    let mut session = Blocker::connect(&app.database).await;
    let delete = "DELETE FROM record_list WHERE name IN ('a', 'e')";
    session.execute(delete).await;
    let new = create(&caller, &["h"]).await;
    let mut number = 1;
    while let Some(next) = target(&page, "next") {
        page = caller.page(&next).await;
        number += 1;
        assert_eq!(page["page"], number);
        assert_eq!(page["total"], 6);
        seen.extend(ids(&page));
    }
    assert_eq!(seen, [&made[..4], &made[5..], &new[..]].concat());
}

#[apply(database_test)]
async fn lists_are_found_by_name_and_by_status(app: TestApp) {
    let caller = app.as_manager();
    let long = "é".repeat(120);
    let names = ["Spring", "spring", "Spring", "Zoë & Co + 100%", &long];
    let made = create(&caller, &names).await;
    let mut session = Blocker::connect(&app.database).await;
    session
        .execute("UPDATE record_list SET status = 'CORRUPTED' WHERE name = 'spring'")
        .await;
    let long = format!("name={}", "%C3%A9".repeat(120));
    for (query, expected) in [
        ("name=Spring", vec![0, 2]),
        ("name=SPRING", vec![]),
        ("name=Spring%20", vec![]),
        ("name=Spr", vec![]),
        ("name=%25", vec![]),
        ("name=Zo%C3%AB+%26+Co+%2B+100%25", vec![3]),
        (long.as_str(), vec![4]),
        ("status=CORRUPTED", vec![1]),
        ("status=ACCEPTED", vec![0, 2, 3, 4]),
        ("name=spring&status=CORRUPTED", vec![1]),
        ("name=Spring&status=CORRUPTED", vec![]),
    ] {
        let page = page(&caller, &format!("?{query}")).await;
        let expected: Vec<&String> = expected.into_iter().map(|n: usize| &made[n]).collect();
        assert_eq!(ids(&page).iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(page["total"], expected.len(), "{query}");
    }
}

#[apply(database_test)]
async fn each_status_can_be_asked_for(app: TestApp) {
    let caller = app.as_manager();
    let made = create(&caller, &STATUSES).await;
    let mut session = Blocker::connect(&app.database).await;
    session.execute("UPDATE record_list SET status = name").await;
    for (status, id) in STATUSES.into_iter().zip(made) {
        let page = page(&caller, &format!("?status={status}")).await;
        assert_eq!(ids(&page), [id]);
        assert_eq!(entries(&page)[0]["status"], status);
    }
}

#[apply(database_test)]
async fn links_carry_the_filter(app: TestApp) {
    const NAME: &str = "Zoë & Co + 100%";
    let caller = app.as_manager();
    let made = create(&caller, &[NAME, "another", NAME, NAME]).await;
    let query = "?name=Zo%C3%AB+%26+Co+%2B+100%25&status=ACCEPTED&per_page=1";
    let first = page(&caller, query).await;
    let next = target(&first, "next").expect("a next page");
    let second = caller.page(&next).await;
    for (from, name, expected) in [
        (&first, "self", &made[0]),
        (&first, "first", &made[0]),
        (&first, "last", &made[3]),
        (&second, "self", &made[2]),
        (&second, "prev", &made[0]),
        (&second, "next", &made[3]),
    ] {
        let path = target(from, name).expect("a link");
        assert!(path.is_ascii(), "{path}");
        let page = caller.page(&path).await;
        assert_eq!(ids(&page), [expected.as_str()], "{path}");
        assert_eq!(page["total"], 3, "{path}");
    }
}

#[apply(database_test)]
async fn a_cursor_belongs_to_its_account_and_filter(app: TestApp) {
    let (acme, other) = (app.as_manager(), app.as_stranger());
    let made = create(&acme, &["a", "a", "a"]).await;
    create(&other, &["a", "a", "a"]).await;
    let of_all = cursor(&page(&acme, "?per_page=1").await);
    let of_name = cursor(&page(&acme, "?name=a&per_page=1").await);
    let of_records = format!("/record-lists/{}/records", made[0]);
    for (caller, path, query) in [
        (&acme, "/record-lists", format!("{of_all}&name=a")),
        (&acme, "/record-lists", format!("{of_all}&status=ACCEPTED")),
        (&acme, "/record-lists", format!("{of_all}&page=2")),
        (&acme, "/record-lists", of_name.clone()),
        (&acme, "/record-lists", format!("{of_name}&name=A")),
        (&acme, &of_records, of_all.clone()),
        (&acme, "/deletions", of_all.clone()),
        (&other, "/record-lists", of_all.clone()),
        (&other, "/record-lists", format!("{of_name}&name=a")),
    ] {
        let answer = caller.get(&format!("{path}?cursor={query}")).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&["cursor"]);
    }
    let rest = page(&acme, &format!("?cursor={of_all}&per_page=2")).await;
    assert_eq!(ids(&rest), made[1..]);
}

#[apply(database_test)]
async fn what_is_out_of_range_is_named(app: TestApp) {
    let too_long = format!("name={}", "x".repeat(121));
    for (query, field) in [
        ("page=0", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=1&page=1", "page"),
        ("per_page=0", "per_page"),
        ("per_page=201", "per_page"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("name=", "name"),
        ("name=%00", "name"),
        (too_long.as_str(), "name"),
        ("name=a&name=a", "name"),
        ("status=", "status"),
        ("status=accepted", "status"),
        ("status=ACCEPTED,REJECTED", "status"),
        ("status=ACCEPTED&status=ACCEPTED", "status"),
        ("fields=", "fields"),
        ("fields=teams", "fields"),
        ("fields=NAME", "fields"),
        ("fields=TEAMS&fields=TEAMS", "fields"),
    ] {
        let path = format!("/record-lists?{query}");
        let answer = app.as_manager().get(&path).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[field]);
    }
}

#[apply(database_test)]
async fn a_filter_is_refused_where_it_is_not_served(app: TestApp) {
    let caller = app.as_manager();
    create(&caller, &["a", "b"]).await;
    for name in NOT_SERVED {
        for query in [
            format!("{name}=x"),
            format!("{}=", name.replace("[]", "%5B%5D")),
            format!("name=a&{name}=x&page=1"),
        ] {
            let answer = caller.get(&format!("/record-lists?{query}")).send().await;
            answer.assert_error(400, "QUERY_INVALID").assert_fields(&[name]);
        }
    }
    // What nobody documents is no filter.
    let ignored = page(&caller, "?limit=1&offset=1&page_size=1").await;
    assert_eq!(ignored, page(&caller, "").await);
    assert_eq!(ignored["total"], 2);
}

#[apply(database_test)]
async fn nobody_sees_the_lists_of_another_account(app: TestApp) {
    let (acme, other) = (app.as_manager(), app.as_stranger());
    let ours = create(&acme, &["a", "b"]).await;
    for query in ["", "?name=a", "?page=2"] {
        let page = page(&other, query).await;
        assert!(entries(&page).is_empty());
        let numbers = ["total", "count", "total_pages"].map(|name| page[name].as_u64());
        assert_eq!(numbers, [Some(0); 3]);
    }
    let theirs = create(&other, &["a"]).await;
    assert_eq!(ids(&page(&other, "").await), theirs);
    assert_eq!(ids(&page(&acme, "").await), ours);
}

#[apply(database_test)]
async fn the_scope_for_reading_records_is_not_enough(app: TestApp) {
    for scope in ["tod.records-list.manage", "record-lists:write", ""] {
        let claims = Claims::of("acme").with("scope", scope);
        let caller = app.with_token(&claims.token());
        let answer = caller.get("/record-lists").send().await;
        answer.assert_error(403, "INSUFFICIENT_SCOPE");
    }
}
