//! `PATCH /record-lists/{record_list_id}/records/{record_id}`

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode};

use super::{
    patch::request::{PatchRecordRequest, RecordPatch},
    wire::RecordBody,
};
use crate::{
    auth::Manage,
    domain::{Refusal, Rejection},
    example_file,
    http::{
        operation::Operation,
        request::{Authorized, caller::Bearer, query::NoQuery},
        response::{error::ApiError, format::Format},
    },
    store::{
        RecordKey,
        records::{ChangeRecord, ChangedRecord},
    },
};

/// The operation. It fails if the patch does not fit the record, or the list does not accept what comes out.
pub(crate) fn operation() -> Operation {
    let refusals = [
        Refusal::Rejected(Rejection::PhoneNumbersTaken(vec![0])),
        Refusal::TestFailed { operation: 0 },
        Refusal::NotApplicable { operation: 0 },
    ];
    Operation::new(PatchRecord, change_record).may_also(refusals.map(ApiError::from))
}

struct PatchRecord;

/// Change a record
///
/// Changes a record by a JSON Patch with the operations `add`, `replace`, `remove` and `test`. The operations are carried
/// out together: if one fails, nothing changes.
#[utoipa::path(
    patch,
    path = "/record-lists/{record_list_id}/records/{record_id}",
    operation_id = "change_record",
    tag = "Records",
    impl_for = PatchRecord,
    responses((
        status = 200,
        description = "The record.",
        body = RecordBody,
        examples(("1_changed" = (
            summary = "The record after the first example",
            value = json!(example_file!("change_record_response.json"))
        )))
    ))
)]
async fn change_record(
    request: Authorized<Bearer<Manage>, RecordKey, NoQuery, PatchRecordRequest>,
) -> Result<HttpResponse, ApiError> {
    let (RecordKey { list, id }, context) = (request.target, request.context);
    let list_id = list.id;
    let change = ChangeRecord {
        id,
        change: Arc::new(RecordPatch {
            list: list_id,
            request: request.body,
        }),
    };
    let respond = move |changed: &ChangedRecord, format: &Format| {
        let body = RecordBody::new(changed.record.clone(), list_id, &format.links);
        format.response(StatusCode::OK, &body)
    };
    context.write(list, change, respond).await
}
