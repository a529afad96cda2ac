//! Deletes by each kind with a client that was made from the document.

use std::env::var;

use record_lists_client::{
    apis::{
        Error,
        configuration::Configuration,
        record_lists_api::create_record_list,
        records_api::{
            BulkDeleteRecordsError, bulk_create_records, bulk_delete_records,
            bulk_delete_records_by_post, list_records,
        },
    },
    models::{
        BulkCreateRequest, BulkDeleteRequest, BulkDeleteResponse, CreateRecordListRequest,
        ExternalIdentifier, FailedRecord, NewPhoneNumber, NewRecord, PhoneNumberIdentifier,
        PhoneType, RecordIdIdentifier, UniqueIdentifierType, WrittenRecord,
    },
};

type Refusal = Error<BulkDeleteRecordsError>;

const GONE: &str = "RECORD_NOT_FOUND";

fn client(token: &str) -> Configuration {
    Configuration {
        base_path: var("RECORD_LISTS").expect("an address"),
        bearer_access_token: Some(var(token).expect("a token")),
        ..Configuration::default()
    }
}

fn person(number: u8) -> NewRecord {
    let phone_number = format!("+1415555010{number}");
    NewRecord {
        phone_numbers: Some(vec![NewPhoneNumber::new(phone_number, PhoneType::Mobile)]),
        external_provider: Some("crm".to_owned()),
        external_id: Some(format!("person-{number}")),
        ..NewRecord::new("Adamarked".to_owned(), "Lovelacemarked".to_owned())
    }
}

fn by_id(ids: &[&str]) -> BulkDeleteRequest {
    let ids = ids
        .iter()
        .map(|id| RecordIdIdentifier::new((*id).to_owned()));
    BulkDeleteRequest::RecordIdIdentifiers(ids.collect())
}

async fn delete(
    client: &Configuration,
    list: &str,
    what: &BulkDeleteRequest,
) -> Result<BulkDeleteResponse, Refusal> {
    let what = Some(what.clone());
    bulk_delete_records(client, list, what, None, None, None, None, None, None).await
}

/// Deletes, and looks at the totals, and at index and code of each failure; the failed records.
async fn assert_deleted(
    client: &Configuration,
    list: &str,
    what: &BulkDeleteRequest,
    deleted: i32,
    failures: &[i32],
) -> Vec<FailedRecord> {
    let answer = delete(client, list, what).await.expect("an answer");
    let failed = answer._embedded.failed_records;
    assert_eq!(answer.has_errors, answer.total_errors > 0);
    assert_eq!(answer.total_deleted, deleted);
    assert_eq!(answer.total_records_deleted, Some(deleted));
    let positions: Vec<_> = failed.iter().map(|record| record.index).collect();
    assert_eq!(
        positions,
        failures.iter().copied().map(Some).collect::<Vec<_>>()
    );
    assert!(
        failed
            .iter()
            .all(|record| record.code.as_deref() == Some(GONE))
    );
    failed
}

fn assert_refused(answer: Result<BulkDeleteResponse, Refusal>, status: u16, code: &str) {
    let Err(Error::ResponseError(refusal)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(refusal.status.as_u16(), status);
    // All errors have one schema, so that the generated enum always finds its first variant.
    let Some(BulkDeleteRecordsError::Status400(error)) = refusal.entity else {
        panic!("{:?}", refusal.entity);
    };
    assert_eq!(error.code, code);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let manager = client("MANAGER");

    let request = CreateRecordListRequest {
        unique_identifier_type: Some(UniqueIdentifierType::Nothing),
        ..CreateRecordListRequest::new("A list".to_owned())
    };
    let list = create_record_list(&manager, request, None, None).await;
    let list = list.expect("a list").id;

    let people = BulkCreateRequest::new((1..=4).map(person).collect());
    let filled = bulk_create_records(&manager, &list, people, None, None, None).await;
    let ids: Vec<String> = filled
        .expect("records")
        ._embedded
        .records
        .into_iter()
        .map(|record| match record {
            WrittenRecord::BulkRecord(record) => record.id,
            WrittenRecord::UnwrittenRecord(failed) => panic!("{failed:?}"),
        })
        .collect();

    let first = by_id(&[&ids[0]]);
    let number = PhoneNumberIdentifier::new("+14155550102".to_owned());
    let second = BulkDeleteRequest::PhoneNumberIdentifiers(vec![number]);
    let reference = ExternalIdentifier::new("crm".to_owned(), "person-3".to_owned());
    let third = BulkDeleteRequest::ExternalIdentifiers(vec![reference]);

    let (what, match_) = (Some(first.clone()), Some("sole"));
    let rehearsed = bulk_delete_records(
        &manager,
        &list,
        what,
        Some(true),
        None,
        None,
        match_,
        None,
        None,
    );
    let rehearsed = rehearsed.await.expect("an answer");
    assert_eq!(
        (rehearsed.total_deleted, rehearsed.dry_run),
        (1, Some(true))
    );

    for what in [&first, &second, &third] {
        assert_deleted(&manager, &list, what, 1, &[]).await;
    }

    let some_gone = by_id(&[&ids[0], &ids[3], "8858c834-481d-4a02-8176-cffc02c50359"]);
    let failed = assert_deleted(&manager, &list, &some_gone, 1, &[0, 2]).await;
    assert_eq!(failed[0].id, ids[0]);
    assert!(failed[0]._links.param_self.href.ends_with(&ids[0]));
    let failed = assert_deleted(&manager, &list, &second, 0, &[0]).await;
    assert_eq!(failed[0].phone_number.as_deref(), Some("+14155550102"));
    let failed = assert_deleted(&manager, &list, &third, 0, &[0]).await;
    assert_eq!(failed[0].external_provider.as_deref(), Some("crm"));
    assert_eq!(failed[0].external_id.as_deref(), Some("person-3"));

    // The client has its filters, its order and its page as arguments, in the order of the document.
    let left = list_records(
        &manager, &list, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None,
        None,
    )
    .await;
    assert_eq!(left.expect("a page").total, Some(0));
    let what = Some(second.clone());
    let twin =
        bulk_delete_records_by_post(&manager, &list, what, None, None, None, None, None, None);
    assert_eq!(twin.await.expect("an answer").total_errors, 1);

    let refused = delete(&client("READER"), &list, &first).await;
    assert_refused(refused, 403, "INSUFFICIENT_SCOPE");
    let absent = "8858c834-481d-4a02-8176-cffc02c50350";
    assert_refused(
        delete(&manager, absent, &first).await,
        404,
        "RECORD_LIST_NOT_FOUND",
    );
    assert_refused(
        delete(&manager, &list, &by_id(&[])).await,
        400,
        "VALIDATION_FAILED",
    );

    println!("all as expected");
}
