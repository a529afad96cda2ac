//! `POST /record-lists/{record_list_id}/records`

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::json;

use super::{new_record::NewRecordRequest, wire::RecordBody};
use crate::{
    auth::Manage,
    domain::{Limits, Priority, Record, Refusal, Rejection},
    example_file,
    http::{
        document::example::Example,
        operation::Operation,
        request::{Authorized, body::Body, caller::Bearer, query::NoQuery},
        response::{error::ApiError, format::Format, tally::Tally},
    },
    record_list::CommandError,
    store::{ListKey, records::CreateRecord},
};

/// The operation. It fails if the list does not accept the record, or has reached its limit.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().records_exceeded());
    let duplicate = Refusal::Rejected(Rejection::PhoneNumbersTaken(vec![0]));
    Operation::new(CreateOneRecord, create_record).may_also([exceeded.into(), duplicate.into()])
}

struct CreateOneRecord;

/// Create a record
///
/// Creates one record in a record list. Without a priority it is a hot lead, which is dialled before all others.
#[utoipa::path(
    post,
    path = "/record-lists/{record_list_id}/records",
    operation_id = "create_record",
    tag = "Records",
    impl_for = CreateOneRecord,
    responses((
        status = 201,
        description = "The record was created.",
        body = RecordBody,
        headers(("Location" = String, description = "The URL of the record.")),
        examples(("1_hot_lead" = (
            summary = "A hot lead",
            value = json!(example_file!("create_record_response.json"))
        )))
    ))
)]
async fn create_record(
    request: Authorized<Bearer<Manage>, ListKey, NoQuery, NewRecordRequest>,
) -> Result<HttpResponse, ApiError> {
    let (list, context) = (request.target, request.context);
    let id = list.id;
    let create = CreateRecord::new(request.body.into_record(Priority::SINGLE_DEFAULT));
    let respond = move |record: &Record, format: &Format| {
        let body = RecordBody::new(record.clone(), id, &format.links);
        let location = body.links.self_.href().to_owned();
        let tally = Tally {
            created: Some(1),
            ..Tally::default()
        };
        let response = format.response(StatusCode::CREATED, &body);
        response.with_header(&header::LOCATION, location).with_tally(tally)
    };
    context.write(list, create, respond).await
}

impl Body for NewRecordRequest {
    const FAULTY: &'static str = r#"{"first_name": "Ada", "last_name": "Lovelace"}"#;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_hot_lead",
                summary: "A hot lead: a record without a priority",
                value: json!({
                    "first_name": "Katherine",
                    "last_name": "Johnson",
                    "phone_numbers": [{"phone_number": "+14155550170", "phone_type": "MOBILE"}]
                }),
            },
            Example {
                name: "2_from_a_crm",
                summary: "A record from a connected system",
                value: json!({
                    "first_name": "Margaret",
                    "last_name": "Hamilton",
                    "phone_numbers": [
                        {"phone_number": "+14155550171", "phone_type": "OFFICE"},
                        {"phone_number": "+14155550172", "phone_type": "HOME"}
                    ],
                    "timezone": "America/New_York",
                    "priority": 8,
                    "extra_data": {"plan": "gold"},
                    "external_provider": "salesforce",
                    "external_id": "003DL0000212DhkYAE"
                }),
            },
        ]
    }
}
