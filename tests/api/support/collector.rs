//! A collector of OpenTelemetry: a small HTTP server that keeps the spans it is sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A collector on a loopback address, until the tests end.
pub struct Collector {
    address: SocketAddr,
    scheme: &'static str,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    /// A collector that takes whatever it is sent.
    pub fn start() -> Self {
        Self::launch(None)
    }

    /// The same with an encrypted connection.
    pub fn start_encrypted(config: ServerConfig) -> Self {
        Self::launch(Some(Arc::new(config)))
    }

    fn launch(config: Option<Arc<ServerConfig>>) -> Self {
        let (listener, address) = listen();
        let scheme = if config.is_some() { "https" } else { "http" };
        let bodies = Arc::default();
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (config, kept) = (config.clone(), Arc::clone(&kept));
                std::thread::spawn(move || match config {
                    None => take(connection, &kept),
                    Some(config) => {
                        let tls = ServerConnection::new(config).expect("a connection");
                        take(StreamOwned::new(tls, connection), &kept);
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            bodies,
        }
    }

    /// What the program calls it.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    /// Everything that was sent, as it was sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().expect("no thread has panicked").concat()
    }

    /// What was sent.
    pub fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.bodies.lock().expect("no thread has panicked");
        let decode = |body: &Vec<u8>| ExportTraceServiceRequest::decode(body.as_slice()).expect("a message of OTLP");
        bodies.iter().map(decode).collect()
    }

    /// All spans that were sent.
    pub fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

/// The URL of a collector that accepts connections and never answers, as long as the listener is there.
pub fn hanging() -> (TcpListener, String) {
    let (listener, address) = listen();
    (listener, format!("http://{address}"))
}

/// The value of an attribute, as text.
pub fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{key} is {other:?}"),
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Takes the requests of a connection until it is closed.
fn take(connection: impl Read + Write, kept: &Mutex<Vec<Vec<u8>>>) {
    let mut connection = BufReader::new(connection);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !connection.read_line(&mut head).is_ok_and(|read| read > 0) {
                return;
            }
        }
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        let head = head.to_lowercase();
        assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
        let length = head
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next());
        let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
        let mut body = vec![0; length];
        connection.read_exact(&mut body).expect("a body");
        kept.lock().expect("no thread has panicked").push(body);
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
        let stream = connection.get_mut();
        stream.write_all(answer.as_bytes()).expect("an answer");
        stream.flush().expect("an answer");
    }
}
