//! A Chromium of the test's own, driven through chromedriver.
//!
//! A shell starts chromedriver and ends it and its browser when its standard input closes: however the tests end, no
//! process and no folder is left behind.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    elements::Element,
    error::{CmdError, NewSessionError},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::support::pass_over;

/// How long the page may take for what it was told to do. The machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts chromedriver on a port of its choice. The browser's number stands in the lock of its profile.
const SCRIPT: &str = r#"
trap '' INT HUP
dir=$(mktemp -d /tmp/record-lists-browser-XXXXXX)
# A browser that is killed leaves its temporary folders behind.
export HOME="$dir" TMPDIR="$dir"
echo "$dir"
chromedriver --port=0 &
driver=$!
read -r _
kill -KILL "$driver"
lock=$(readlink "$dir/profile/SingletonLock")
browser=${lock##*-}
# A browser that is told to end has its children ended first, and none of them writes into the folder any more.
kill -TERM "$browser"
for _ in $(seq 100); do
  kill -0 "$browser" || break
  sleep 0.1
done
kill -KILL "$browser"
rm -rf "$dir"
"#;

/// A browser without any history, which finds no other host than the one that it is for.
pub struct Chromium {
    pub client: Client,
    /// Where chromedriver answers for this browser.
    session: String,
    server: String,
    clicks: AtomicUsize,
    _process: Process,
}

/// The shell round chromedriver.
struct Process {
    orders: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    shell: Child,
}

impl Chromium {
    /// A browser for the pages of a server; `None` where the test has to be passed over.
    pub async fn start(server: SocketAddr) -> Option<Self> {
        if !["chromium", "chromedriver"].into_iter().all(is_installed) {
            pass_over("chromium and chromedriver");
            return None;
        }
        // A busy machine may be too slow for chromedriver's patience with the browser.
        for _ in 0..2 {
            match Self::try_start(server).await {
                Ok(browser) => return Some(browser),
                Err(error) => eprintln!("no browser, and another try: {error}"),
            }
        }
        Some(Self::try_start(server).await.expect("a browser"))
    }

    async fn try_start(server: SocketAddr) -> Result<Self, NewSessionError> {
        let (process, driver, folder) = Process::start();
        let profile = format!("--user-data-dir={folder}/profile");
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1366,768",
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", profile,
                ],
            },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("an object was written")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver)
            .await?;
        let id = client.session_id().await.expect("a session");
        let id = id.expect("a session has an id");
        Ok(Self {
            client,
            session: format!("{driver}/session/{id}"),
            server: format!("http://{server}"),
            clicks: AtomicUsize::new(0),
            _process: process,
        })
    }

    /// Opens a page of the server.
    pub async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.server);
        self.client.goto(&url).await.expect("a page");
    }

    /// Forgets what pages have stored.
    pub async fn forget(&self) {
        let clear = self.client.execute("localStorage.clear()", Vec::new());
        clear.await.expect("a script");
    }

    /// Gives the page so many pixels from left to right.
    pub async fn resize(&self, width: u16) {
        let screen = json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": true});
        let order = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": screen});
        self.ask_driver("goog/cdp/execute", &order).await;
    }

    /// Makes the system prefer light or dark pages.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        let order = json!({"cmd": "Emulation.setEmulatedMedia", "params": features});
        self.ask_driver("goog/cdp/execute", &order).await;
    }

    /// Waits for an element.
    #[track_caller]
    pub fn find(&self, css: &str) -> impl Future<Output = Element> {
        let place = std::panic::Location::caller();
        async move {
            let wait = self.client.wait().at_most(PATIENCE);
            let element = wait.for_element(Locator::Css(css)).await;
            element.unwrap_or_else(|error| panic!("{place}: no {css}: {error}"))
        }
    }

    /// How many times a person has clicked.
    pub fn clicks(&self) -> usize {
        self.clicks.load(Ordering::Relaxed)
    }

    /// Clicks an element as soon as it can be clicked.
    #[track_caller]
    pub fn click(&self, css: &str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            self.until(&format!("{place}: {css}"), async || {
                let element = self.client.find(Locator::Css(css)).await;
                let clicked = match element {
                    Ok(element) => element.click().await,
                    Err(error) => Err(error),
                };
                match clicked {
                    Ok(()) => Some(()),
                    // It is not there yet or any more, something moves, or lies over it.
                    Err(CmdError::Standard(_)) => None,
                    Err(error) => panic!("{place}: {css}: {error}"),
                }
            })
            .await;
            self.clicks.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What a script returns as soon as that is not null.
    pub async fn read(&self, script: &str) -> Value {
        self.until(script, async || {
            let value = self.client.execute(script, Vec::new()).await;
            Some(value.expect("a script")).filter(|value| !value.is_null())
        })
        .await
    }

    /// Asks again and again until there is something.
    pub async fn until<T>(&self, what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
        let answer = self.until_or_not(ask).await;
        answer.unwrap_or_else(|| panic!("the browser waits in vain: {what}"))
    }

    /// Asks again and again until there is something, or it took too long.
    pub async fn until_or_not<T>(&self, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
        let asked = async {
            loop {
                if let Some(value) = ask().await {
                    return value;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.ok()
    }

    /// Fails when the browser refused or missed anything, or asked another host for something. Answers of 4xx are
    /// the test's own matter.
    pub async fn assert_at_peace(&self) {
        let told = self.log("browser").await;
        let complaints: Vec<_> = told
            .iter()
            .filter(|entry| entry["level"] != "INFO" && entry["source"] != "network")
            // What could be nicer, such as a form around a password, is no complaint.
            .filter(|entry| entry["source"] != "recommendation")
            // Swagger UI looks for a field for numbers of 64 bits, and takes that for numbers.
            .filter(|entry| !entry["message"].to_string().contains("JsonSchema_integer_int64"))
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let events = self.log("performance").await;
        let asked: Vec<String> = events.iter().filter_map(requested).collect();
        assert!(asked.iter().any(|url| url.starts_with(&self.server)));
        for url in asked {
            // The browser's own first tab is `chrome:`.
            let is_local = url.starts_with("data:") || url.starts_with("chrome:");
            let is_own = url.starts_with(&format!("{}/", self.server));
            assert!(is_own || is_local, "the page asks for {url}");
        }
        let missed: Vec<String> = events.iter().filter_map(missed).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.ask_driver("se/log", &json!({ "type": kind })).await;
        entries.as_array().expect("entries").clone()
    }

    /// Asks chromedriver for what is no part of WebDriver.
    async fn ask_driver(&self, command: &str, order: &Value) -> Value {
        let url = format!("{}/{command}", self.session);
        let answer = reqwest::Client::new().post(url).json(order).send().await;
        let answer: Value = answer.expect("an answer").json().await.expect("JSON");
        answer["value"].clone()
    }
}

/// The address of a request that an entry of the performance log tells of.
fn requested(entry: &Value) -> Option<String> {
    let event = event(entry);
    let is_request = event["method"] == "Network.requestWillBeSent";
    let url = event["params"]["request"]["url"].as_str();
    url.filter(|_| is_request).map(str::to_owned)
}

/// The address of a file of the pages that an entry says was not there.
fn missed(entry: &Value) -> Option<String> {
    let event = event(entry);
    let answer = &event["params"]["response"];
    let is_missed =
        event["method"] == "Network.responseReceived" && answer["status"].as_u64().is_some_and(|status| status >= 400);
    let url = answer["url"].as_str().filter(|_| is_missed);
    // What those answer is the test's own matter.
    let of_operations = ["/record-lists", "/oauth/"];
    url.filter(|url| !of_operations.iter().any(|path| url.contains(path)))
        .map(str::to_owned)
}

fn event(entry: &Value) -> Value {
    let message = entry["message"].as_str().expect("a message");
    let mut message: Value = serde_json::from_str(message).expect("JSON");
    message["message"].take()
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

impl Process {
    /// Starts chromedriver; its address, and the folder for its browser.
    fn start() -> (Self, String, String) {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut process = Self {
            orders: shell.stdin.take(),
            output: BufReader::new(shell.stdout.take().expect("a pipe")),
            shell,
        };
        let folder = process.line();
        loop {
            let line = process.line();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let port = port.trim_end_matches('.');
                return (process, format!("http://127.0.0.1:{port}"), folder);
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).expect("a line");
        assert!(length > 0, "chromedriver does not start");
        line.trim_end().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.shell.wait();
    }
}
