//! The page of a development start, as a newcomer uses it.

use super::{chromium::Chromium, docs_page::DocsPage};
use crate::{development::Development, support::Claims};

/// Open, "Try it out", "Execute".
#[tokio::test]
async fn a_newcomer_deletes_records_with_three_clicks() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.try_operation().await;
    let answer = page.execute().await;
    assert_eq!(answer.body["total_deleted"], 3, "{answer:?}");
    assert_eq!(browser.clicks(), 3);
    assert_eq!(page.sentence().await, "3 records deleted.");
    let body = page.within(".live-responses-table .highlight-code");
    let top = format!("return document.querySelector('{body}').getBoundingClientRect().top < innerHeight");
    assert_eq!(browser.read(&top).await, true, "the answer's box is in view");
}

#[tokio::test]
async fn a_dry_run_says_so_and_deleted_records_come_back() {
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

/// Whoever gives the page another token is not told that it acts for the demo account.
#[tokio::test]
async fn the_page_says_for_whom_it_acts() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let says = async |text: &str| {
        let acts = "return document.getElementById('acts').textContent";
        browser
            .until(text, async || {
                browser
                    .read(acts)
                    .await
                    .as_str()
                    .filter(|told| told.contains(text))
                    .map(drop)
            })
            .await;
    };
    let page = DocsPage::open(&browser).await;
    says("acts for the demo account").await;
    browser.click(".auth-wrapper .authorize").await;
    browser.click(".modal-ux .auth-container .btn.auth.button").await;
    says("has no token").await;
    browser.click(".modal-ux .btn-done").await;
    page.authorize(&Claims::of("other").token()).await;
    says("the token that it was given").await;
}
