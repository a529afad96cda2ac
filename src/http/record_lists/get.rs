//! `GET /record-lists/{record_list_id}`

use actix_web::{HttpResponse, http::StatusCode};
use utoipa::openapi::path::Parameter;

use super::{list::Fields, wire::RecordListBody};
use crate::{
    auth::Manage,
    example_file,
    http::{
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            query::{FromQuery, Query, query},
        },
        response::error::ApiError,
    },
    store::{ListKey, lists::FindList},
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(GetRecordList, get_record_list)
}

struct GetRecordList;

/// Read a record list
///
/// Returns a record list and the number of its records.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}",
    operation_id = "get_record_list",
    tag = "Record lists",
    impl_for = GetRecordList,
    responses((
        status = 200,
        description = "The record list.",
        body = RecordListBody,
        examples(("1_demo_list" = (
            summary = "The demo list",
            value = json!(example_file!("record_list.json"))
        )))
    ))
)]
async fn get_record_list(
    request: Authorized<Bearer<Manage>, ListKey, RecordListQuery>,
) -> Result<HttpResponse, ApiError> {
    let context = request.context;
    let list = context.read(FindList(request.target)).await?;
    let body = RecordListBody::new(list, &context.format.links);
    Ok(context.respond(StatusCode::OK, &body))
}

query! {
    /// What is requested of a record list.
    pub struct RecordListQuery {
        /// Accepted for compatibility; `teams` is always included.
        fields: Option<Fields>,
    }
}

impl FromQuery for RecordListQuery {
    const IS_WRITE: bool = false;
    const FAULTY: &'static str = "fields=X";

    fn parameters() -> Vec<Parameter> {
        Self::parameters()
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        Some(Self::take(query, faults))
    }
}
