//! `POST /record-lists`

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::json;

use super::wire::CreatedRecordList;
use crate::{
    auth::Manage,
    clock,
    domain::{AccountId, Limits, ListName, NewRecordList, RecordListId, UniqueIdentifierType},
    example_file,
    http::{
        document::example::Example,
        operation::Operation,
        request::{Authorized, body::Body, caller::Bearer, json::request, query::NoQuery},
        response::error::ApiError,
    },
    record_list::CommandError,
    store::lists::CreateList,
};

/// The operation. It fails if the account has reached its limit of record lists.
pub(crate) fn operation() -> Operation {
    let exceeded = CommandError::from(Limits::default().lists_exceeded());
    Operation::new(CreateRecordList, create_record_list)
        .with_published_form()
        .may_also([exceeded.into()])
}

struct CreateRecordList;

/// Create a record list
///
/// Creates an empty record list. Only the name is required. With `Prefer: return=minimal` the response contains only
/// the members of the published schema.
#[utoipa::path(
    post,
    path = "/record-lists",
    operation_id = "create_record_list",
    tag = "Record lists",
    impl_for = CreateRecordList,
    responses((
        status = 201,
        description = "The record list was created.",
        body = CreatedRecordList,
        headers(("Location" = String, description = "The URL of the record list.")),
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
            let body = CreatedRecordList::new(list.clone(), &format.links);
            let location = body.links.self_.href().to_owned();
            format
                .response_in_form(StatusCode::CREATED, body)
                .with_header(&header::LOCATION, location)
        })
        .await
}

request! {
    /// A record list to create.
    pub struct CreateRecordListRequest as "CreateRecordListRequest" {
        /// The name of the list.
        #[example("Spring campaign")]
        name: ListName,
        /// Which records count as duplicates in the list. It cannot be changed later. The default is `PHONE_NUMBER`.
        unique_identifier_type: Option<UniqueIdentifierType>,
    }
}

impl CreateRecordListRequest {
    fn into_new_list(self) -> NewRecordList {
        let identified_by = self.unique_identifier_type;
        NewRecordList {
            id: RecordListId(clock::new_id()),
            name: self.name,
            unique_identifier_type: identified_by.unwrap_or(UniqueIdentifierType::PhoneNumber),
        }
    }
}

impl Body for CreateRecordListRequest {
    const FAULTY: &'static str = r#"{"name": ""}"#;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "1_name",
                summary: "Only a name",
                value: json!({"name": "Spring campaign"}),
            },
            Example {
                name: "2_with_identifier",
                summary: "Duplicates are recognised by external provider and external id",
                value: json!({"name": "CRM sync", "unique_identifier_type": "EXTERNAL"}),
            },
        ]
    }
}
