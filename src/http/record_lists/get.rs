//! `GET /record-lists/{record_list_id}`

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};

use super::{list_key, wire::RecordListBody};
use crate::{
    auth::Manage,
    http::{
        AppState,
        document::{
            errors::{CommonErrors, ListErrors},
            parameters::ListPath,
        },
        request::{Authorized, query::AnyQuery},
        response::{answer::answer, error::ApiError},
    },
    store::FindList,
};

/// Read a record list
///
/// Answers with a record list and the number of its records.
#[utoipa::path(
    get,
    path = "/record-lists/{record_list_id}",
    operation_id = "get_record_list",
    tag = "Record lists",
    security(("bearer" = [])),
    params(ListPath),
    responses(
        (
            status = 200,
            description = "The record list.",
            body = RecordListBody,
            headers(("X-Request-Id" = String, description = "The id of this request."))
        ),
        CommonErrors,
        ListErrors
    )
)]
pub async fn get_record_list(
    request: Authorized<Manage, AnyQuery>,
    path: Path<String>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let key = list_key(&request.principal, &path)?;
    let list = state.store.read(FindList(key)).await?;
    let body = RecordListBody::new(list, &state.links_for(&http));
    Ok(answer(&http, StatusCode::OK, &body))
}
