//! Who is signed in at the console, what is kept of it, and what ends with it.

use super::{chromium::Chromium, console::records, console_page::ConsolePage};
use crate::{
    oauth::{Client, MANAGE, signing_key_file},
    support::{Claims, Database, Database::Sqlite, ServerProcess, TestApp, apply, database_test, person},
};

/// Neither in storage, nor in the address; and a sign-in that ends goes on at the same place.
#[apply(database_test)]
async fn credentials_stay_in_memory(database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    let folder = database.folder.path();
    let file = signing_key_file(folder);
    let server = ServerProcess::start(folder, &database.url, &["--demo", "--signing-key-file", &file]);
    server.ready().await;
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let client = Client::add(&database, "demo", MANAGE);
    let page = ConsolePage::open(&browser).await;
    page.sign_in_as_client(&client.id, "wrong").await;
    page.says("#client-form", "The client id or the client secret is wrong.")
        .await;
    page.sign_in_as_client(&client.id, &client.secret).await;
    page.says("#lists", "Demo list").await;
    page.says("#who", &client.id).await;
    let token = format!("{}.", "eyJ0eXAiOiJKV1Qi");
    assert!(!page.keeps(&[&client.secret, &token, "Bearer", "access_token"]).await);

    client.revoke(&database);
    let list = format!("#/lists/{}", record_lists::demo::LIST.0);
    page.go(&list).await;
    page.says("#sign-in-message", "Your sign-in has ended.").await;
    let other = Client::add(&database, "demo", MANAGE);
    page.sign_in_as_client(&other.id, &other.secret).await;
    page.says("#list-title", "Demo list").await;
    browser.click("#sign-out").await;
    page.says("h1", "Sign in").await;
    browser.open("/console/").await;
    page.says("h1", "Sign in").await;
    browser.assert_at_peace().await;
}

#[apply(database_test)]
async fn a_token_that_may_not_is_told_so(#[values(Sqlite)] app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let page = ConsolePage::open(&browser).await;
    page.sign_in(&Claims::of("acme").with("scope", "other").token()).await;
    page.says("#lists-place", "you may not do this").await;
    page.says("#lists-place", MANAGE).await;
    browser.click("#sign-out").await;
    page.sign_in("a.b.c").await;
    page.says("#token-form", "The service does not accept this token.")
        .await;
}

/// Nothing of one person is sent for the next one.
#[apply(database_test)]
async fn signing_out_ends_what_is_going_on(#[values(Sqlite)] app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let list = app.list().await;
    let numbers: Vec<String> = (0..150).map(|place| format!("+4420794{place:05}")).collect();
    list.add(&numbers.iter().map(|number| person(number)).collect::<Vec<_>>())
        .await;
    let token = |client: &str| Claims::of("acme").with("client_id", client).token();
    let page = ConsolePage::open(&browser).await;
    page.sign_in(&token("one")).await;
    page.says("#lists", "a list").await;
    page.go(&format!("#/lists/{}/delete", list.id)).await;
    page.paste("#identifiers", &numbers.join("\n")).await;
    browser.click("#check").await;
    browser.find("#delete").await;
    // The first deletion is refused for now, and the pause before the next try lasts until the test ends it.
    let refuse = "const [real, later] = [window.fetch, window.setTimeout]; \
                  [window.sent, window.held] = [[], []]; \
                  window.setTimeout = (act, time) => (time >= 900 && time <= 3000 ? window.held.push(act) : later(act, time)); \
                  window.fetch = async (url, options) => { \
                    if (options?.method !== 'POST' || String(url).includes('dry_run')) return real(url, options); \
                    window.sent.push(url); \
                    const body = JSON.stringify({ code: 'OVERLOADED', message: 'later' }); \
                    return new Response(body, { status: 503, headers: { 'Retry-After': '1' } }); \
                  }; return true";
    browser.read(refuse).await;
    browser.click("#delete").await;
    let is_waiting = "return window.sent.length === 1 && window.held.length > 0 || null";
    browser.read(is_waiting).await;
    browser.click("#sign-out").await;
    browser.click("#leave-dialog button[type=submit]").await;
    page.sign_in(&token("two")).await;
    page.says("#lists", "a list").await;
    browser.read("window.held.forEach((act) => act()); return true").await;
    page.find_number(&numbers[0]).await;
    page.says("#find-answer", "is in 1 of 1 list.").await;
    assert_eq!(browser.read("return window.sent.length").await, 1);
    assert_eq!(records(&list).await, 150);
}
