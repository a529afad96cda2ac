//! What a server with `--metrics-bind` says of itself.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use reqwest::Client;

use super::free_port;

/// The value of each series.
pub type Series = BTreeMap<String, f64>;

/// The address where a server has its metrics.
#[derive(Clone, Copy)]
pub struct Metrics(pub SocketAddr);

impl Metrics {
    /// An address for a server that is started with these [`flags`](Self::flags).
    pub fn at_free_port() -> Self {
        Self(SocketAddr::from(([127, 0, 0, 1], free_port())))
    }

    /// The flags of the server.
    pub fn flags(&self) -> [String; 2] {
        ["--metrics-bind".to_owned(), self.0.to_string()]
    }

    /// Waits until a series has such a value; the values of all series then.
    pub async fn until(&self, name: &str, is_it: impl Fn(f64) -> bool) -> Series {
        for _ in 0..1_200 {
            let series = self.series().await;
            if series.get(name).is_some_and(|value| is_it(*value)) {
                return series;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} does not get there: {:#?}", self.series().await);
    }

    /// The text of the metrics.
    pub async fn text(&self) -> String {
        let url = format!("http://{}/metrics", self.0);
        let answer = Client::new().get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(answer.headers()["content-type"], content_type);
        let text = String::from_utf8(answer.bytes().await.expect("a body").to_vec()).expect("a text");
        assert!(text.ends_with("# EOF\n"), "{text}");
        text
    }

    /// The value of each series.
    pub async fn series(&self) -> Series {
        let text = self.text().await;
        let values = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            (series.to_owned(), value.parse().expect("a number"))
        });
        values.collect()
    }
}
