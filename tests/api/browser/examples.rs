//! Every operation, tried on the page with the example that it comes with.

use super::{chromium::Chromium, docs_page::DocsPage};
use crate::{development::Development, openapi::operations};

/// Those that delete come last, since the others need what they delete.
#[tokio::test]
async fn every_operation_s_example_succeeds_and_its_answer_is_in_view() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let mut all: Vec<_> = operations().collect();
    all.sort_by_key(|(path, method, _)| (*method == "delete", path.len()));
    assert!(all.len() > 15);
    for (path, method, operation) in all {
        let [tag, id] = [&operation["tags"][0], &operation["operationId"]].map(|text| text.as_str().expect("a text"));
        server.restore().await;
        let page = DocsPage::open(&browser).await.of_operation(tag, id);
        page.has_got_token().await;
        page.try_operation().await;
        let status = page.execute_for_status().await;
        assert!(status.starts_with('2'), "{method} {path}: {status}");
        page.sentence().await;
    }
    browser.assert_at_peace().await;
}
