//! `POST /record-lists`

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web::Data};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::wire::{RecordListBody, UniqueIdentifierType};
use crate::{
    auth::Manage,
    domain::{NewRecordList, RecordList, RecordListId},
    http::{
        AppState,
        document::errors::{BodyErrors, CommonErrors, LimitErrors},
        request::{
            Authorized,
            body::Body,
            json::{Faults, Json, Members},
            query::NoQuery,
            rules::no_control_characters_but_breaks,
        },
        response::{
            answer::{Answer, Render, answer_write},
            error::ApiError,
            hal::MediaType,
        },
    },
    store::CreateList,
};

/// A record list that is to be made.
// Source: api.md section 4.
#[derive(Clone, Debug, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateRecordListRequest {
    /// Its name.
    #[validate(
        length(min = 1, max = 120),
        custom(function = "no_control_characters_but_breaks")
    )]
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

impl Body for CreateRecordListRequest {
    const LIMIT: usize = 64 * 1024;

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

/// Make a record list
///
/// Makes an empty record list, ready to be filled and dialled. A name is enough.
#[utoipa::path(
    post,
    path = "/record-lists",
    operation_id = "create_record_list",
    tag = "Record lists",
    security(("bearer" = [])),
    request_body(
        content = CreateRecordListRequest,
        examples(
            ("1_name" = (summary = "A name is enough", value = json!({"name": "Spring campaign"}))),
            ("2_with_identifier" = (
                summary = "Records are identified by their external id",
                value = json!({"name": "CRM sync", "unique_identifier_type": "EXTERNAL"})
            )),
        )
    ),
    responses(
        (
            status = 201,
            description = "The record list is made.",
            body = RecordListBody,
            headers(
                ("Location" = String, description = "The address of the record list."),
                ("X-Request-Id" = String, description = "The id of this request.")
            )
        ),
        CommonErrors,
        BodyErrors,
        LimitErrors
    )
)]
pub async fn create_record_list(
    request: Authorized<Manage, NoQuery, CreateRecordListRequest>,
    http: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let identified_by = request.body.unique_identifier_type;
    let new_list = NewRecordList {
        id: RecordListId(Uuid::now_v7()),
        name: request.body.name,
        unique_identifier_type: identified_by
            .unwrap_or(UniqueIdentifierType::PhoneNumber)
            .into(),
    };
    let links = state.links_for(&http);
    let media_type = MediaType::preferred(&http);
    let render: Render<RecordList> = Arc::new(move |list| {
        let body = RecordListBody::new(list.clone(), &links);
        Answer::new(StatusCode::CREATED, media_type, &body)
            .with_header(&header::LOCATION, &body.links.self_.href)
    });
    let once = request.repeatable.once(&render);
    let account = request.principal.account.clone();
    let written = state
        .lists
        .write_to_account(account, CreateList(new_list), once, request.room)
        .await?;
    answer_write(written, &render)
}
