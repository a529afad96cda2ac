//! The console in a real browser, as a person uses it who has never seen the API.

use serde_json::{Value, json};

use super::{chromium::Chromium, console_page::ConsolePage};
use crate::{
    development::Development,
    support::{
        Claims, Database, Database::Sqlite, ServerProcess, TestApp, TestList, apply, database_test, external_person,
        person,
    },
};

/// Is this number in any list, and who deleted it? Both answers come without a click.
#[tokio::test]
async fn a_number_is_found_and_deleted_and_it_is_known_who_did_it() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = ConsolePage::open(&browser).await;
    page.says("#development", "you are signed in for the demo account")
        .await;
    page.find_number("+44 (0) 1632 960 001").await;
    page.says("#find-answer", "is in 1 of 1 list.").await;
    page.says("#found", "Ada Lovelace").await;
    page.says("#find-deletions", "Nothing was ever deleted with this account.")
        .await;

    browser.click("#found td.action a").await;
    browser.click("#check").await;
    page.says("#preview-title", "This number matches 1 record.").await;
    page.says("#preview-people", "Ada Lovelace").await;
    browser.click("#delete").await;
    page.says("#delete-result-title", "1 record deleted").await;
    assert_eq!(browser.clicks(), 3);
    let operation = page.texts("#operation-ids code").await.concat();
    browser.click("#header nav a").await;

    page.find_number("+441632960001").await;
    page.says("#find-answer", "is not in the only list of the account.")
        .await;
    page.says("#latest-deletions", &operation).await;
    let row = page.texts("#latest-deletions tbody tr").await.concat();
    for part in ["demo", "Demo list", "by phone number"] {
        assert!(row.contains(part), "{part} is not in {row}");
    }
    assert!(!page.keeps(&["1632"]).await);
    browser.assert_at_peace().await;
}

