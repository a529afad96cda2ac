//! Requests and answers. Every answer is checked against the OpenAPI document before a test sees it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderValue},
};
use serde_json::Value;

use super::{AUTHORITY, Transport, contract, wire_form};

/// A client that trusts the authority of the tests, and closes its idle connections before the server does: a request
/// on a connection that the server is closing gets no answer.
pub fn client() -> reqwest::Client {
    let own = reqwest::Certificate::from_pem(AUTHORITY.pem.as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder()
        .pool_idle_timeout(Duration::from_secs(2))
        .tls_certs_only([own]);
    client.build().expect("a client")
}

/// Someone who calls.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    base: String,
    authorization: Option<String>,
    is_patient: bool,
}

impl Caller {
    pub fn new(client: &reqwest::Client, address: SocketAddr, authorization: Option<String>) -> Self {
        Self::over(Transport::Plain, client, address, authorization)
    }

    pub fn over(
        transport: Transport,
        client: &reqwest::Client,
        address: SocketAddr,
        authorization: Option<String>,
    ) -> Self {
        Self {
            client: client.clone(),
            base: format!("{}://{address}", transport.scheme()),
            authorization,
            is_patient: false,
        }
    }

    /// The same, who asks again where a server says that it did nothing: one with short limits on a busy machine.
    pub fn patient(mut self) -> Self {
        self.is_patient = true;
        self
    }

    /// The same with another `Authorization` header, as it stands.
    pub fn authorization(mut self, value: &str) -> Self {
        self.authorization = Some(value.to_owned());
        self
    }

    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// The page at a path.
    pub async fn page(&self, path: &str) -> Value {
        self.get(path).send().await.assert_status(200).json()
    }

    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        let url = format!("{}{path}", self.base);
        let mut request = self.client.request(method.clone(), url);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        TestRequest {
            request,
            method,
            path: path.to_owned(),
            body: None,
            prefers: None,
            is_patient: self.is_patient,
        }
    }
}

/// A request that is not sent yet.
#[must_use]
pub struct TestRequest {
    request: reqwest::RequestBuilder,
    method: Method,
    path: String,
    body: Option<Value>,
    prefers: Option<String>,
    is_patient: bool,
}

