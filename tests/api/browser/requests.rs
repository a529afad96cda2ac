//! What the page shows of requests: short URLs, programs that run, and errors that take no room.

use std::process::Command;

use serde_json::{Value, json};

use super::{chromium::Chromium, docs_page::DocsPage};
use crate::{
    development::Development,
    support::{TestApp, apply, database_test, pass_over, python_tool, run_well},
};

#[tokio::test]
async fn only_what_was_changed_is_in_the_url() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.has_got_token().await;
    page.try_operation().await;
    page.set("dry_run", "true").await;
    page.execute().await;
    assert_eq!(
        queries(&browser, &page).await,
        json!(["?dry_run=true", "?dry_run=true"])
    );
    page.set("dry_run", "false").await;
    page.execute().await;
    assert_eq!(queries(&browser, &page).await, json!(["", ""]));
    browser.assert_at_peace().await;
}

/// The query of the URL that the page shows, and of that in the command.
async fn queries(browser: &Chromium, page: &DocsPage<'_>) -> Value {
    let [url, command] = [".request-url pre", ".snippets .curl"].map(|css| page.within(css));
    let script = format!(
        "return ['{url}', '{command}'].map((css) => document.querySelector(css).textContent.match(/bulks([^'\\s]*)/)[1])"
    );
    browser.read(&script).await
}

/// Each sends a key of its own, so that it can be repeated, and deletes what the page would have deleted.
#[tokio::test]
async fn the_programs_that_the_page_shows_run() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.has_got_token().await;
    page.try_operation().await;
    page.execute().await;
    for language in ["curl", "JavaScript", "Python"] {
        let program = page.snippet(language).await;
        assert!(program.contains("Idempotency-Key"), "{program}");
        let Some(told) = said_by(language, &program) else {
            return;
        };
        // All three were deleted by the page.
        assert!(told.contains(r#""total_errors":3"#), "{language}: {told}");
        assert!(told.contains("RECORD_NOT_FOUND"), "{language}: {told}");
    }
}

/// What a language would change, it sends as a text; and no shell reads a file because of it.
#[tokio::test]
async fn odd_bodies_stay_as_they_are() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.has_got_token().await;
    page.try_operation().await;
    for body in [
        "@/etc/hostname",
        "null",
        r#"[{"id": "a", "id": "b"}]"#,
        r#"[{"id": 1.0}, {"id": 12345678901234567890}]"#,
        r#"[{"__proto__": "x"}]"#,
        r#"["it's $(id) `id` \\ \u0000 é"]"#,
    ] {
        page.write(body).await;
        let shown = page.execute().await;
        for language in ["curl", "JavaScript", "Python"] {
            let program = page.snippet(language).await;
            let Some(told) = said_by(language, &program) else {
                return;
            };
            let told = told.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let told: Value = serde_json::from_str(told).expect("JSON");
            assert_eq!(told, shown.body, "{language}: {body}");
        }
    }
}

/// What the page's program in this language says; `None` where the test has to be passed over.
fn said_by(language: &str, program: &str) -> Option<String> {
    let mut command = match language {
        "curl" => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{program} -sS")]);
            shell
        }
        "JavaScript" if Command::new("node").arg("--version").output().is_err() => {
            pass_over("node");
            return None;
        }
        "JavaScript" => {
            let mut node = Command::new("node");
            node.args(["--input-type=module", "--eval", program]);
            node
        }
        _ => {
            let mut python = python_tool("python")?;
            python.args(["-c", program]);
            python
        }
    };
    Some(run_well(&mut command))
}

#[tokio::test]
async fn the_snippet_is_copied() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.has_got_token().await;
    page.try_operation().await;
    page.execute().await;
    let watch = "navigator.clipboard.writeText = async (text) => { window.copied = text; }; return true";
    browser.read(watch).await;
    let shown = page.snippet("curl").await;
    browser.click(&page.within(".snippet-buttons .copy")).await;
    assert_eq!(browser.read("return window.copied ?? null").await, json!(shown));
}

