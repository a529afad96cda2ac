//! A server process with one list, and what must be true of it after whatever was sent to it.

use crate::support::{Claims, Database, ServerProcess, TestDatabase, TestList, external_person, pass_over};

pub struct Served {
    pub server: ServerProcess,
    pub list: TestList,
    ids: Vec<String>,
    memory: u64,
    _database: TestDatabase,
}

impl Served {
    /// A server with a list of one record, which waits so long for bodies; `None` where the test has to be passed over.
    pub async fn start(database: Database, body_timeout: &str) -> Option<Self> {
        if !std::path::Path::new("/proc/self/status").exists() {
            pass_over("/proc (Linux)");
            return None;
        }
        let database = database.create().await?;
        let arguments = ["--body-timeout", body_timeout];
        let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
        server.ready().await;
        let list = TestList::create(server.as_manager(), "NOTHING").await;
        let ids = list.add(&[external_person("+14155550101", "crm", "A")]).await;
        Some(Self {
            memory: server.peak_memory(),
            server,
            list,
            ids,
            _database: database,
        })
    }

    /// The start of a request without its length and its end.
    pub fn head(&self, method: &str, rest: &str) -> String {
        let token = Claims::of("acme").token();
        let path = self.list.path(rest);
        format!("{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n")
    }

    /// The body that deletes the record.
    pub fn deletion(&self) -> String {
        format!(r#"[{{"id":"{}"}}]"#, self.ids[0])
    }

    /// Nothing was deleted, the server serves, and it did not grow by more than so many KiB.
    pub async fn assert_unharmed(&self, growth: u64) {
        assert_eq!(self.list.ids().await, self.ids);
        let grown = self.server.peak_memory().saturating_sub(self.memory);
        assert!(grown < growth, "the server grew by {grown} KiB");
        self.list.delete_ids(&[&self.ids[0]]).await.assert_deleted(1, 0, 1);
    }
}
