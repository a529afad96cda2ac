//! Listening sockets that systemd opened (`LISTEN_FDS`).

use std::{
    env, io,
    net::{SocketAddr, TcpListener},
};

use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;
use thiserror::Error;

/// What sockets are for, by their `FileDescriptorName=`, and in this order if they have other names.
const NAMES: [&str; 2] = ["http", "metrics"];

/// The variable with the names.
const VARIABLE: &str = "LISTEN_FDNAMES";

/// The sockets that were passed to this process.
#[derive(Debug, Default)]
pub struct Sockets {
    /// For requests, in place of `--bind`.
    pub http: Option<TcpListener>,
    /// For metrics, in place of `--metrics-bind`.
    pub metrics: Option<TcpListener>,
}

/// Sockets that the service cannot use.
#[derive(Debug, Error)]
pub enum SocketError {
    /// It listens on TCP alone.
    #[error("the socket {0} from systemd is no TCP socket: name an IP address and a port in ListenStream=")]
    Kind(usize),
    /// It is a connection, for example.
    #[error("the socket {0} from systemd does not listen: leave out Accept=yes")]
    Silent(usize),
    /// There are more than it has use for.
    #[error("systemd passes {0} sockets; the service takes one for http and one for metrics")]
    Number(usize),
    /// Two are for the same.
    #[error("systemd passes two sockets with FileDescriptorName={0}; the service takes one")]
    Twice(&'static str),
}

impl Sockets {
    /// Takes the sockets from the environment. They are there once. To be called while the process has one thread,
    /// because it changes the environment.
    pub fn take() -> Result<Self, SocketError> {
        let names = env::var(VARIABLE).unwrap_or_default();
        let mut passed = ListenFd::from_env();
        let count = passed.len();
        if count > NAMES.len() {
            return Err(SocketError::Number(count));
        }
        let uses = uses(&names, count)?;
        let mut sockets = Self::default();
        for (index, name) in uses.into_iter().enumerate() {
            let number = index + 1;
            let listener = passed.take_tcp_listener(index);
            let listener = listener.ok().flatten().ok_or(SocketError::Kind(number))?;
            if !socket_acceptconn(&listener).is_ok_and(|listens| listens) {
                return Err(SocketError::Silent(number));
            }
            let place = match name {
                "http" => &mut sockets.http,
                _ => &mut sockets.metrics,
            };
            *place = Some(listener);
        }
        Ok(sockets)
    }

    /// The addresses of the sockets for requests and for metrics, as far as there are any.
    pub fn addresses(&self) -> io::Result<(Option<SocketAddr>, Option<SocketAddr>)> {
        let address = |socket: &Option<TcpListener>| socket.as_ref().map(TcpListener::local_addr).transpose();
        Ok((address(&self.http)?, address(&self.metrics)?))
    }
}

/// What each of so many sockets is for.
fn uses(names: &str, count: usize) -> Result<Vec<&'static str>, SocketError> {
    let given: Vec<&str> = names.split(':').collect();
    let known = |index: usize| NAMES.into_iter().find(|name| given.get(index) == Some(name));
    let mut uses: Vec<Option<&'static str>> = (0..count).map(known).collect();
    for index in 0..count {
        let taken = uses.clone();
        if uses[index].is_none() {
            uses[index] = NAMES.into_iter().find(|name| !taken.contains(&Some(name)));
        } else if taken[..index].contains(&taken[index]) {
            return Err(SocketError::Twice(taken[index].unwrap_or_default()));
        }
    }
    Ok(uses.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_told_apart_by_name_and_else_by_order() {
        for (names, count, expected) in [
            ("", 0, &[][..]),
            ("http:metrics", 0, &[]),
            ("", 1, &["http"]),
            ("record-lists.socket", 1, &["http"]),
            ("metrics", 1, &["metrics"]),
            ("a:b", 2, &["http", "metrics"]),
            ("metrics:http", 2, &["metrics", "http"]),
            ("metrics:a", 2, &["metrics", "http"]),
            ("a:http", 2, &["metrics", "http"]),
            ("http", 2, &["http", "metrics"]),
        ] {
            assert_eq!(uses(names, count).expect("uses"), expected, "{names:?} {count}");
        }
        let twice = uses("http:http", 2).expect_err("refused").to_string();
        assert!(twice.contains("FileDescriptorName=http"), "{twice}");
    }
}
