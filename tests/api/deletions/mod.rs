//! Who deleted how many records, and when (docs/contract.md section 5.6).

pub mod pages;
mod retention;
mod totals;

use serde_json::json;

use crate::support::{Claims, TestApp, apply, database_test, entries, ids, person, target};

#[apply(database_test)]
async fn a_deletion_is_found_under_the_id_that_its_answer_said(app: TestApp) {
    let list = app.list().await;
    let people = [person("+14155550101"), person("+14155550101"), person("+14155550102")];
    let records = list.add(&people).await;
    let nobody = app.with_token(&Claims::of("acme").without("client_id").token());
    let mut expected = Vec::new();
    for (caller, client, kind, body, totals) in [
        (
            &list.caller,
            "tests",
            "PHONE_NUMBER",
            json!([{"phone_number": "+14155550101"}]),
            [1, 0, 2],
        ),
        (&nobody, "", "ID", json!([{"id": records[2]}, {"id": "x"}]), [1, 1, 1]),
        (
            &list.caller,
            "tests",
            "EXTERNAL",
            json!([{"external_provider": "a", "external_id": "b"}]),
            [0, 1, 0],
        ),
    ] {
        let [deleted, errors, removed] = totals;
        let answer = list
            .asked_by(caller.clone())
            .delete(&body)
            .await
            .assert_deleted(deleted, errors, removed);
        expected.push(json!({
            "id": answer.header("operation-id"),
            "record_list_id": list.id,
            "client_id": client,
            "identifier_kind": kind,
            "total_deleted": deleted,
            "total_errors": errors,
            "total_records_deleted": removed,
            "request_id": answer.header("x-request-id"),
        }));
    }
    expected.reverse();
    for path in ["/deletions".to_owned(), list.path("/deletions")] {
        let mut found = app.as_manager().page(&path).await;
        assert_eq!((&found["total"], &found["count"]), (&json!(3), &json!(3)));
        let entries = found["_embedded"]["deletions"].as_array_mut().expect("deletions");
        for entry in &mut *entries {
            let members = entry.as_object_mut().expect("an object");
            assert!(members.remove("created_at").is_some());
        }
        assert_eq!(*entries, expected, "{path}");
    }
}

#[apply(database_test)]
async fn what_deleted_nothing_by_order_or_by_fault_is_listed_only_when_it_was_carried_out(app: TestApp) {
    let list = app.list().await;
    let records = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": records[0]}, {"id": "x"}]);
    list.delete_by("?dry_run=true", &body).await.assert_status(200);
    list.delete(&json!([])).await.assert_status(400);
    let kept = list.delete_by("?all_or_none=true", &body).await;
    let kept = kept.assert_deleted(0, 2, 0);
    list.delete_once("K", &body).await.assert_deleted(1, 1, 1);
    assert!(list.delete_once("K", &body).await.is_replay());
    let found = list.caller.page(&list.path("/deletions")).await;
    assert_eq!(ids(&found).len(), 2);
    assert_eq!(ids(&found)[1], kept.header("operation-id"));
    assert_eq!(entries(&found)[1]["total_errors"], 2);
}

#[apply(database_test)]
async fn a_walk_from_page_to_page_sees_each_deletion_once(app: TestApp) {
    let list = app.list().await;
    let other = app.list().await;
    let mut expected = Vec::new();
    for n in 0..7 {
        let list = if n % 3 == 0 { &other } else { &list };
        let answer = list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
        expected.push((answer.header("operation-id").to_owned(), list.id.clone()));
    }
    expected.reverse();
    let all: Vec<String> = expected.iter().map(|(id, _)| id.clone()).collect();
    let of_list = expected.iter().filter(|(_, of)| *of == list.id);
    let of_list: Vec<String> = of_list.map(|(id, _)| id.clone()).collect();
    for (start, expected) in [("/deletions".to_owned(), all), (list.path("/deletions"), of_list)] {
        let mut found = Vec::new();
        let mut next = Some(format!("{start}?per_page=2"));
        while let Some(path) = next {
            let page = list.caller.page(&path).await;
            assert_eq!(page["total"], expected.len());
            assert_eq!(page["total_pages"], expected.len().div_ceil(2));
            found.extend(ids(&page));
            next = target(&page, "next");
            // Newer ones come in front and move nothing.
            if found.len() == 2 {
                let self_link = target(&page, "self").expect("a link");
                assert!(self_link.starts_with(&start), "{self_link}");
            }
        }
        assert_eq!(found, expected, "{start}");
        let second = list.caller.page(&format!("{start}?per_page=2&page=2")).await;
        assert_eq!(ids(&second), expected[2..4]);
        assert_eq!(target(&second, "prev"), Some(format!("{start}?page=1&per_page=2")));
        let past = list.caller.page(&format!("{start}?per_page=2&page=99")).await;
        assert_eq!((&past["count"], &past["total"]), (&json!(0), &json!(expected.len())));
    }
}

#[apply(database_test)]
async fn cursors_and_numbers_that_are_not_of_this_listing_are_400(app: TestApp) {
    let list = app.list().await;
    for _ in 0..3 {
        list.delete_ids(&["x"]).await.assert_status(200);
    }
    let first = list.caller.page("/deletions?per_page=1").await;
    let next = target(&first, "next").expect("a next page");
    let query = &next[next.find('?').expect("a query")..];
    let of_list = list.path(&format!("/deletions{query}"));
    let of_records = list.path(&format!("/records{query}"));
    for (path, named) in [
        (of_list.as_str(), "cursor"),
        (&of_records, "cursor"),
        ("/deletions?cursor=x", "cursor"),
        ("/deletions?page=0", "page"),
        ("/deletions?page=1.5", "page"),
        ("/deletions?per_page=201", "per_page"),
        ("/deletions?per_page=", "per_page"),
    ] {
        let answer = list.caller.get(path).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[named]);
    }
    // What a read does not know is passed over.
    list.caller.page("/deletions?limit=1000&offset=0").await;
}

#[apply(database_test)]
async fn nobody_sees_the_deletions_of_another_account(app: TestApp) {
    let list = app.list().await;
    // A list without deletions is there all the same.
    let empty = list.caller.page(&list.path("/deletions")).await;
    assert_eq!((&empty["total"], &empty["total_pages"]), (&json!(0), &json!(0)));
    list.delete_ids(&["x"]).await.assert_status(200);
    let stranger = app.as_stranger();
    assert_eq!(stranger.page("/deletions").await["total"], 0);
    let theirs = stranger.get(&list.path("/deletions")).send().await;
    let theirs = theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let absent = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350/deletions";
    assert_eq!(theirs.body, stranger.get(absent).send().await.body);
    let nonsense = stranger.get("/record-lists/x/deletions").send().await;
    nonsense.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let reader = Claims::of("acme").with("scope", "tod.records-list.manage");
    let reader = app.with_token(&reader.token());
    for path in ["/deletions".to_owned(), list.path("/deletions")] {
        let answer = reader.get(&path).send().await;
        answer.assert_error(403, "INSUFFICIENT_SCOPE");
    }
}