impl TestRequest {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if name == "prefer" {
            self.prefers = Some(value.to_owned());
        }
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
        self.request = self.request.header(name, value);
        self
    }

    /// A JSON body with its content type.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.clone());
        self.request = self
            .request
            .header("content-type", "application/json")
            .body(body.to_string());
        self
    }

    /// Any bytes as a body, without a content type.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request = self.request.body(body.into());
        self
    }

    /// Sends the request; the answer keeps the contract.
    pub async fn send(mut self) -> TestResponse {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let again = self.again().filter(|_| Instant::now() < end);
            let answer = self.try_send().await.expect("an answer");
            match again {
                Some(again) if answer.did_nothing_yet() => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    self = again;
                }
                _ => return answer,
            }
        }
    }

    /// The same request for another try; `None` for whom one try is enough.
    fn again(&self) -> Option<Self> {
        let request = self.request.try_clone().filter(|_| self.is_patient)?;
        Some(Self {
            request,
            method: self.method.clone(),
            path: self.path.clone(),
            body: self.body.clone(),
            prefers: self.prefers.clone(),
            is_patient: true,
        })
    }

    /// Sends the request to a server that may end meanwhile; an answer that comes whole keeps the contract.
    pub async fn try_send(self) -> reqwest::Result<TestResponse> {
        let Self {
            request,
            method,
            path,
            body,
            prefers,
            is_patient: _,
        } = self;
        let response = request.send().await?;
        let response = TestResponse {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        };
        contract::check(&method, &path, body.as_ref(), &response);
        let is_preferred = method != Method::GET && prefers.is_some_and(|form| form == wire_form::PREFERENCE);
        if is_preferred || wire_form::all_is_published() {
            contract::check_published(&method, &path, &response);
        }
        Ok(response)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl TestResponse {
    /// Whether the request may be sent once more as if for the first time.
    fn did_nothing_yet(&self) -> bool {
        self.status == 503 && self.json()["code"] != "OUTCOME_UNKNOWN"
    }

    /// The JSON body.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// A header that is there once.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().unwrap_or_else(|| panic!("no {name} header"));
        assert!(values.next().is_none(), "more than one {name} header");
        value.to_str().expect("a text")
    }

    /// Checks the status; a failure shows the body.
    #[track_caller]
    pub fn assert_status(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        self
    }

    /// Checks status and error code.
    #[track_caller]
    pub fn assert_error(self, status: u16, code: &str) -> Self {
        let answer = self.assert_status(status);
        assert_eq!(answer.json()["code"], code, "{}", answer.json());
        answer
    }

    /// Checks that these fields, and no others, are named as faulty.
    #[track_caller]
    pub fn assert_fields(self, names: &[&str]) -> Self {
        let body = self.json();
        let named: Vec<&str> = body["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|field| field["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(named, names, "{body}");
        self
    }

    /// Checks the totals of a bulk delete: deleted, errors, and records deleted where the answer has additions.
    #[track_caller]
    pub fn assert_deleted(self, deleted: u64, errors: u64, records: u64) -> Self {
        let answer = self.assert_status(200);
        let body = answer.json();
        let totals = [
            body["total_deleted"].as_u64(),
            body["total_errors"].as_u64(),
            body["total_records_deleted"].as_u64(),
        ];
        let records = wire_form::has_additions().then_some(records);
        assert_eq!(totals, [Some(deleted), Some(errors), records], "{body}");
        assert_eq!(body["has_errors"], errors > 0);
        assert_eq!(answer.failed().len() as u64, errors);
        answer
    }

    /// Whether the answer is one that was given before.
    pub fn is_replay(&self) -> bool {
        self.headers
            .get("idempotency-replayed")
            .is_some_and(|value| value == "true")
    }

    /// Checks a member of a bulk delete's answer that is an addition, where it has those.
    #[track_caller]
    pub fn assert_addition(&self, name: &str, value: impl Into<Value>) {
        let expected = wire_form::has_additions().then(|| value.into());
        assert_eq!(self.json().get(name), expected.as_ref(), "{name}");
    }

    /// Checks the failed records of a bulk delete; `expected` has the additions, which are passed over where the answer
    /// has none.
    #[track_caller]
    pub fn assert_failed(&self, expected: &[Value]) {
        let mut expected = expected.to_vec();
        if !wire_form::has_additions() {
            for failed in expected.iter_mut().filter_map(Value::as_object_mut) {
                failed.retain(|name, _| matches!(name.as_str(), "id" | "_links"));
            }
        }
        assert_eq!(self.failed(), expected);
    }

    /// Checks position and code of each failed record of a bulk delete, or their number where the answer has no
    /// additions.
    #[track_caller]
    pub fn assert_failures(&self, expected: &[(u64, &str)]) {
        if wire_form::has_additions() {
            let failures = self.failures();
            let failures: Vec<_> = failures.iter().map(|(at, code)| (*at, &**code)).collect();
            assert_eq!(failures, expected);
        } else {
            assert_eq!(self.failed().len(), expected.len());
        }
    }

    /// Position and code of each failed record of a bulk delete.
    #[track_caller]
    pub fn failures(&self) -> Vec<(u64, String)> {
        self.failed()
            .iter()
            .map(|failed| {
                let index = failed["index"].as_u64().expect("an index");
                (index, failed["code"].as_str().expect("a code").to_owned())
            })
            .collect()
    }

    /// The failed records of a bulk delete.
    #[track_caller]
    pub fn failed(&self) -> Vec<Value> {
        self.json()["_embedded"]["failed_records"]
            .as_array()
            .expect("failed records")
            .clone()
    }
}
