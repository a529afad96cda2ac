//! Stands between a program and its server, and does what networks and busy servers do.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What happens to a request.
#[derive(Clone)]
pub enum Fault {
    /// Nothing: it is carried out, and the response arrives.
    Pass,
    /// It does not arrive, and this is the response.
    Respond(String),
    /// It is carried out, and the connection is cut before the response.
    Lose,
    /// It is carried out, and the connection is cut in the middle of the response.
    Halve,
    /// It is carried out, and this text of the response is another one of the same length.
    Replace(&'static str, &'static str),
}

impl Fault {
    /// An error in the form of the service; `retry_after` is in seconds.
    pub fn error(status: u16, code: &str, retry_after: Option<u8>) -> Self {
        let body = format!(r#"{{"code":"{code}","message":"A fault that was planted."}}"#);
        let retry_after = retry_after.map(|seconds| format!("Retry-After: {seconds}\r\n"));
        Self::Respond(format!(
            "HTTP/1.1 {status} Planted\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n{}\r\n{body}",
            body.len(),
            retry_after.unwrap_or_default()
        ))
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and target.
    pub line: String,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    pub body: Vec<u8>,
    pub at: Instant,
}

/// The proxy, until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

/// Faults that are left: what the line of the request contains, how often, and what happens.
type Plan = Vec<(&'static str, usize, Fault)>;

impl Proxy {
    /// Each fault happens to the next requests that it is meant for; all others pass.
    pub async fn start(to: SocketAddr, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let noted = Arc::clone(&seen);
        let plan = Arc::new(Mutex::new(plan));
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (noted, plan) = (Arc::clone(&noted), Arc::clone(&plan));
                tokio::spawn(async move { serve(connection, to, &noted, &plan).await });
            }
        });
        Self { address, seen, task }
    }

    /// The requests whose line contains this.
    pub fn seen(&self, part: &str) -> Vec<Seen> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter()
            .filter(|request| request.line.contains(part))
            .cloned()
            .collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The fault of this request, which is then used up.
fn next_fault(plan: &Mutex<Plan>, line: &str) -> Fault {
    let mut plan = plan.lock().expect("no panic");
    let found = plan
        .iter_mut()
        .find(|(part, times, _)| *times > 0 && line.contains(part));
    found.map_or(Fault::Pass, |(_, times, fault)| {
        *times -= 1;
        fault.clone()
    })
}

async fn serve(mut near: TcpStream, to: SocketAddr, seen: &Mutex<Vec<Seen>>, plan: &Mutex<Plan>) {
    let Some((head, body)) = read_request(&mut near).await else {
        return;
    };
    let line = head.lines().next().unwrap_or_default().to_owned();
    let fault = next_fault(plan, &line);
    seen.lock().expect("no panic").push(Seen {
        line,
        key: header(&head, "idempotency-key").map(str::to_owned),
        body: body.clone(),
        at: Instant::now(),
    });
    if let Fault::Respond(response) = &fault {
        let _ = near.write_all(response.as_bytes()).await;
        return;
    }
    let mut far = TcpStream::connect(to).await.expect("the server");
    let message = [close_behind(&head).as_bytes(), &body].concat();
    far.write_all(&message).await.expect("the server reads");
    let mut response = Vec::new();
    far.read_to_end(&mut response).await.expect("the server responds");
    match fault {
        Fault::Pass | Fault::Respond(_) => {}
        Fault::Lose => return,
        Fault::Halve => response.truncate(response.len() - 10),
        Fault::Replace(from, by) => {
            let text = String::from_utf8(response).expect("a text");
            assert!(text.contains(from) && from.len() == by.len(), "{text}");
            response = text.replace(from, by).into_bytes();
        }
    }
    let _ = near.write_all(&response).await;
}

/// Head and body; `None` if the client goes away.
async fn read_request(near: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end + 4].to_vec()).expect("a head of text");
            let length = header(&head, "content-length").map_or(0, |length| length.parse().expect("a length"));
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes.split_off(end + 4)));
            }
        }
        let length @ 1.. = near.read(&mut buffer).await.ok()? else {
            return None;
        };
        bytes.extend_from_slice(&buffer[..length]);
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

/// The head of a request after which the server closes the connection.
fn close_behind(head: &str) -> String {
    let lines = head.trim_end().lines();
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let kept: Vec<&str> = kept.chain(["Connection: close", "", ""]).collect();
    kept.join("\r\n")
}
