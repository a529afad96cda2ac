//! `/record-lists`

pub mod create;
pub mod get;
pub mod wire;

use super::response::error::{ApiError, ErrorCode};
use crate::{auth::Principal, domain::RecordListId, store::ListKey};

/// The list that a path names, as the caller's. A text that is no id names no list.
pub fn list_key(principal: &Principal, path: &str) -> Result<ListKey, ApiError> {
    let id = RecordListId::parse(path).ok_or(ApiError::new(ErrorCode::RecordListNotFound))?;
    Ok(ListKey {
        account: principal.account.clone(),
        id,
    })
}
