//! The program itself, as a process.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::{Caller, Claims, SECRET, TestDatabase, cluster::free_port};

/// A running server, killed when dropped.
pub struct ServerProcess {
    child: Child,
    pub address: SocketAddr,
    client: reqwest::Client,
}

/// The program with the tests' secret and nothing of the tests' own environment.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_record-lists"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RECORD_LISTS_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder);
    command
}

impl ServerProcess {
    /// Starts a server on a free port; it may not answer yet.
    pub fn start(folder: &Path, database_url: &str, arguments: &[&str]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let child = program(folder)
            .env("RECORD_LISTS_JWT_SECRET", SECRET)
            .args([
                "--bind",
                &address.to_string(),
                "--database-url",
                database_url,
            ])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        Self {
            child,
            address,
            client: reqwest::Client::new(),
        }
    }

    /// Starts a server that outlives limits on its files, for [`Self::limit_files`].
    pub fn start_with_limits(database: &TestDatabase) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_record-lists"))
            .args(["--bind", &address.to_string()])
            .args(["--database-url", &database.url])
            .current_dir(database.folder.path())
            .env("RECORD_LISTS_JWT_SECRET", SECRET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        Self {
            child,
            address,
            client: reqwest::Client::new(),
        }
    }

    /// Bounds the size of files that the server may write, in bytes, or lifts the bound: a disk that fails.
    pub fn limit_files(&self, bytes: &str) {
        let limited = Command::new("prlimit")
            .arg(format!("--pid={}", self.child.id()))
            .arg(format!("--fsize={bytes}:unlimited"))
            .status();
        assert!(limited.is_ok_and(|limited| limited.success()));
    }

    /// The most memory that the process ever had, in KiB.
    pub fn peak_memory(&self) -> u64 {
        super::memory::peak_of(self.child.id())
    }

    /// Waits until the server answers at all.
    pub async fn alive(&self) {
        self.wait_for("/health/live").await;
    }

    /// Waits until the server can serve.
    pub async fn ready(&self) {
        self.wait_for("/health/ready").await;
    }

    async fn wait_for(&self, path: &str) {
        let url = format!("http://{}{path}", self.address);
        for _ in 0..600 {
            if let Ok(answer) = self.client.get(&url).send().await
                && answer.status().is_success()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not answer at {path}");
    }

    /// A caller without a token.
    pub fn as_anonymous(&self) -> Caller {
        Caller::new(&self.client, self.address, None)
    }

    /// A manager of the account `acme`.
    pub fn as_manager(&self) -> Caller {
        let authorization = format!("Bearer {}", Claims::of("acme").token());
        self.as_anonymous().authorization(&authorization)
    }

    /// Ends the server by SIGKILL, wherever it is.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("an end");
    }

    /// Ends the server by SIGTERM and waits for its end.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.is_ok_and(|sent| sent.success()));
        self.child.wait().expect("an end")
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program whose first lines a test reads.
pub struct Spoken {
    child: Child,
}

impl Spoken {
    pub fn start(mut command: Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        Self { child }
    }

    /// What is on standard output up to the line that starts with `last`.
    pub fn read_to(&mut self, last: &str) -> String {
        let output = self.child.stdout.as_mut().expect("a pipe");
        let mut text = String::new();
        for line in BufReader::new(output.by_ref()).lines() {
            let line = line.expect("a line");
            text.push_str(&line);
            text.push('\n');
            if line.starts_with(last) {
                break;
            }
        }
        text
    }
}

impl Drop for Spoken {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
