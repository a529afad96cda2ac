//! The real application, in a thread of its own, on a port and a database of its own.

use std::{net::SocketAddr, thread::JoinHandle, time::Duration};

use record_lists::{
    application::Application, config::Settings, http::response::format::WireFormat, record_list::Registry,
    store::LaneLoad, systemd::Sockets,
};
use tokio::sync::oneshot;

use super::{
    Caller, Claims, Database, SECRET, TestDatabase, TestList, Transport, Wire,
    caller::client,
    pooler,
    raw::{RawAnswer, exchange_on},
    wire_form::has_additions,
};

/// How long an application waits for its database.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct TestApp {
    pub address: SocketAddr,
    pub database: TestDatabase,
    transport: Transport,
    client: reqwest::Client,
    lists: Registry,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestApp {
    /// An application with its usual settings; `None` where the test has to be passed over.
    pub async fn start(database: Database) -> Option<Self> {
        Self::with(database, |_| {}).await
    }

    /// An application with other settings.
    pub async fn with(database: Database, change: impl FnOnce(&mut Settings)) -> Option<Self> {
        let database = database.create().await?;
        Some(Self::on(database, change).await)
    }

    /// An application that speaks HTTP over this.
    pub async fn over(transport: Transport, database: TestDatabase) -> Self {
        Self::over_with(transport, database, |_| {}).await
    }

    /// The same with other settings.
    pub async fn over_with(transport: Transport, database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = database.folder.path().to_owned();
        let change = |settings: &mut Settings| {
            transport.set(settings, &folder);
            change(settings);
        };
        Self::on(database, change).await
    }

    /// An application on this database, which it serves.
    pub async fn on(database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let app = Self::beside(database, change).await;
        app.wait_until_ready().await;
        app
    }

    /// An application beside this database, which it may not reach yet.
    pub async fn beside(database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let secret = database.folder.path().join("secret");
        std::fs::write(&secret, SECRET).expect("a file");
        let signing_key = database.folder.path().join("signing-key");
        std::fs::write(&signing_key, [7; 32]).expect("a file");
        let mut settings = Settings {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            database_url: database.url.clone(),
            database_pool_size: 5,
            jwt_secret_file: vec![secret.display().to_string()],
            signing_key_file: Some(signing_key),
            workers: Some(1),
            shutdown_timeout: Duration::from_secs(5),
            // A test that holds something, and whose machine is busy, must not meet a limit that it is not about.
            lock_timeout: PATIENCE,
            statement_timeout: PATIENCE,
            commit_timeout: PATIENCE,
            queue_timeout: 2 * PATIENCE,
            ..Settings::default()
        };
        if let Some(kept) = pooler::statement_cache() {
            settings.database_statement_cache = kept;
        }
        if !has_additions() {
            settings.wire_format = WireFormat::Published;
        }
        change(&mut settings);
        let transport = Transport::of(settings.tls_cert.is_some());
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, address) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let config = settings.resolve().expect("settings");
                let application = Application::build(config, Sockets::default())
                    .await
                    .expect("an application");
                started
                    .send((application.address(), application.lists()))
                    .unwrap_or_else(|_| panic!("the test waits"));
                let stop = async move {
                    let _ = stopped.await;
                };
                application.run_until(stop).await.expect("a server");
            });
        });
        let (address, lists) = address.await.expect("the application starts");
        Self {
            address,
            lists,
            database,
            transport,
            client: client(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// A connection on which requests can be sent.
    pub async fn connect(&self) -> Wire {
        self.transport.connect(self.address).await
    }

    /// Sends the bytes as they stand and reads until the application closes; the request should ask for that.
    pub async fn exchange(&self, request: impl AsRef<[u8]>) -> RawAnswer {
        exchange_on(self.connect().await, request).await
    }

    /// A caller without a token.
    pub fn as_anonymous(&self) -> Caller {
        Caller::over(self.transport, &self.client, self.address, None)
    }

    /// A caller with this token.
    pub fn with_token(&self, token: &str) -> Caller {
        Caller::over(
            self.transport,
            &self.client,
            self.address,
            Some(format!("Bearer {token}")),
        )
    }

    /// A manager of the account `acme`.
    pub fn as_manager(&self) -> Caller {
        self.with_token(&Claims::of("acme").token())
    }

    /// A manager of another account.
    pub fn as_stranger(&self) -> Caller {
        self.with_token(&Claims::of("other").token())
    }

    /// A new list of `acme`, which takes any records.
    pub async fn list(&self) -> TestList {
        TestList::create(self.as_manager(), "NOTHING").await
    }

    /// A new list of `acme` with this kind of identifier.
    pub async fn list_identified_by(&self, identified_by: &str) -> TestList {
        TestList::create(self.as_manager(), identified_by).await
    }

    /// Waits until so many callers wait for an answer about a list.
    pub async fn wait_for_callers(&self, count: usize) {
        for _ in 0..12_000 {
            if self.lists.waiting_callers() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{} callers wait", self.lists.waiting_callers());
    }

    /// Waits until one lane runs and so many batches wait for it.
    pub async fn wait_for_batches(&self, waiting: usize) {
        let running = 1;
        self.wait_for_lanes(LaneLoad { running, waiting }).await;
    }

    /// Waits until no lane runs.
    pub async fn wait_for_no_lane(&self) {
        let (running, waiting) = (0, 0);
        self.wait_for_lanes(LaneLoad { running, waiting }).await;
    }

    async fn wait_for_lanes(&self, expected: LaneLoad) {
        for _ in 0..12_000 {
            if self.lists.lane_load() == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{:?}", self.lists.lane_load());
    }

    /// Waits until the application can serve.
    pub async fn wait_until_ready(&self) {
        assert!(self.becomes_ready().await, "the application does not become ready");
    }

    /// Whether the application can serve within a minute.
    pub async fn becomes_ready(&self) -> bool {
        for _ in 0..2_400 {
            let answer = self.as_anonymous().get("/health/ready").send().await;
            if answer.status == 200 {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    }

    /// Tells the application to end, as SIGTERM does.
    pub fn order_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Ends the application as SIGTERM does, and waits for its end.
    pub fn stop(&mut self) {
        // Connections that are kept alive would be waited for.
        self.client = client();
        self.order_stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the application panicked");
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}
