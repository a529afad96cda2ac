//! `POST /record-lists`

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::wire::{RecordListBody, UniqueIdentifierType};
use crate::{
    auth::Manage,
    domain::{AccountId, Limits, NewRecordList, RecordListId},
    example_file,
    http::{
        document::example::Example,
        operation::Operation,
        request::{
            Authorized,
            body::Body,
            caller::Bearer,
            json::{Faults, Json, Members},
            query::NoQuery,
            rules::no_control_characters_but_breaks,
        },
        response::error::ApiError,
    },
    record_list::CommandError,
    store::lists::CreateList,
};

/// The operation, which the account's limit may forbid.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().lists_exceeded());
    Operation::new(CreateRecordList, create_record_list).may_also([exceeded.into()])
}

struct CreateRecordList;

/// Make a record list
///
/// Makes an empty record list, ready to be filled and dialled. A name is enough.
#[utoipa::path(
    post,
    path = "/record-lists",
    operation_id = "create_record_list",
    tag = "Record lists",
    impl_for = CreateRecordList,
    responses((
        status = 201,
        description = "The record list is made.",
        body = RecordListBody,
        headers(("Location" = String, description = "The address of the record list.")),
        examples(("1_new_list" = (
            summary = "A new list",
            value = json!(example_file!("create_record_list_response.json"))
        )))
    ))
)]
async fn create_record_list(
    request: Authorized<Bearer<Manage>, AccountId, NoQuery, CreateRecordListRequest>,
) -> Result<HttpResponse, ApiError> {
    let create = CreateList(request.body.into_new_list());
    request
        .context
        .write_to_account(request.target, create, |list, format| {
            let body = RecordListBody::new(list.clone(), &format.links);
            format
                .answer(StatusCode::CREATED, &body)
                .with_header(&header::LOCATION, &body.links.self_.href)
        })
        .await
}

/// A record list that is to be made.
// Source: api.md section 4.
#[derive(Clone, Debug, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateRecordListRequest {
    /// Its name.
    #[validate(length(min = 1, max = 120), custom(function = "no_control_characters_but_breaks"))]
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        examples("Spring campaign")
    )]
    pub name: String,
    /// What makes a record a duplicate in it; fixed from now on. Without it: PHONE_NUMBER.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unique_identifier_type: Option<UniqueIdentifierType>,
}

impl CreateRecordListRequest {
    fn into_new_list(self) -> NewRecordList {
        let identified_by = self.unique_identifier_type;
        NewRecordList {
            id: RecordListId(Uuid::now_v7()),
            name: self.name,
            unique_identifier_type: identified_by.unwrap_or(UniqueIdentifierType::PhoneNumber).into(),
        }
    }
}

impl Body for CreateRecordListRequest {
    type Schema = Self;

    const FAULTY: &'static str = r#"{"name": ""}"#;
    const LIMIT: usize = 64 * 1024;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_name",
                summary: "A name is enough",
                value: json!({"name": "Spring campaign"}),
            },
            Example {
                name: "2_with_identifier",
                summary: "Records are identified by their external id",
                value: json!({"name": "CRM sync", "unique_identifier_type": "EXTERNAL"}),
            },
        ]
    }

    fn from_json(json: Json<'_>, faults: &mut Faults) -> Option<Self> {
        let mut members = Members::of(json, "", faults)?;
        let name = members.required("name", faults, Members::text);
        let identified_by = members.text("unique_identifier_type", faults);
        let identified_by = identified_by.and_then(|text| {
            let known = UniqueIdentifierType::parse(&text);
            if known.is_none() {
                let expected = "must be PHONE_NUMBER, EXTERNAL or NOTHING";
                faults.add("unique_identifier_type", expected);
            }
            known
        });
        members.finish(faults);
        let request = Self {
            name: name?,
            unique_identifier_type: identified_by,
        };
        faults.check("", &request);
        Some(request)
    }
}

impl UniqueIdentifierType {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "PHONE_NUMBER" => Some(Self::PhoneNumber),
            "EXTERNAL" => Some(Self::External),
            "NOTHING" => Some(Self::Nothing),
            _ => None,
        }
    }
}
