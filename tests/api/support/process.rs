//! The program itself, as a process.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use super::{
    Caller, Claims, SECRET, TestDatabase, Transport, Wire, caller::client, cluster::free_port,
    marks::assert_tells_of_nobody, pooler, proc, wire_form::has_additions,
};

/// A running server, killed when dropped. What it logged at any level must not tell of people.
pub struct ServerProcess {
    command: Command,
    child: Child,
    pub address: SocketAddr,
    pub transport: Transport,
    client: reqwest::Client,
    log: File,
}

/// The program without anything of the tests' own environment; behind a pooler with the setting for it.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_record-lists"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RECORD_LISTS_") {
            command.env_remove(name);
        }
    }
    if let Some(kept) = pooler::statement_cache() {
        command.env("RECORD_LISTS_DATABASE_STATEMENT_CACHE", kept.to_string());
    }
    if !has_additions() {
        command.env("RECORD_LISTS_WIRE_FORMAT", "published");
    }
    command.current_dir(folder);
    command
}

/// What a command says and how it ends. A server that starts although it should not fails the test.
pub fn end_of(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    for _ in 0..3_000 {
        if child.try_wait().expect("a state").is_some() {
            return child.wait_with_output().expect("an end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let output = child.wait_with_output().expect("an end");
    panic!("the program does not end: {}", String::from_utf8_lossy(&output.stderr));
}

/// The one sentence of a program that refuses what it is given. It repeats no value that is `marked`.
#[track_caller]
pub fn refusal(command: &mut Command) -> String {
    let output = end_of(command.stdout(Stdio::piped()));
    let message = String::from_utf8(output.stderr).expect("a text");
    assert!(!output.status.success() && output.stdout.is_empty(), "{message}");
    let is_sentence = message.starts_with("record-lists: ") && message.lines().count() == 1;
    assert!(is_sentence && !message.contains("marked"), "{message}");
    message
}

#[track_caller]
pub fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

/// The program, started by a shell that first runs this command.
pub fn program_after(first: &str, folder: &Path) -> Command {
    let program = program(folder);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{first}; exec \"$@\""), "sh"])
        .arg(program.get_program())
        .current_dir(folder);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

impl ServerProcess {
    /// Starts a server on a free port; it may not answer yet.
    pub fn start(folder: &Path, database_url: &str, arguments: &[&str]) -> Self {
        Self::launch(program(folder), folder, database_url, arguments)
    }

    /// Starts a server that speaks HTTP over this, on a free port; it may not answer yet.
    pub fn start_over(transport: Transport, database: &TestDatabase, arguments: &[&str]) -> Self {
        let folder = database.folder.path();
        let flags = transport.flags(folder);
        let arguments: Vec<&str> = flags
            .iter()
            .map(String::as_str)
            .chain(arguments.iter().copied())
            .collect();
        Self::start(folder, &database.url, &arguments)
    }

    /// Starts so many servers on one database, and waits until all are ready.
    pub async fn start_all(database: &TestDatabase, count: usize, arguments: &[&str]) -> Vec<Self> {
        let start = |_| Self::start(database.folder.path(), &database.url, arguments);
        let servers: Vec<Self> = (0..count).map(start).collect();
        for server in &servers {
            server.ready().await;
        }
        servers
    }

    /// Starts a server that outlives limits on its files, for [`Self::limit_files`].
    pub fn start_with_limits(database: &TestDatabase) -> Self {
        Self::start_in_shell(database, "trap '' XFSZ", &[])
    }

    /// Starts a server from a shell that carried out a command first.
    pub fn start_in_shell(database: &TestDatabase, first: &str, arguments: &[&str]) -> Self {
        let folder = database.folder.path();
        Self::launch(program_after(first, folder), folder, &database.url, arguments)
    }

    /// Starts this command, which ends in the program, as a server on a free port.
    pub fn launch(mut command: Command, folder: &Path, database_url: &str, arguments: &[&str]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let log = folder.join(format!("server-{}.log", address.port()));
        let file = File::create(&log).expect("a file for the log");
        command
            .env("RECORD_LISTS_JWT_SECRET", SECRET)
            .env("RECORD_LISTS_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .args(["--bind", &address.to_string()])
            .args(["--database-url", database_url])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(file);
        Self {
            child: command.spawn().expect("the program starts"),
            command,
            address,
            transport: Transport::of(arguments.contains(&"--tls-cert")),
            client: client(),
            // Open from now on: the folder may be gone before the server is.
            log: File::open(log).expect("the log"),
        }
    }

    /// Starts the program again at the same address, after its end.
    pub fn start_again(&mut self) {
        self.child = self.command.spawn().expect("the program starts");
    }

    /// Ends the server and starts it again with these faults planted, written as the crate `fail` reads them.
    pub fn plant(&mut self, faults: &str) {
        self.terminate();
        self.command.env("FAILPOINTS", faults);
        self.start_again();
    }

    /// How long the server has computed so far.
    pub fn processor_time(&self) -> Duration {
        proc::processor_time(self.child.id())
    }

    /// How many files and sockets the server has open. It opens those of its database when it needs them.
    pub fn open_files(&self) -> usize {
        proc::open_files(self.child.id())
    }

    /// How many connections the server has accepted and not closed.
    pub fn connections(&self) -> usize {
        proc::connections(self.address.port())
    }

    /// Waits until no more than so many connections are left.
    pub async fn wait_for_connections(&self, at_most: usize, within: Duration) {
        let closed = async {
            while self.connections() > at_most {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let closed = tokio::time::timeout(within, closed).await;
        assert!(closed.is_ok(), "{} connections are open", self.connections());
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        let mut bytes = Vec::new();
        let mut log = &self.log;
        log.rewind().expect("the log");
        log.read_to_end(&mut bytes).expect("the log");
        String::from_utf8_lossy(&bytes).into_owned()
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
        proc::peak_memory(self.child.id())
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
        let url = format!("{}://{}{path}", self.transport.scheme(), self.address);
        for _ in 0..1_200 {
            if let Ok(answer) = self.client.get(&url).send().await
                && answer.status().is_success()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = self.log();
        let last: Vec<&str> = log.lines().rev().take(10).collect();
        panic!("the server does not answer at {path}; its last words, backwards: {last:#?}");
    }

    /// A connection on which requests can be sent.
    pub async fn connect(&self) -> Wire {
        self.transport.connect(self.address).await
    }

    /// A caller without a token.
    pub fn as_anonymous(&self) -> Caller {
        Caller::over(self.transport, &self.client, self.address, None)
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

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.is_ok_and(|sent| sent.success()));
    }

    /// Sends two signals, one right after the other.
    pub fn signal_twice(&self, first: &str, second: &str) {
        let pid = self.child.id();
        let orders = format!("kill -s {first} {pid}; kill -s {second} {pid}");
        let sent = Command::new("sh").args(["-c", &orders]).status();
        assert!(sent.is_ok_and(|sent| sent.success()));
    }

    /// Whether the server has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a state").is_none()
    }

    /// Waits for the end of the server.
    pub fn wait(&mut self) -> ExitStatus {
        for _ in 0..1_200 {
            if let Some(ended) = self.child.try_wait().expect("an end") {
                return ended;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not end");
    }

    /// Ends the server by SIGTERM and waits for its end.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let faults = log
                .lines()
                .filter(|line| line.contains("WARN") || line.contains("ERROR"));
            let last: Vec<&str> = faults.rev().take(20).collect();
            eprintln!("the last warnings and errors of the server, backwards: {last:#?}");
        } else {
            assert_tells_of_nobody(&self.log());
        }
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
