//! The address to listen on: an IP address or a host name, and a port.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    str::FromStr,
};

use super::form::Form;

/// An IP address or a host name, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress(String);

impl ListenAddress {
    /// The one address to listen on. A host name may have several: IPv4 comes first, because what connects to the name
    /// tries all of its addresses, and what connects to an address usually has that of IPv4.
    pub fn resolve(&self) -> io::Result<SocketAddr> {
        let mut addresses: Vec<SocketAddr> = self.0.to_socket_addrs()?.collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let none = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        addresses.first().copied().ok_or_else(none)
    }
}

impl FromStr for ListenAddress {
    type Err = Form;

    fn from_str(text: &str) -> Result<Self, Form> {
        let is_name = |host: &str| {
            let is_usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !host.is_empty() && host.chars().all(is_usual)
        };
        let is_address = text.parse::<SocketAddr>().is_ok();
        let is_host_and_port = text
            .rsplit_once(':')
            .is_some_and(|(host, port)| is_name(host) && port.parse::<u16>().is_ok());
        if is_address || is_host_and_port {
            Ok(Self(text.to_owned()))
        } else {
            Err(Form::new(
                "must be an IP address or a host name with a port, such as \"127.0.0.1:8080\" or \"localhost:8080\"",
            ))
        }
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self(address.to_string())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_required() {
        for text in ["127.0.0.1:8080", "[::1]:8080", "localhost:0", "lists.example.com:80"] {
            assert!(text.parse::<ListenAddress>().is_ok(), "{text}");
        }
        for text in [
            "",
            "8080",
            ":8080",
            "localhost",
            "127.0.0.1",
            "localhost:",
            "localhost:http",
            "localhost:65536",
            "localhost:-1",
            "::1:8080",
            "http://localhost:8080",
            "a b:80",
        ] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn of_several_addresses_that_of_ipv4_is_taken() {
        let address: ListenAddress = "localhost:8080".parse().unwrap();
        let resolved = address.resolve().unwrap();
        assert!(resolved.ip().is_loopback() && resolved.port() == 8080);
        let has_ipv4 = "localhost:0"
            .to_socket_addrs()
            .unwrap()
            .any(|address| address.is_ipv4());
        assert_eq!(resolved.is_ipv4(), has_ipv4);
    }
}
