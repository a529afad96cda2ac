//! The operations of the document, to be changed.

use utoipa::openapi::{
    OpenApi as Document,
    path::{HttpMethod, Operation},
};

use crate::auth::{Manage, ManageOrRead, ScopeRule};

/// All operations with their methods, to be changed.
pub(crate) fn operations_mut(
    document: &mut Document,
) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let paths = document.paths.paths.values_mut();
    let operations = paths.flat_map(|path| {
        [
            (HttpMethod::Get, path.get.as_mut()),
            (HttpMethod::Post, path.post.as_mut()),
            (HttpMethod::Put, path.put.as_mut()),
            (HttpMethod::Patch, path.patch.as_mut()),
            (HttpMethod::Delete, path.delete.as_mut()),
        ]
    });
    operations.filter_map(|(method, operation)| Some((method, operation?)))
}

/// The scopes of which one is enough for an operation.
pub(crate) fn accepted_scopes(operation: &Operation) -> &'static [&'static str] {
    match operation.operation_id.as_deref() {
        Some("list_records") => ManageOrRead::ACCEPTED,
        _ => Manage::ACCEPTED,
    }
}
