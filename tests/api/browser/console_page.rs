//! What people do in the console, and what they see there.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::chromium::Chromium;
use crate::support::{node_modules, pass_over};

/// The console, in a browser.
pub struct ConsolePage<'b> {
    browser: &'b Chromium,
}

impl<'b> ConsolePage<'b> {
    /// Opens the page.
    pub async fn open(browser: &'b Chromium) -> Self {
        browser.open("/console/").await;
        browser.find("#main h1").await;
        Self { browser }
    }

    /// Gives a token to the form for it.
    pub async fn sign_in(&self, token: &str) {
        self.fill("#token", token).await;
        self.browser.click("#token-form button[type=submit]").await;
    }

    /// Gives the id and the secret of a client to the form for them.
    pub async fn sign_in_as_client(&self, id: &str, secret: &str) {
        self.fill("#client-id", id).await;
        self.fill("#client-secret", secret).await;
        self.browser.click("#client-form button[type=submit]").await;
    }

    /// Goes to a place of the console, as a link does.
    pub async fn go(&self, hash: &str) {
        let go = format!("window.location.hash = '{hash}'; return true");
        self.browser.read(&go).await;
    }

    /// Types a text, instead of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.browser.find(css).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field for text");
    }

    /// Pastes a long text, which takes too long to type.
    pub async fn paste(&self, css: &str, text: &str) {
        self.browser.find(css).await;
        let paste = "const [css, text] = arguments; const field = document.querySelector(css); \
                     field.value = text; field.dispatchEvent(new Event('input', { bubbles: true }))";
        let pasted = self.browser.client.execute(paste, vec![json!(css), json!(text)]).await;
        pasted.expect("a script");
    }

    /// Types a number into "Find a number" and presses Enter.
    pub async fn find_number(&self, number: &str) {
        self.fill("#find-number", number).await;
        let field = self.browser.find("#find-number").await;
        let enter = char::from(Key::Enter).to_string();
        field.send_keys(&enter).await.expect("a field");
    }

    /// Waits until a part of the page says this.
    pub async fn says(&self, css: &str, text: &str) {
        let told = async || self.texts(css).await.iter().any(|told| told.contains(text));
        let is_told = self
            .browser
            .until_or_not(async || told().await.then_some(()))
            .await
            .is_some();
        assert!(is_told, "{css} does not say {text:?}: {:?}", self.texts("body").await);
    }

    /// The texts of all elements that fit.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let script = format!("return [...document.querySelectorAll('{css}')].map((element) => element.innerText)");
        let texts = self.browser.read(&script).await;
        serde_json::from_value(texts).expect("texts")
    }

    /// Whether somewhere where pages keep things, or in its address, there is one of these texts.
    pub async fn keeps(&self, texts: &[&str]) -> bool {
        let script =
            "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])";
        let kept = self.browser.read(script).await.to_string();
        texts.iter().any(|text| kept.contains(text))
    }

    /// Fails if axe finds something that hinders people, light or dark, on a laptop or on a phone; or if the page has to
    /// be scrolled sideways.
    pub async fn assert_accessible(&self, state: &str) {
        let Some(modules) = node_modules() else {
            return;
        };
        let Ok(axe) = std::fs::read_to_string(modules.join("axe-core/axe.min.js")) else {
            return pass_over("axe-core (npm)");
        };
        let client = &self.browser.client;
        client.execute(&axe, Vec::new()).await.expect("axe");
        for (width, scheme) in [(1366, "light"), (1366, "dark"), (390, "light"), (390, "dark")] {
            self.browser.resize(width).await;
            self.browser.prefer(scheme).await;
            let run = "const told = arguments[arguments.length - 1]; \
                       axe.run({ resultTypes: ['violations'] }).then(({ violations }) => told( \
                         violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.html, node.failureSummary])])))";
            let found = client.execute_async(run, Vec::new()).await.expect("a result");
            assert_eq!(found, json!([]), "{state}, {width}, {scheme}: {found:#}");
            let widths = self
                .browser
                .read("return [innerWidth, document.documentElement.scrollWidth]")
                .await;
            assert_eq!(widths, json!([width, width]), "{state}");
        }
        self.browser.resize(1366).await;
    }

    /// Remembers what the page copies, instead of the clipboard of the machine.
    pub async fn watch_clipboard(&self) {
        let script = "navigator.clipboard.writeText = async (text) => { window.copied = text; }; return true";
        self.browser.read(script).await;
    }

    /// What the page has copied.
    pub async fn copied(&self) -> Value {
        self.browser.read("return window.copied ?? null").await
    }
}
