//! The operations.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    web::{Data, Json, Path},
};
use chrono::Utc;
use serde::Deserialize;

use super::{
    Id, Identifiers, ListKey, Store,
    answers::{Deletions, List, RecordBody, Written, list_href, record_href},
    books::{Deletion, Kind},
    caller::Caller,
    change::{Change, Item, Operation},
    failure::Failure,
    record::{NewRecord, Record},
};

const MAX_ITEMS: usize = 100;

/// The priority of a record that is created in bulk, and of one that is created alone.
const IN_BULK: i32 = 5;
const ALONE: i32 = 11;

#[derive(Deserialize)]
pub(super) struct NewRecords {
    records: Vec<NewRecord>,
}

type Answer = Result<HttpResponse, Failure>;

/// `DELETE /record-lists/{list}/records/bulks`
pub(super) async fn delete_records(
    caller: Caller,
    request: HttpRequest,
    list: Path<String>,
    identifiers: Json<Identifiers>,
    store: Data<Store>,
) -> Answer {
    let sent: Vec<&str> = match &*identifiers {
        Identifiers::Ids(ids) => ids.iter().map(|item| item.id.as_str()).collect(),
        Identifiers::PhoneNumbers(numbers) => numbers.iter().map(|item| item.phone_number.as_str()).collect(),
        Identifiers::Pairs(pairs) => pairs.iter().map(|item| item.external_id.as_str()).collect(),
    };
    check_items(sent.len())?;
    let deletion = Deletion::new(caller.client, Kind::Bulk);
    let key = ListKey {
        account: &caller.account,
        id: &list,
    };
    let deleted = store.delete(key, &identifiers, &deletion).await?;
    let deleted = deleted.ok_or(Failure::ListNotFound)?;
    let href = list_href(&request, &list);
    let list = List { id: &list, href: &href };
    Ok(HttpResponse::Ok().json(Deletions::new(list, &sent, &deleted)))
}

/// `DELETE /record-lists/{list}/records/{record}`
pub(super) async fn delete_record(caller: Caller, path: Path<(String, String)>, store: Data<Store>) -> Answer {
    let (list, id) = path.into_inner();
    let deletion = Deletion::new(caller.client, Kind::Record);
    let key = ListKey {
        account: &caller.account,
        id: &list,
    };
    let deleted = store.delete(key, &Identifiers::Ids(vec![Id { id }]), &deletion).await?;
    if deletion.is_refused(&deleted.ok_or(Failure::ListNotFound)?) {
        return Err(Failure::RecordNotFound);
    }
    let header = ("Operation-Id", deletion.id);
    Ok(HttpResponse::NoContent().insert_header(header).finish())
}

/// `POST /record-lists/{list}/records/bulks`
pub(super) async fn create_records(
    caller: Caller,
    request: HttpRequest,
    list: Path<String>,
    body: Json<NewRecords>,
    store: Data<Store>,
) -> Answer {
    check_items(body.records.len())?;
    let records = create(&caller, &list, body.into_inner().records, IN_BULK, &store).await?;
    let href = list_href(&request, &list);
    let list = List { id: &list, href: &href };
    Ok(HttpResponse::Created().json(Written::created(list, &records)))
}

/// `POST /record-lists/{list}/records`
pub(super) async fn create_record(
    caller: Caller,
    request: HttpRequest,
    list: Path<String>,
    record: Json<NewRecord>,
    store: Data<Store>,
) -> Answer {
    let records = create(&caller, &list, vec![record.into_inner()], ALONE, &store).await?;
    let record = records.first().ok_or(Failure::Database)?;
    let href = list_href(&request, &list);
    let list = List { id: &list, href: &href };
    let location = (LOCATION, record_href(list, &record.id));
    Ok(HttpResponse::Created()
        .insert_header(location)
        .json(RecordBody::new(list, record)))
}

async fn create(
    caller: &Caller,
    list: &str,
    records: Vec<NewRecord>,
    priority: i32,
    store: &Store,
) -> Result<Vec<Record>, Failure> {
    if records.iter().any(|record| record.phone_numbers.is_empty()) {
        return Err(Failure::ValidationFailed);
    }
    let now = Utc::now();
    let records: Vec<Record> = records
        .into_iter()
        .map(|record| record.into_record(priority, now))
        .collect();
    let key = ListKey {
        account: &caller.account,
        id: list,
    };
    let created = store.create(key, &records).await?;
    created.ok_or(Failure::ListNotFound)?;
    Ok(records)
}

/// `PATCH /record-lists/{list}/records/bulks`
pub(super) async fn change_records(
    caller: Caller,
    request: HttpRequest,
    list: Path<String>,
    items: Json<Vec<Item>>,
    store: Data<Store>,
) -> Answer {
    check_items(items.len())?;
    let changes: Option<Vec<Change>> = items.into_inner().into_iter().map(Change::of_item).collect();
    let changes = changes.ok_or(Failure::ValidationFailed)?;
    let records = change(&caller, &list, &changes, &store).await?;
    let href = list_href(&request, &list);
    let list = List { id: &list, href: &href };
    Ok(HttpResponse::Ok().json(Written::updated(list, &changes, &records)))
}

/// `PATCH /record-lists/{list}/records/{record}`
pub(super) async fn change_record(
    caller: Caller,
    request: HttpRequest,
    path: Path<(String, String)>,
    patch: Json<Vec<Operation>>,
    store: Data<Store>,
) -> Answer {
    let (list, id) = path.into_inner();
    let by_patch = Change::by_patch(id, patch.into_inner()).ok_or(Failure::ValidationFailed)?;
    let records = change(&caller, &list, &[by_patch], &store).await?;
    let record = records.first().and_then(Option::as_ref);
    let record = record.ok_or(Failure::RecordNotFound)?;
    let href = list_href(&request, &list);
    let list = List { id: &list, href: &href };
    Ok(HttpResponse::Ok().json(RecordBody::new(list, record)))
}

async fn change(
    caller: &Caller,
    list: &str,
    changes: &[Change],
    store: &Store,
) -> Result<Vec<Option<Record>>, Failure> {
    let key = ListKey {
        account: &caller.account,
        id: list,
    };
    store.change(key, changes).await?.ok_or(Failure::ListNotFound)
}

fn check_items(count: usize) -> Result<(), Failure> {
    if (1..=MAX_ITEMS).contains(&count) {
        Ok(())
    } else {
        Err(Failure::ValidationFailed)
    }
}
