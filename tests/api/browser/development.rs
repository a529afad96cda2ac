//! The page of a development start, as a newcomer uses it.

use super::{chromium::Chromium, docs_page::DocsPage};
use crate::development::Development;

/// Open, "Try it out", "Execute": three clicks after the page is there, records are deleted.
#[tokio::test]
async fn a_newcomer_deletes_records_with_three_clicks_and_gets_them_back() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    browser.find(".auth-wrapper .authorize.locked").await;
    page.try_operation().await;
    page.set("dry_run", "true").await;
    page.execute().await;
    assert_eq!(page.sentence().await, "Dry run: 3 records would be deleted.");
    page.set("dry_run", "false").await;
    let answer = page.execute().await;
    assert_eq!(answer.status, "200", "{answer:?}");
    assert_eq!(answer.body["total_deleted"], 3, "{answer:?}");
    assert_eq!(page.sentence().await, "3 records deleted.");
    let again = page.execute().await;
    assert_eq!(again.body["total_errors"], 3, "{again:?}");
    let sentence = page.sentence().await;
    assert!(
        sentence.starts_with("0 records deleted, 3 identifiers failed: "),
        "{sentence}"
    );

    browser.click("#restore").await;
    browser
        .until("the records are back", async || {
            let text = browser
                .read("return document.getElementById('restored').textContent")
                .await;
            (text == "The demo records are back.").then_some(())
        })
        .await;
    let restored = page.execute().await;
    assert_eq!(restored.body["total_deleted"], 3, "{restored:?}");
    browser.assert_at_peace().await;
}
