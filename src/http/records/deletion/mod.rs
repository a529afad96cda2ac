//! Deletions whose request has no body: they delete all records that one identifier matches (docs/contract.md section
//! A.9.2, D7 and D8).

pub mod by_number;
pub mod one;

use actix_web::{HttpResponse, http::StatusCode};
use entity::Word;

use crate::{
    auth::Principal,
    domain::{DeletionOutcome, Identifiers, OperationKind},
    http::{
        request::context::Context,
        response::{
            api_response::{ApiResponse, OPERATION_ID},
            error::ApiError,
            tally::Tally,
        },
    },
    store::{ListKey, deletions::DeleteRecords},
};

/// Deletes the records that the identifier matches. Fails if there are none.
pub async fn delete_matches(
    context: Context,
    caller: &Principal,
    list: ListKey,
    identifier: Identifiers,
    kind: OperationKind,
) -> Result<HttpResponse, ApiError> {
    let attribution = context.attribution(caller);
    let operation_id = attribution.operation_id.to_string();
    let delete = DeleteRecords::of_matches(identifier, kind, attribution);
    let respond = move |outcome: &DeletionOutcome, _: &_| {
        let tally = Tally {
            kind: Some(kind.word()),
            deleted: Some(outcome.total_deleted()),
            records_deleted: Some(outcome.records_deleted),
            ..Tally::default()
        };
        ApiResponse::empty(StatusCode::NO_CONTENT)
            .with_header(&OPERATION_ID, &operation_id)
            .with_tally(tally)
    };
    context.write(list, delete, respond).await
}
