//! What people do on the page of Swagger UI, and what they see there.

use fantoccini::key::Key;
use serde_json::Value;

use super::chromium::Chromium;

/// The block of the bulk delete.
const BULK_DELETE: &str = "#operations-Records-bulk_delete_records";

/// The page, and the operation that is tried on it.
pub struct DocsPage<'b> {
    browser: &'b Chromium,
    block: String,
}

/// An answer as the page shows it.
#[derive(Debug)]
pub struct ShownAnswer {
    pub status: String,
    pub body: Value,
}

impl<'b> DocsPage<'b> {
    /// Opens the page.
    pub async fn open(browser: &'b Chromium) -> Self {
        browser.open("/docs/").await;
        Self::wait(browser).await
    }

    /// Waits for the operations of a page that opens.
    pub async fn wait(browser: &'b Chromium) -> Self {
        browser.find(".opblock").await;
        Self {
            browser,
            block: BULK_DELETE.to_owned(),
        }
    }

    /// The same page, for another operation.
    pub fn of_operation(self, tag: &str, id: &str) -> Self {
        Self {
            block: format!("#operations-{}-{id}", tag.replace(' ', "_")),
            ..self
        }
    }

    /// Gives a token to "Authorize".
    pub async fn authorize(&self, token: &str) {
        self.browser.click(".auth-wrapper .authorize").await;
        let field = self.browser.find(".modal-ux input").await;
        field.send_keys(token).await.expect("a field for text");
        self.browser.click(".modal-ux .authorize").await;
        self.browser.find(".auth-wrapper .authorize.locked").await;
        self.is_closed().await;
    }

    /// Gives the id and the secret of a client to "Authorize", which gets a token for them.
    pub async fn authorize_client(&self, id: &str, secret: &str) {
        self.browser.click(".auth-wrapper .authorize").await;
        for (field, text) in [
            ("#client_id_clientCredentials", id),
            ("#client_secret_clientCredentials", secret),
        ] {
            let field = self.browser.find(&format!(".modal-ux {field}")).await;
            field.send_keys(text).await.expect("a field for text");
        }
        // The second of the ways to authenticate.
        self.browser
            .click(".modal-ux .auth-container:nth-of-type(2) .authorize")
            .await;
    }

    /// Waits until the page has got a token, and has closed the dialog of "Authorize".
    pub async fn has_got_token(&self) {
        self.browser.find(".auth-wrapper .authorize.locked").await;
        self.is_closed().await;
    }

    async fn is_closed(&self) {
        let script = "return document.querySelector('.modal-ux') === null";
        self.browser
            .until("no dialog", async || {
                (self.browser.read(script).await == true).then_some(())
            })
            .await;
    }

    /// The sentence about the answer, once the answer is in view.
    pub async fn sentence(&self) -> String {
        let script = "const box = document.querySelector('.live-answer')?.getBoundingClientRect(); \
                      const isThere = box && box.top >= -1 && box.top < innerHeight / 2; \
                      return isThere ? document.querySelector('.live-answer .sentence').textContent : null";
        let told = self.browser.until("an answer in view", async || {
            Some(self.browser.read(script).await).filter(|text| !text.is_null())
        });
        told.await.as_str().expect("a text").to_owned()
    }

    /// Opens the operation and presses "Try it out".
    pub async fn try_operation(&self) {
        self.click(".opblock-summary-control").await;
        self.click(".try-out__btn").await;
        self.browser.find(&self.within(".execute")).await;
    }

    /// Chooses the value of a parameter.
    pub async fn set(&self, parameter: &str, value: &str) {
        let css = self.within(&format!("tr[data-param-name={parameter}] select"));
        let list = self.browser.find(&css).await;
        list.select_by_value(value).await.expect("the value");
    }

    /// The names of the examples to choose from.
    pub async fn examples(&self) -> Value {
        let options = self.within(".opblock-section-request-body .examples-select option");
        let script = format!("return [...document.querySelectorAll('{options}')].map(o => o.text)");
        self.browser.read(&script).await
    }