#[apply(database_test)]
async fn pasted_identifiers_are_checked_deleted_and_those_that_fail_can_be_copied(app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let list = app.list().await;
    let number = |place: usize| format!("+4420794{place:05}");
    list.add(&(0..120).map(|place| person(&number(place))).collect::<Vec<_>>())
        .await;
    let page = ConsolePage::open(&browser).await;
    page.sign_in(&format!("Bearer {}", Claims::of("acme").token())).await;
    page.says("#lists", "a list").await;
    page.go(&format!("#/lists/{}/delete", list.id)).await;

    // 120 that are there, 3 that are not, one of them twice, and one that is no number.
    let pasted: Vec<String> = (0..123).map(number).chain([number(0), "+44abc".to_owned()]).collect();
    page.paste("#identifiers", &pasted.join("\n")).await;
    page.says("#identifiers-count", "125 identifiers, 1 repeated").await;
    browser.click("#check").await;
    page.says(
        "#preview-title",
        "match at most 120 records; 3 match nothing; 1 number cannot be used.",
    )
    .await;
    assert_eq!(records(&list).await, 120, "a check deletes nothing");

    // The answer to the second batch is lost, once.
    let lose = "const real = window.fetch; window.keys = []; let sent = 0; \
                window.fetch = async (url, options) => { \
                  const response = await real(url, options); \
                  if (options?.method !== 'POST' || url.includes('dry_run')) return response; \
                  window.keys.push(options.headers['Idempotency-Key']); \
                  sent += 1; \
                  if (sent === 2) throw new TypeError('lost'); \
                  return response; \
                }; return true";
    browser.read(lose).await;
    page.watch_clipboard().await;
    browser.click("#delete").await;
    page.says("#delete-result-title", "120 records deleted, 4 identifiers failed")
        .await;
    assert_eq!(records(&list).await, 0);
    let keys: Vec<String> = serde_json::from_value(browser.read("return window.keys").await).expect("keys");
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys[1] == keys[2] && keys[0] != keys[1], "{keys:?}");
    let deletions = list
        .caller
        .get(&list.path("/deletions"))
        .send()
        .await
        .assert_status(200)
        .json();
    let done: Vec<&str> = deletions["_embedded"]["deletions"]
        .as_array()
        .expect("deletions")
        .iter()
        .rev()
        .map(|deletion| deletion["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(page.texts("#operation-ids code").await, done);
    assert_eq!(page.texts("#delete-failures tbody tr").await.len(), 4);

    browser.click("#delete-result .buttons.start button").await;
    let mut copied: Vec<String> = page
        .copied()
        .await
        .as_str()
        .expect("a text")
        .lines()
        .map(str::to_owned)
        .collect();
    copied.sort();
    let mut failed = pasted[120..123].to_vec();
    failed.insert(0, "+44abc".to_owned());
    failed.sort();
    assert_eq!(copied, failed);
    browser.assert_at_peace().await;
}

/// How many records the list has.
pub async fn records(list: &TestList) -> u64 {
    let read = list.caller.get(&list.path("")).send().await.assert_status(200);
    read.json()["records_count"].as_u64().expect("a count")
}

#[apply(database_test)]
async fn lists_are_created_found_and_deleted(app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let page = ConsolePage::open(&browser).await;
    page.sign_in(&Claims::of("acme").token()).await;
    page.says("#lists-place", "No lists yet.").await;
    let odd = "<script>alert(1)</script> & \u{5d0}\u{5d1}";
    for name in ["Winter", odd] {
        browser.click("#create-list").await;
        page.fill("#list-name", name).await;
        browser.click("#create-dialog button[type=submit]").await;
        page.says("#list-title", name).await;
        browser.click("#header nav a").await;
    }
    page.says("#lists-count", "2 lists").await;
    page.fill("#lists-search", "WIN").await;
    page.says("#lists-count", "1 of 2 lists").await;
    assert_eq!(page.texts("#lists tbody tr").await.len(), 1);
    browser.click("#lists tbody button").await;
    let is_ready = "return document.querySelector('#delete-list-dialog button[type=submit]').disabled === false";
    page.fill("#delete-list-name", "Win").await;
    assert_eq!(browser.read(is_ready).await, false);
    page.fill("#delete-list-name", "Winter").await;
    assert_eq!(browser.read(is_ready).await, true);
    browser.click("#delete-list-dialog button[type=submit]").await;
    page.says("#lists-count", "1 list").await;
    page.says("#lists", odd).await;
    let left = app
        .as_manager()
        .get("/record-lists")
        .send()
        .await
        .assert_status(200)
        .json();
    assert_eq!(left["total"], 1);
    browser.assert_at_peace().await;
}

#[apply(database_test)]
async fn a_service_that_is_away_is_asked_again(#[values(Sqlite)] database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &["--demo"]);
    server.ready().await;
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = ConsolePage::open(&browser).await;
    page.sign_in(&Claims::of("demo").token()).await;
    page.says("#lists", "Demo list").await;
    server.terminate();
    page.go("#/deletions").await;
    page.says(".deletions", "The service cannot be reached").await;
    server.start_again();
    server.ready().await;
    browser.click(".deletions .notice button:not(.quiet)").await;
    page.says(".deletions", "Nothing was ever deleted with this account.")
        .await;
}

/// The console shows what there is, also where responses have only the published members.
#[apply(database_test)]
async fn the_published_form_is_enough(#[values(Sqlite)] database: Database) {
    let published = |settings: &mut record_lists::config::Settings| {
        settings.wire_format = record_lists::http::response::format::WireFormat::Published;
    };
    let Some(app) = TestApp::with(database, published).await else {
        return;
    };
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let list = app.list().await;
    list.add(&[person("+442079460958"), person("+442079460959")]).await;
    let page = ConsolePage::open(&browser).await;
    page.sign_in(&Claims::of("acme").token()).await;
    page.find_number("+442079460958").await;
    page.says("#find-answer", "is in 1 of 1 list.").await;
    page.go(&format!("#/lists/{}/delete", list.id)).await;
    page.paste("#identifiers", "+442079460958, +442079460000").await;
    browser.click("#check").await;
    page.says("#preview-title", "1 number matches").await;
    browser.click("#delete").await;
    page.says("#delete-result-title", "1 number deleted, 1 identifier failed")
        .await;

    // Of the two, the answer names the one that failed by its id alone.
    list.add(&[external_person("+442079460960", "salesforce", "X1")]).await;
    browser.click("#delete-again").await;
    page.paste("#identifiers", "salesforce,X1\nhubspot,X1").await;
    browser.click("#check").await;
    page.says("#preview-failures tbody", "hubspot").await;
    assert!(
        !page
            .texts("#preview-failures tbody")
            .await
            .concat()
            .contains("salesforce")
    );
    page.says("#preview-people", "salesforce").await;

    // Two records have the number, and the answer does not say how many it deleted.
    list.add(&[person("+442079460961"), person("+442079460961")]).await;
    page.paste("#identifiers", "+442079460961").await;
    browser.click("#check").await;
    page.says("#preview-title", "This number matches 2 records.").await;
    for (hash, table) in [
        (format!("#/lists/{}/deletions", list.id), "#deletions"),
        ("#/deletions".to_owned(), "#deletions"),
        (format!("#/lists/{}", list.id), "#records"),
    ] {
        page.go(&hash).await;
        page.says(&format!("{table} tbody"), " 20").await;
    }
    browser.assert_at_peace().await;
}

/// By keyboard, by screen reader, by eye, light and dark, on a laptop and on a phone.
#[apply(database_test)]
async fn nothing_hinders_anyone(#[values(Sqlite)] app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let page = ConsolePage::open(&browser).await;
    page.assert_accessible("signing in").await;
    page.sign_in(&Claims::of("acme").token()).await;
    page.says("#lists-place", "No lists yet.").await;
    page.assert_accessible("no lists").await;
    let list = app.list().await;
    let long = format!("{}{}", "a very long name of a list ".repeat(3), "w".repeat(30));
    let body = json!({ "name": long });
    app.as_manager()
        .post("/record-lists")
        .json(&body)
        .send()
        .await
        .assert_status(201);
    let numbers: Vec<Value> = (0..60).map(|place| person(&format!("+4420794{place:05}"))).collect();
    list.add(&numbers).await;
    page.go("#/deletions").await;
    page.says("main", "Nothing was ever deleted").await;
    page.assert_accessible("no deletions").await;
    page.go("#/").await;
    page.says("#lists-count", "2 lists").await;
    page.assert_accessible("lists").await;
    page.find_number("+442079400000").await;
    page.says("#find-answer", "is in 1 of 2 lists").await;
    page.assert_accessible("a number that was found").await;
    page.find_number("+442").await;
    page.says("#find-answer", "is in none of the 2 lists").await;
    page.find_number("0044").await;
    page.says("#find-fault", "instead of 00").await;
    page.assert_accessible("a number that is wrong").await;
    browser.click("#create-list").await;
    browser.find("#create-dialog").await;
    page.assert_accessible("creating a list").await;
    browser.click("#create-dialog .cancel").await;
    page.go(&format!("#/lists/{}", list.id)).await;
    page.says("#records", "+442079400000").await;
    page.assert_accessible("records").await;
    page.go(&format!("#/lists/{}/delete", list.id)).await;
    page.paste("#identifiers", "+442079400000\n+442079499999\nx").await;
    page.assert_accessible("identifiers").await;
    browser.click("#check").await;
    page.says("#preview", "This cannot be undone.").await;
    page.assert_accessible("a preview").await;
    browser.click("#delete").await;
    page.says("#delete-result-title", "1 record deleted").await;
    page.assert_accessible("a result").await;
    page.go(&format!("#/lists/{}/deletions", list.id)).await;
    page.says("#deletions", "by phone number").await;
    page.assert_accessible("deletions of a list").await;
    page.go("#/deletions").await;
    page.says("#deletions", "a list").await;
    page.assert_accessible("deletions").await;
    page.go("#/lists/00000000-0000-4000-8000-000000000000").await;
    page.says("h1", "There is no such list").await;
    page.assert_accessible("no such list").await;
    page.go("#/nowhere").await;
    page.says("h1", "There is no such page").await;
    page.assert_accessible("no such page").await;
    browser.assert_at_peace().await;
}
