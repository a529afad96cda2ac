//! Reading a list.

use crate::support::{TestApp, apply, database_test, person};

#[apply(database_test)]
async fn the_count_follows_the_records(app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    assert_eq!(list.count().await, 2);
    list.delete_phones(&["+14155550101"]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
async fn a_foreign_list_is_as_if_absent(app: TestApp) {
    let list = app.list().await;
    let foreign = app.as_stranger().get(&list.path("")).send().await;
    let foreign = foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let unknown = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";
    let absent = app.as_stranger().get(unknown).send().await;
    assert_eq!(foreign.body, absent.body);
    let records = app.as_stranger().get(&list.path("/records")).send().await;
    assert_eq!(records.body, absent.body);
}

#[apply(database_test)]
async fn teams_may_be_asked_for_and_nothing_else(app: TestApp) {
    let list = app.list().await;
    let plain = list.caller.page(&list.path("")).await;
    for query in ["?fields=TEAMS", "?limit=1&x=y", "?fields=TEAMS&page_size=1"] {
        assert_eq!(list.caller.page(&list.path(query)).await, plain, "{query}");
    }
    for query in [
        "?fields=teams",
        "?fields=",
        "?fields=CAMPAIGNS",
        "?fields=TEAMS,TEAMS",
        "?fields=TEAMS&fields=TEAMS",
    ] {
        let answer = list.caller.get(&list.path(query)).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&["fields"]);
    }
}
