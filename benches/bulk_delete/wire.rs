//! Requests as they go over the wire, and what their responses must contain.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    database::{list_id, missing_id, phone_number, record_id},
    load::Exchange,
    scenario::{Kind, Operation},
    work::Request,
};

/// The priority that an update of one record sets.
pub(crate) const UPDATED_ALONE: i64 = 9;

/// The priority and the extra data that a bulk update sets.
pub(crate) const UPDATED_IN_BULK: i64 = 8;
pub(crate) const NOTE: &str = r#"{"note":"called back"}"#;

impl Request {
    /// The request of this token, and what its response must contain. The kind is that of the identifiers of bulk
    /// deletes.
    pub(crate) fn exchange(&self, kind: Kind, token: &str) -> Exchange {
        let method = match self.operation {
            Operation::BulkDelete | Operation::Delete => "DELETE",
            Operation::BulkCreate | Operation::Create => "POST",
            Operation::BulkUpdate | Operation::Update => "PATCH",
        };
        let media_type = match self.operation {
            Operation::Update | Operation::BulkUpdate => "application/json-patch+json",
            _ => "application/json",
        };
        let body = self.body(kind).map(|body| body.to_string());
        let body = body.as_deref().map(|body| (media_type, body));
        Exchange {
            request: http(method, &self.path(), Some(token), body),
            expected: self.expected(kind),
        }
    }

    fn path(&self) -> String {
        let list = list_id(self.list);
        match self.operation {
            Operation::BulkDelete | Operation::BulkCreate | Operation::BulkUpdate => bulks(list),
            Operation::Create => format!("/record-lists/{list}/records"),
            Operation::Delete | Operation::Update => format!("/record-lists/{list}{}", self.record(self.records[0])),
        }
    }

    /// The path of a record in its list.
    fn record(&self, record: usize) -> String {
        format!("/records/{}", record_id(self.list, record))
    }

    fn body(&self, kind: Kind) -> Option<Value> {
        let records = self.records.iter();
        Some(match self.operation {
            Operation::BulkDelete => records.map(|record| self.identifier(kind, *record)).collect(),
            Operation::BulkCreate => json!({"records": records.map(|record| new(*record)).collect::<Value>()}),
            Operation::BulkUpdate => records.map(|record| self.change(*record)).collect(),
            Operation::Delete => return None,
            Operation::Create => new(self.records[0]),
            Operation::Update => json!([{"op": "replace", "path": "/priority", "value": UPDATED_ALONE}]),
        })
    }

    fn identifier(&self, kind: Kind, record: usize) -> Value {
        match kind {
            Kind::Id => json!({"id": record_id(self.list, record)}),
            Kind::Miss => json!({"id": missing_id(self.list, record)}),
            Kind::Phone => json!({"phone_number": phone_number(record)}),
            Kind::External => json!({"external_provider": "crm", "external_id": record.to_string()}),
        }
    }

    fn change(&self, record: usize) -> Value {
        let extra_data: Value = serde_json::from_str(NOTE).expect("JSON");
        let value = json!({"priority": UPDATED_IN_BULK, "extra_data": extra_data});
        json!({"op": "add", "path": self.record(record), "value": value})
    }

    fn expected(&self, kind: Kind) -> String {
        let records = self.records.len();
        match self.operation {
            Operation::BulkDelete if kind == Kind::Miss => "\"total_deleted\":0,".to_owned(),
            Operation::BulkDelete => format!("\"total_deleted\":{records},"),
            Operation::BulkCreate => format!("\"total_created\":{records},"),
            Operation::BulkUpdate => format!("\"total_updated\":{records},"),
            Operation::Delete => "HTTP/1.1 204 ".to_owned(),
            Operation::Create => "\"priority\":11,".to_owned(),
            Operation::Update => format!("\"priority\":{UPDATED_ALONE},"),
        }
    }
}

/// A record to create.
fn new(record: usize) -> Value {
    json!({
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone_numbers": [{"phone_number": phone_number(record), "phone_type": "MOBILE"}],
        "external_provider": "crm",
        "external_id": record.to_string(),
    })
}

/// The path of the bulk operations.
pub(crate) fn bulks(list: Uuid) -> String {
    format!("/record-lists/{list}/records/bulks")
}

/// A request, with the media type of its body if it has one.
pub(crate) fn http(method: &str, path: &str, token: Option<&str>, body: Option<(&str, &str)>) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: bench\r\n");
    if let Some(token) = token {
        request += &format!("Authorization: Bearer {token}\r\n");
    }
    if let Some((media_type, body)) = body {
        let length = body.len();
        request += &format!("Content-Type: {media_type}\r\nContent-Length: {length}\r\n");
    }
    request += "\r\n";
    request += body.map_or("", |(_, body)| body);
    request.into_bytes()
}
