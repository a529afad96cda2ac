//! A connection that reads while it sends. A server that refuses a large body responds before it has read it, and may
//! close the connection: a client that first sent everything would not see the response.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    sync::Arc,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, tcp::WriteHalf},
};

/// A request as it goes over the wire. Requests with the same body share it.
pub(crate) struct Request {
    head: Vec<u8>,
    body: Arc<[u8]>,
}

impl Request {
    pub(crate) fn get(path: &str, token: Option<&str>) -> Self {
        Self {
            head: head("GET", path, token, "").into_bytes(),
            body: Arc::default(),
        }
    }

    /// A request with a body in JSON.
    pub(crate) fn with_body(method: &str, path: &str, token: &str, body: impl Into<Arc<[u8]>>) -> Self {
        let body = body.into();
        let about_body = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        Self {
            head: head(method, path, Some(token), &about_body).into_bytes(),
            body,
        }
    }

    fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// What comes after the bytes that were sent.
    fn after(&self, sent: usize) -> [IoSlice<'_>; 2] {
        let (of_head, of_body) = match sent.checked_sub(self.head.len()) {
            None => (&self.head[sent..], &self.body[..]),
            Some(of_body) => (&[][..], &self.body[of_body..]),
        };
        [IoSlice::new(of_head), IoSlice::new(of_body)]
    }
}

fn head(method: &str, path: &str, token: Option<&str>, more: &str) -> String {
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\n{}{more}\r\n",
        authorization.unwrap_or_default()
    )
}

/// A connection that is opened when it is needed, again if the server has closed it.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::with_capacity(64 * 1024),
        }
    }

    /// Sends a request and returns the status of the response. Its body is read and forgotten.
    pub(crate) async fn send(&mut self, request: &Request) -> io::Result<u16> {
        self.exchange(request, |_| ()).await
    }

    /// Sends a request and returns the status and the body of the response.
    pub(crate) async fn ask(&mut self, request: &Request) -> io::Result<(u16, Vec<u8>)> {
        let mut body = Vec::new();
        let status = self.exchange(request, |part| body.extend_from_slice(part)).await?;
        Ok((status, body))
    }

    /// After an error the connection is no longer used.
    async fn exchange(&mut self, request: &Request, mut keep: impl FnMut(&[u8])) -> io::Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        let (mut reader, mut writer) = stream.split();
        let mut sent = 0;
        let mut takes_more = true;
        self.buffer.clear();
        let head = loop {
            let unsent = takes_more && sent < request.len();
            tokio::select! {
                biased;
                read = reader.read_buf(&mut self.buffer) => {
                    ensure_any(read?)?;
                    if let Some(head) = Head::read(&self.buffer)? {
                        break head;
                    }
                }
                written = write(&mut writer, request, sent), if unsent => match written {
                    Ok(written) => sent += written,
                    // The response may have come before the server closed the connection.
                    Err(_) => takes_more = false,
                },
            }
        };
        keep(&self.buffer[head.size..]);
        let mut left = head.body.saturating_sub(self.buffer.len() - head.size);
        while left > 0 {
            self.buffer.clear();
            let read = ensure_any(reader.read_buf(&mut self.buffer).await?)?;
            keep(&self.buffer);
            left = left.saturating_sub(read);
        }
        let mut stays = takes_more && !head.closes;
        // A server that keeps the connection reads the rest of the body before the next request.
        while stays && sent < request.len() {
            match write(&mut writer, request, sent).await {
                Ok(written) => sent += written,
                Err(_) => stays = false,
            }
        }
        self.stream = stays.then_some(stream);
        Ok(head.status)
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends as much as the connection takes at once. If the future is dropped, nothing was sent.
async fn write(writer: &mut WriteHalf<'_>, request: &Request, sent: usize) -> io::Result<usize> {
    writer.write_vectored(&request.after(sent)).await
}

fn ensure_any(read: usize) -> io::Result<usize> {
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(read)
}

/// What the head of a response says. The response must have a `Content-Length` if it has a body.
struct Head {
    status: u16,
    size: usize,
    body: usize,
    closes: bool,
}

impl Head {
    /// Reads the head; `None` if it is not complete yet.
    fn read(response: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut parsed = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(size) = parsed.parse(response).map_err(io::Error::other)? else {
            return Ok(None);
        };
        let value = |name: &str| {
            let header = parsed
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))?;
            str::from_utf8(header.value).ok()
        };
        Ok(Some(Self {
            status: parsed.code.unwrap_or_default(),
            size,
            body: value("content-length").map_or(0, |length| length.parse().unwrap_or(0)),
            closes: value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
        }))
    }
}
