//! An identity provider: a small HTTP server that counts its requests and answers as a test tells it.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a test waits for a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// A provider on a loopback address, until it is dropped.
pub struct IdentityProvider {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The whole responses, by path.
    answers: HashMap<String, Vec<u8>>,
    /// The paths that were asked for.
    requests: Vec<String>,
    is_held: bool,
    is_stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread has panicked")
    }

    /// Changes the state, of which others may wait for something.
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

impl IdentityProvider {
    /// A provider that publishes nothing yet: every path is 404.
    pub fn start() -> Self {
        Self::launch(None)
    }

    /// The same with an encrypted connection.
    pub fn start_encrypted(config: ServerConfig) -> Self {
        Self::launch(Some(Arc::new(config)))
    }

    fn launch(config: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let scheme = if config.is_some() { "https" } else { "http" };
        let of_server = Arc::clone(&shared);
        let thread = std::thread::spawn(move || serve(&listener, config.as_ref(), &of_server));
        Self {
            address,
            scheme,
            shared,
            thread: Some(thread),
        }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.address.port())
    }

    /// Answers a path with a JSON text from now on.
    pub fn publish(&self, path: &str, json: &str) {
        self.answer(path, "200 OK", json);
    }

    /// Answers a path with this status line, which headers may follow, and a body.
    pub fn answer(&self, path: &str, status: &str, body: &str) {
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        self.answer_with(path, answer);
    }

    /// Answers a path with these bytes.
    pub fn answer_with(&self, path: &str, answer: impl Into<Vec<u8>>) {
        let (path, answer) = (path.to_owned(), answer.into());
        self.shared.change(|state| drop(state.answers.insert(path, answer)));
    }

    /// Lets all requests wait, from now on, until [`Self::release`].
    pub fn hold(&self) {
        self.shared.change(|state| state.is_held = true);
    }

    /// Answers the requests that wait.
    pub fn release(&self) {
        self.shared.change(|state| state.is_held = false);
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.shared.lock().requests.len()
    }

    /// How many requests for this path have come.
    pub fn requests_for(&self, path: &str) -> usize {
        let state = self.shared.lock();
        state.requests.iter().filter(|asked| *asked == path).count()
    }

    /// Waits until so many requests have come. It blocks its thread, which must not be the one that sends them.
    pub fn wait_for_requests(&self, count: usize) {
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| state.requests.len() < count);
        let (state, _) = waited.expect("no thread has panicked");
        assert!(
            state.requests.len() >= count,
            "only {:?} were asked for",
            state.requests
        );
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.shared.change(|state| state.is_stopped = true);
        // The server notices it at the next connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, config: Option<&Arc<ServerConfig>>, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        if shared.lock().is_stopped {
            return;
        }
        let (Ok(connection), config, shared) = (connection, config.cloned(), Arc::clone(shared)) else {
            continue;
        };
        std::thread::spawn(move || match config {
            None => exchange(connection, &shared),
            Some(config) => {
                let tls = ServerConnection::new(config).expect("a connection");
                exchange(StreamOwned::new(tls, connection), &shared);
            }
        });
    }
}

/// Answers one request. A client that goes away is none of the provider's business.
fn exchange(mut stream: impl Read + Write, shared: &Shared) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.extend_from_slice(&byte),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    shared.change(|state| state.requests.push(path.clone()));
    let state = shared.lock();
    let waited = shared
        .changed
        .wait_while(state, |state| state.is_held && !state.is_stopped);
    let answer = waited.expect("no thread has panicked").answers.get(&path).cloned();
    let nothing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let _ = stream.write_all(&answer.unwrap_or(nothing));
    let _ = stream.flush();
}
