//! The pages as they open, on a laptop and on a phone.

use serde_json::{Value, json};

use super::{
    bulk_delete::{EXAMPLES, TOKEN_COMMAND},
    chromium::Chromium,
    docs_page::DocsPage,
};
use crate::support::{TestApp, apply, database_test};

#[apply(database_test)]
async fn the_start_page_leads_to_a_form_that_is_filled_with_the_demo_data(app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    browser.open("/").await;
    assert_eq!(browser.client.title().await.expect("a title"), "record-lists");
    assert_fits(&browser).await;
    browser.click("a[href='docs/']").await;
    let page = DocsPage::wait(&browser).await;
    let title = browser.client.title().await.expect("a title");
    assert_eq!(title, "record-lists API");
    let about = browser.read("return document.querySelector('.info').innerText");
    let about = about.await;
    let about = about.as_str().expect("a text");
    assert!(about.contains(&TOKEN_COMMAND.join(" ")), "{about}");
    let leading = browser
        .read("return [...document.querySelectorAll('.opblock')].slice(0, 2).map(o => o.id)")
        .await;
    assert_eq!(
        leading,
        json!(["bulk_delete_records", "bulk_delete_records_by_post"].map(|id| format!("operations-Records-{id}")))
    );

    page.try_operation().await;
    let list = page.value("input[placeholder=record_list_id]").await;
    assert_eq!(list, record_lists::demo::LIST.0.to_string());
    assert_eq!(page.examples().await, json!(EXAMPLES.map(|(name, _)| name)));
    let by_id: Value = serde_json::from_str(EXAMPLES[0].1).expect("JSON");
    browser
        .until("the first example", async || {
            Some(page.edited().await).filter(|body| *body == by_id)
        })
        .await;

    assert_fits(&browser).await;
    // An answer, and the dialog for the token.
    let answer = page.execute().await;
    assert_eq!(answer.status, "401");
    assert_fits(&browser).await;
    browser.click(".auth-wrapper .authorize").await;
    browser.find(".modal-ux input").await;
    assert_fits(&browser).await;
    browser.assert_at_peace().await;
}

/// Nobody has to scroll sideways, on a laptop or on a phone.
async fn assert_fits(browser: &Chromium) {
    for width in [390, 1366] {
        browser.resize(width).await;
        let widths = "return [innerWidth, document.documentElement.scrollWidth]";
        let wanted = json!([width, width]);
        browser
            .until("a page as wide as the screen", async || {
                Some(browser.read(widths).await).filter(|widths| *widths == wanted)
            })
            .await;
    }
}
