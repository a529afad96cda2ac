//! `DELETE /record-lists/{record_list_id}/external-records`

use actix_web::HttpResponse;
use utoipa::openapi::path::Parameter;

use crate::{
    auth::Manage,
    domain::{ExternalId, ExternalProvider, ExternalReference, Identifiers, OperationKind},
    http::{
        document::parameters,
        operation::Operation,
        records::{EXTERNAL_REFERENCE, deletion::delete_matches},
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            query::{FromQuery, Query},
        },
        response::error::{ApiError, ErrorCode},
    },
    store::ListKey,
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(DeleteExternal, delete_external_records).may_also([ApiError::new(ErrorCode::RecordNotFound)])
}

struct DeleteExternal;

/// Delete the records with an external id
///
/// Deletes every record of a record list that has this external provider and external id. Both are compared exactly. A
/// body is not read.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}/external-records",
    operation_id = "delete_external_records",
    tag = "Records",
    impl_for = DeleteExternal,
    responses((
        status = 204,
        description = "The records are deleted.",
        headers(("Operation-Id" = String, description =
            "The id under which the deletion is listed in `deletions`."))
    ))
)]
async fn delete_external_records(
    request: Authorized<Bearer<Manage>, ListKey, ExternalReferenceQuery>,
) -> Result<HttpResponse, ApiError> {
    let reference = Identifiers::ExternalReferences(vec![request.query.0]);
    let (context, caller) = (request.context, request.caller);
    delete_matches(context, &caller, request.target, reference, OperationKind::External).await
}

/// Which external reference the records have.
struct ExternalReferenceQuery(ExternalReference);

impl FromQuery for ExternalReferenceQuery {
    const IS_WRITE: bool = true;
    const FAULTY: &'static str = "external_provider=salesforce";

    fn parameters() -> Vec<Parameter> {
        let [provider, id] = EXTERNAL_REFERENCE;
        vec![
            parameters::of_required_query::<ExternalProvider>(
                provider,
                "The connected system that the person comes from.",
                "salesforce",
            ),
            parameters::of_required_query::<ExternalId>(id, "The person's id in that system.", "003DL0000212DetYAE"),
        ]
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        let [provider, id] = EXTERNAL_REFERENCE;
        let provider = query.require(provider, faults);
        let id = query.require(id, faults);
        Some(Self(ExternalReference {
            provider: provider?,
            id: id?,
        }))
    }
}
