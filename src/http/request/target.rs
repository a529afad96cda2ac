//! The target of a request: what its path identifies in the caller's account, parsed once before the handler runs.

use std::sync::Arc;

use actix_web::HttpRequest;
use utoipa::openapi::path::Parameter;

use crate::{
    auth::Principal,
    domain::{AccountId, RecordId, RecordListId},
    http::{
        document::{documented::Documented, parameters},
        response::{
            error::{ApiError, ErrorCode},
            links::NEVER_RECORD_IDS,
        },
    },
    store::{ListKey, RecordKey},
};

/// What an operation acts on. `Identity` is the identity of the caller.
pub trait Target<Identity>: Sized {
    /// Parses the path. A text that is not an id gets the same response as an id that does not exist.
    fn parse(request: &HttpRequest, caller: &Identity) -> Result<Self, ApiError>;

    /// What the document says about it.
    fn documented() -> Documented;
}

/// The caller's account.
impl Target<Arc<Principal>> for AccountId {
    fn parse(_: &HttpRequest, caller: &Arc<Principal>) -> Result<Self, ApiError> {
        Ok(caller.account.clone())
    }

    fn documented() -> Documented {
        Documented::default()
    }
}

/// A list of the caller's account: `{record_list_id}`.
impl Target<Arc<Principal>> for ListKey {
    fn parse(request: &HttpRequest, caller: &Arc<Principal>) -> Result<Self, ApiError> {
        let id = request.match_info().get("record_list_id");
        let id = id.and_then(RecordListId::parse).ok_or_else(list_not_found)?;
        Ok(Self {
            account: caller.account.clone(),
            id,
        })
    }

    fn documented() -> Documented {
        Documented {
            parameters: vec![list_parameter()],
            ..Documented::by_errors([list_not_found()])
        }
    }
}

/// A record of such a list: `{record_id}`.
impl Target<Arc<Principal>> for RecordKey {
    fn parse(request: &HttpRequest, caller: &Arc<Principal>) -> Result<Self, ApiError> {
        let list = ListKey::parse(request, caller)?;
        let sent = request.match_info().get("record_id").unwrap_or_default();
        if NEVER_RECORD_IDS.contains(&sent) {
            return Err(not_found());
        }
        let id = RecordId::parse(sent);
        Ok(Self { list, id })
    }

    fn documented() -> Documented {
        let mut documented = <ListKey as Target<Arc<Principal>>>::documented();
        documented.parameters.push(record_parameter());
        documented.errors.extend([record_not_found(), not_found()]);
        documented
    }
}

fn list_parameter() -> Parameter {
    let example = "b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11";
    parameters::of_path::<RecordListId>("record_list_id", "The id of the record list.", example)
}

fn record_parameter() -> Parameter {
    let example = "8858c834-481d-4a02-8176-cffc02c50350";
    parameters::of_path::<RecordId>("record_id", "The id of the record.", example)
}

/// The error for a word that the contract uses in the place of a record id and at which nothing is served.
fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound)
}

fn record_not_found() -> ApiError {
    ApiError::new(ErrorCode::RecordNotFound)
}

fn list_not_found() -> ApiError {
    ApiError::new(ErrorCode::RecordListNotFound)
}
