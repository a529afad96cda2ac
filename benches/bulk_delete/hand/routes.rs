//! The operations and their responses, which are like the service's.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::StatusCode,
    web::{Data, Json, Path},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use uuid::Uuid;

use super::{Identifiers, NewRecord, Store, caller::Account};

const MAX_ITEMS: usize = 100;

/// Why a request fails; the texts are the codes of the responses.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("UNAUTHENTICATED")]
    Unauthenticated,
    #[error("INSUFFICIENT_SCOPE")]
    InsufficientScope,
    #[error("VALIDATION_FAILED")]
    ValidationFailed,
    #[error("RECORD_LIST_NOT_FOUND")]
    ListNotFound,
    #[error("DUPLICATE_RECORD")]
    DuplicateRecord,
    #[error("DATABASE_UNAVAILABLE")]
    Database,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(error) if error.is_unique_violation() => Self::DuplicateRecord,
            _ => {
                eprintln!("{error}");
                Self::Database
            }
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ValidationFailed => StatusCode::BAD_REQUEST,
            Self::ListNotFound => StatusCode::NOT_FOUND,
            Self::DuplicateRecord => StatusCode::CONFLICT,
            Self::Database => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let code = self.to_string();
        HttpResponse::build(self.status_code()).json(json!({"code": code, "message": code}))
    }
}

#[derive(Serialize)]
struct Link {
    href: String,
}

#[derive(Serialize)]
struct SelfLink {
    #[serde(rename = "self")]
    this: Link,
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    this: Link,
    record_list: Link,
}

#[derive(Serialize)]
struct Deletions<'a> {
    record_list_id: &'a str,
    has_errors: bool,
    total_deleted: usize,
    total_errors: usize,
    _links: Links,
    _embedded: FailedRecords<'a>,
}

#[derive(Serialize)]
struct FailedRecords<'a> {
    failed_records: Vec<FailedRecord<'a>>,
}

#[derive(Serialize)]
struct FailedRecord<'a> {
    id: &'a str,
    _links: SelfLink,
}

#[derive(Serialize)]
struct Creations<'a> {
    record_list_id: &'a str,
    has_errors: bool,
    total_errors: usize,
    total_created: usize,
    _links: Links,
    _embedded: CreatedRecords<'a>,
}

#[derive(Serialize)]
struct CreatedRecords<'a> {
    records: Vec<CreatedRecord<'a>>,
}

#[derive(Serialize)]
struct CreatedRecord<'a> {
    id: &'a str,
    record_list_id: &'a str,
    #[serde(flatten)]
    record: &'a NewRecord,
    _links: SelfLink,
}

#[derive(Deserialize)]
pub(super) struct NewRecords {
    records: Vec<NewRecord>,
}

/// `DELETE /record-lists/{list}/records/bulks`
pub(super) async fn delete_records(
    Account(account): Account,
    request: HttpRequest,
    list: Path<String>,
    identifiers: Json<Identifiers>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let sent: Vec<&str> = match &*identifiers {
        Identifiers::Ids(ids) => ids.iter().map(|item| item.id.as_str()).collect(),
        Identifiers::PhoneNumbers(numbers) => numbers.iter().map(|item| item.phone_number.as_str()).collect(),
        Identifiers::Pairs(pairs) => pairs.iter().map(|item| item.external_id.as_str()).collect(),
    };
    if sent.is_empty() || sent.len() > MAX_ITEMS {
        return Err(Failure::ValidationFailed);
    }
    let deleted = store.delete(&account, &list, &identifiers).await?;
    let deleted = deleted.ok_or(Failure::ListNotFound)?;
    let href = list_href(&request, &list);
    let failed_records: Vec<_> = sent
        .iter()
        .zip(&deleted)
        .filter(|(_, deleted)| !**deleted)
        .map(|(id, _)| FailedRecord {
            id,
            _links: record_link(&href, id),
        })
        .collect();
    Ok(HttpResponse::Ok().json(Deletions {
        record_list_id: &list,
        has_errors: !failed_records.is_empty(),
        total_deleted: sent.len() - failed_records.len(),
        total_errors: failed_records.len(),
        _links: links(&href),
        _embedded: FailedRecords { failed_records },
    }))
}

/// `POST /record-lists/{list}/records/bulks`
pub(super) async fn create_records(
    Account(account): Account,
    request: HttpRequest,
    list: Path<String>,
    body: Json<NewRecords>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let records = &body.records;
    let has_numbers = records.iter().all(|record| !record.phone_numbers.is_empty());
    if records.is_empty() || records.len() > MAX_ITEMS || !has_numbers {
        return Err(Failure::ValidationFailed);
    }
    let ids: Vec<String> = records.iter().map(|_| Uuid::now_v7().to_string()).collect();
    let created = store.create(&account, &list, &ids, records).await?;
    created.ok_or(Failure::ListNotFound)?;
    let href = list_href(&request, &list);
    let created = ids.iter().zip(records).map(|(id, record)| CreatedRecord {
        id,
        record_list_id: &list,
        record,
        _links: record_link(&href, id),
    });
    Ok(HttpResponse::Created().json(Creations {
        record_list_id: &list,
        has_errors: false,
        total_errors: 0,
        total_created: records.len(),
        _links: links(&href),
        _embedded: CreatedRecords {
            records: created.collect(),
        },
    }))
}

fn list_href(request: &HttpRequest, list: &str) -> String {
    let connection = request.connection_info();
    format!("{}://{}/record-lists/{list}", connection.scheme(), connection.host())
}

fn links(list: &str) -> Links {
    Links {
        this: Link {
            href: format!("{list}/records"),
        },
        record_list: Link { href: list.to_owned() },
    }
}

fn record_link(list: &str, id: &str) -> SelfLink {
    SelfLink {
        this: Link {
            href: format!("{list}/records/{id}"),
        },
    }
}