/// Each reason is told with its number, and what was answered before goes when nothing is sent.
#[tokio::test]
async fn the_sentence_is_about_this_request() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.has_got_token().await;
    page.try_operation().await;
    page.write(r#"[{"phone_number": "+4411111111"}, {"phone_number": "0770"}, {"phone_number": "+4411111112"}]"#)
        .await;
    page.execute().await;
    let sentence = page.sentence().await;
    assert!(
        sentence.starts_with("0 records deleted, 3 identifiers failed: "),
        "{sentence}"
    );
    assert!(
        sentence.contains("No record of the list matches this identifier (2); "),
        "{sentence}"
    );
    browser.find(&page.within(".sentence.trouble")).await;

    page.empty("input[placeholder=record_list_id]").await;
    let gone = format!(
        "return document.querySelector('{}') === null",
        page.within(".live-answer .sentence")
    );
    let execute = page.within(".execute");
    browser
        .until("no answer", async || {
            // The page takes over what is typed after a while.
            browser.click(&execute).await;
            (browser.read(&gone).await == true).then_some(())
        })
        .await;
}

#[tokio::test]
async fn the_body_comes_before_the_parameters_and_errors_are_folded() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.try_operation().await;
    for width in [390, 1366] {
        browser.resize(width).await;
        let [editor, parameters, list] =
            ["textarea", ".parameters-container", "input[placeholder=record_list_id]"].map(|css| page.within(css));
        let places = format!(
            "const [editor, parameters, list] = ['{editor}', '{parameters}', '{list}'].map((css) => document.querySelector(css)); \
             const isFirst = editor.getBoundingClientRect().bottom <= parameters.getBoundingClientRect().top; \
             return [isFirst, list.scrollWidth <= list.clientWidth]"
        );
        assert_eq!(browser.read(&places).await, json!([true, true]), "{width}");
    }
    let [statuses, details] = [".responses-table > tbody > tr", ".error-statuses details"].map(|css| page.within(css));
    let shown = format!(
        "const details = document.querySelector('{details}'); \
         const lines = [...details.querySelectorAll('tbody tr')].map((line) => line.innerText || line.textContent); \
         const isKnown = lines.some((line) => /^404\\s*RECORD_LIST_NOT_FOUND/.test(line)); \
         return [document.querySelectorAll('{statuses}').length, details.open, isKnown]"
    );
    assert_eq!(browser.read(&shown).await, json!([1, false, true]));
    let summary = page.within(".error-statuses summary");
    browser.click(&summary).await;
    assert_eq!(
        browser
            .read(&format!("return document.querySelector('{details}').open"))
            .await,
        true
    );
}

/// The page follows the system, also while it is open.
#[tokio::test]
async fn the_page_is_light_or_dark() {
    let server = Development::start();
    let Some(browser) = Chromium::start(server.address).await else {
        return;
    };
    DocsPage::open(&browser).await;
    for scheme in ["dark", "light", "dark"] {
        browser.prefer(scheme).await;
        let shade = "const [red] = getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g); \
                     const isDark = document.documentElement.classList.contains('dark-mode'); \
                     return isDark && red > 0 && red < 64";
        let is_dark = scheme == "dark";
        browser
            .until(scheme, async || (browser.read(shade).await == is_dark).then_some(()))
            .await;
    }
}

#[apply(database_test)]
async fn whoever_has_no_good_token_is_told_where_to_put_one(app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    page.try_operation().await;
    assert_eq!(page.execute().await.status, "401");
    let none = page.sentence().await;
    assert!(none.ends_with("Press Authorize, at the top of the page."), "{none}");
    page.authorize("a.b.c").await;
    assert_eq!(page.execute().await.status, "401");
    let bad = page.sentence().await;
    assert!(
        bad.ends_with("Press Authorize, at the top of the page.") && bad != none,
        "{bad}"
    );
}
