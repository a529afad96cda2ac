//! What writes do is counted when it is committed, once for each write.

use reqwest::Method;
use serde_json::json;

use super::{Watched, assert_value};
use crate::support::{Blocker, Database, TestList, Via, apply, database_test, person};

const BY_ID: &str = "record_lists_records_deleted_total{kind=\"ID\"}";

/// A list with two records, and their ids.
async fn list(watched: &Watched) -> (TestList, Vec<String>) {
    let list = TestList::create(watched.manager(), "NOTHING").await;
    let ids = list.add(&[person("+442079460958"), person("+442079460959")]).await;
    (list, ids)
}

#[apply(database_test)]
async fn a_write_whose_caller_has_gone_is_counted(database: Database) {
    let Some(created) = database.create().await else {
        return;
    };
    let watched = Watched::on(created, &["--lock-timeout", "60s"]).await;
    let (list, ids) = list(&watched).await;
    let mut blocker = Blocker::hold(&watched.database, &list.id).await;
    let deletion = list.deletion(Via::Delete).json(&json!([{"id": ids[0]}]));
    let caller = tokio::spawn(async move { deletion.send().await });
    // Its turn has begun, so it is carried out whatever its caller does.
    match database {
        Database::Sqlite => watched.until("record_lists_running_lanes", |lanes| lanes == 1.0).await,
        Database::Postgres => blocker.wait_for_waiters(1).await,
    }
    caller.abort();
    watched
        .until("record_lists_waiting_callers", |callers| callers == 0.0)
        .await;
    assert_value(&watched.series().await, BY_ID, 0.0);
    blocker.release().await;
    watched.until(BY_ID, |records| records == 1.0).await;
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
async fn a_saved_response_that_is_sent_again_is_not_counted(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let (list, ids) = list(&watched).await;
    for _ in 0..2 {
        let deleted = list.delete_once("K", &json!([{"id": ids[0]}])).await;
        deleted.assert_deleted(1, 0, 1);
    }
    let series = watched.series().await;
    assert_value(&series, BY_ID, 1.0);
    assert_value(&series, "record_lists_items_total{outcome=\"deleted\"}", 1.0);
}

#[apply(database_test)]
async fn a_dry_run_is_not_counted(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let (list, ids) = list(&watched).await;
    let dry_run = list.delete_by("?dry_run=true", &json!([{"id": ids[0]}])).await;
    dry_run.assert_status(200);
    assert_value(&watched.series().await, BY_ID, 0.0);
}

#[apply(database_test)]
async fn the_records_of_a_deleted_list_are_counted(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let (list, _) = list(&watched).await;
    list.caller.delete(&list.path("")).send().await.assert_status(204);
    let of_lists = "record_lists_records_deleted_total{kind=\"LIST\"}";
    assert_value(&watched.series().await, of_lists, 2.0);
}

/// A record with faults never reaches the list, and is one of the items all the same.
#[apply(database_test)]
async fn what_fails_is_counted_wherever_it_fails(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let list = TestList::create(watched.manager(), "PHONE_NUMBER").await;
    let number = person("+442079460958");
    let created = list.try_add(&[number.clone(), number, json!({"first_name": ""})]).await;
    assert_eq!(created.assert_status(201).json()["total_errors"], 2);
    let series = watched.series().await;
    assert_value(&series, "record_lists_items_total{outcome=\"created\"}", 1.0);
    assert_value(&series, "record_lists_items_total{outcome=\"failed\"}", 2.0);
    let item = |value| json!({"op": "replace", "path": "records/x", "value": value});
    let change = json!([item(json!({"priority": 3})), item(json!({"priority": "x"}))]);
    let changed = list
        .caller
        .request(Method::PATCH, &list.path("/records/bulks"))
        .json(&change)
        .send()
        .await;
    changed.assert_status(200);
    let series = watched.series().await;
    assert_value(&series, "record_lists_items_total{outcome=\"failed\"}", 4.0);
    assert_value(&series, "record_lists_items_total{outcome=\"updated\"}", 0.0);
}