    /// Chooses an example, and waits until the editor holds its body.
    pub async fn choose(&self, example: &str, body: &Value) {
        let css = self.within(".opblock-section-request-body .examples-select select");
        let list = self.browser.find(&css).await;
        list.select_by_label(example).await.expect("the example");
        self.browser
            .until(example, async || (self.edited().await == *body).then_some(()))
            .await;
    }

    /// The JSON in the editor, or null.
    pub async fn edited(&self) -> Value {
        let text = self.value("textarea").await;
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What a field of the block holds.
    pub async fn value(&self, css: &str) -> String {
        let field = self.within(css);
        let script = format!("return document.querySelector('{field}')?.value ?? null");
        let value = self.browser.read(&script).await;
        value.as_str().expect("a text").to_owned()
    }

    /// Puts a body into the editor, in the place of what is there.
    pub async fn write(&self, body: &str) {
        self.empty_editor().await;
        let editor = self.browser.find(&self.within("textarea")).await;
        editor.send_keys(body).await.expect("an editor");
    }

    /// Takes everything out of the editor, when the example is there.
    pub async fn empty_editor(&self) {
        self.browser
            .until("an example", async || {
                Some(self.value("textarea").await).filter(|body| !body.is_empty())
            })
            .await;
        self.empty("textarea").await;
    }

    /// Takes everything out of a field, as a person does.
    pub async fn empty(&self, css: &str) {
        let field = self.browser.find(&self.within(css)).await;
        let keys = [char::from(Key::Control), 'a', char::from(Key::Control)];
        let keys: String = keys.into_iter().chain([char::from(Key::Delete)]).collect();
        field.send_keys(&keys).await.expect("a field");
        self.browser
            .until("an empty field", async || {
                Some(self.value(css).await).filter(String::is_empty)
            })
            .await;
    }

    /// The request as a program in this language sends it.
    pub async fn snippet(&self, language: &str) -> String {
        let buttons = self.within(".snippet-buttons button");
        let choose = format!(
            "const all = [...document.querySelectorAll('{buttons}')]; \
             const button = all.find((button) => button.textContent === '{language}'); button?.click(); \
             return button ? true : null"
        );
        self.browser.read(&choose).await;
        self.browser
            .find(&self.within(".snippet-buttons button[aria-pressed=true]"))
            .await;
        self.text(&self.within(".snippets .curl")).await
    }

    /// Presses "Execute" and waits for the next answer.
    pub async fn execute(&self) -> ShownAnswer {
        let status = self.execute_for_status().await;
        let body = self.within(".live-responses-table .highlight-code code");
        let body = self.text(&body).await;
        ShownAnswer {
            status,
            body: serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}")),
        }
    }

    /// Presses "Execute" and waits for the next answer, which may have no body.
    pub async fn execute_for_status(&self) -> String {
        let before = self.shown_request_id().await;
        self.click(".execute").await;
        self.browser
            .until("an answer", async || {
                Some(self.shown_request_id().await).filter(|id| *id != before && !id.is_null())
            })
            .await;
        let status = self.within(".live-responses-table tbody .response-col_status");
        self.text(&status).await
    }

    /// The selector of something in the block of the operation.
    pub fn within(&self, css: &str) -> String {
        format!("{} {css}", self.block)
    }

    async fn click(&self, css: &str) {
        self.browser.click(&self.within(css)).await;
    }

    /// The id of the answer on the page, or null.
    async fn shown_request_id(&self) -> Value {
        let shown = self.within(".live-responses-table");
        let script = format!(
            "const shown = document.querySelector('{shown}');
             return (shown?.textContent ?? '').match(/x-request-id: (\\S+)/)?.[1] ?? null"
        );
        let id = self.browser.client.execute(&script, Vec::new()).await;
        id.expect("a script")
    }

    async fn text(&self, css: &str) -> String {
        let script = format!("return document.querySelector('{css}')?.textContent ?? null");
        let text = self.browser.read(&script).await;
        text.as_str().expect("a text").to_owned()
    }
}
