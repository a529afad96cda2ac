//! `DELETE /record-lists/{record_list_id}/records?phone_number=`

use actix_web::HttpResponse;
use utoipa::openapi::path::Parameter;

use super::delete_matches;
use crate::{
    auth::Manage,
    domain::{Identifiers, OperationKind, PhoneNumber},
    http::{
        document::parameters,
        operation::Operation,
        request::{
            Authorized,
            caller::Bearer,
            faults::Faults,
            query::{FromQuery, PhoneNumberText, Query},
        },
        response::error::{ApiError, ErrorCode},
    },
    store::ListKey,
};

/// The operation.
pub(crate) fn operation() -> Operation {
    Operation::new(DeleteByNumber, delete_records_by_number).may_also([ApiError::new(ErrorCode::RecordNotFound)])
}

struct DeleteByNumber;

/// Delete the records with a phone number
///
/// Deletes every record of a record list that has the phone number, as its main number or as another one. The parameter
/// may also be called `phone`. A number that cannot be read matches nothing. A body is not read.
#[utoipa::path(
    delete,
    path = "/record-lists/{record_list_id}/records",
    operation_id = "delete_records_by_number",
    tag = "Records",
    impl_for = DeleteByNumber,
    responses((
        status = 204,
        description = "The records are deleted.",
        headers(("Operation-Id" = String, description =
            "The id under which the deletion is listed in `deletions`."))
    ))
)]
async fn delete_records_by_number(
    request: Authorized<Bearer<Manage>, ListKey, NumberQuery>,
) -> Result<HttpResponse, ApiError> {
    let PhoneNumberText(sent) = request.query.0;
    let number = Identifiers::PhoneNumbers(vec![PhoneNumber::normalise(sent.as_str()).ok()]);
    let (context, caller) = (request.context, request.caller);
    delete_matches(context, &caller, request.target, number, OperationKind::PhoneNumber).await
}

/// Which number the records have: exactly one parameter, by either of its names.
struct NumberQuery(PhoneNumberText);

const PHONE_NUMBER: &str = "phone_number";

/// The name that some clients use.
const PHONE: &str = "phone";

impl FromQuery for NumberQuery {
    const IS_WRITE: bool = true;
    const FAULTY: &'static str = "phone_number=";

    fn parameters() -> Vec<Parameter> {
        let about = "The phone number, in international format such as `+442079460958`. Spaces, dots, dashes and brackets \
                     are ignored.";
        vec![parameters::of_required_query::<PhoneNumberText>(
            PHONE_NUMBER,
            about,
            "+14155550101",
        )]
    }

    fn from_query(query: &mut Query, faults: &mut Faults) -> Option<Self> {
        if query.has(PHONE) && query.has(PHONE_NUMBER) {
            faults.add(PHONE, "must not be used together with phone_number");
        }
        let name = if query.has(PHONE) { PHONE } else { PHONE_NUMBER };
        let number = query.require(name, faults);
        // Beside the other one, its value does not matter.
        query.ignore(PHONE_NUMBER);
        number.map(Self)
    }
}
