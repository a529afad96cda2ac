//! "Authorize" with the id and the secret of a client.

use super::{chromium::Chromium, docs_page::DocsPage};
use crate::{
    oauth::{Client, signing_key_file},
    support::{Database, ServerProcess, apply, database_test},
};

#[apply(database_test)]
async fn a_client_authorizes_with_its_id_and_its_secret(database: Database) {
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
    let client = Client::add(&database, "demo", "record-lists:manage");
    let page = DocsPage::open(&browser).await;
    page.authorize_client(&client.id, "wrong").await;
    let refusal = browser.find(".modal-ux .errors").await.text().await.expect("a text");
    assert!(
        refusal.contains("The client id or the client secret is wrong."),
        "{refusal}"
    );
    browser.forget().await;

    let page = DocsPage::open(&browser).await;
    page.authorize_client(&client.id, &client.secret).await;
    page.has_got_token().await;
    page.try_operation().await;
    let answer = page.execute().await;
    assert_eq!(answer.status, "200", "{answer:?}");
    let kept = browser.read("return JSON.stringify(localStorage)").await;
    let kept = kept.as_str().expect("a text");
    assert!(
        kept.contains("access_token") && !kept.contains(&client.secret),
        "{kept}"
    );
    browser.assert_at_peace().await;
}
