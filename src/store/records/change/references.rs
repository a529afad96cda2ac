//! Which records have an external reference, in a list that does not identify its records by it: any number may.

use std::collections::HashMap;

use sea_orm::DbBackend;

use super::statements::{find_by_reference, find_by_references};
use crate::{
    domain::{ExternalReference, RecordId, text::Line},
    store::{error::StoreError, records::LookupIndex, writes::lock::LockedList},
};

/// The first records with each reference: more than a request can change by their ids, so that it shows whether one is
/// the only one.
pub(super) async fn find_few(
    lock: &LockedList<'_>,
    references: &[&ExternalReference],
) -> Result<HashMap<ExternalReference, Vec<RecordId>>, StoreError> {
    let index = LookupIndex::of_external_references(lock.row.unique_identifier_type);
    let transaction = lock.transaction();
    let mut found: HashMap<ExternalReference, Vec<RecordId>> = HashMap::new();
    if lock.backend() == DbBackend::Postgres && !references.is_empty() {
        for row in transaction.rows(find_by_references(lock, index, references)).await? {
            let reference = ExternalReference {
                provider: Line::from_stored(row.get(0)?),
                id: Line::from_stored(row.get(1)?),
            };
            found.entry(reference).or_default().push(RecordId(row.get(2)?));
        }
        return Ok(found);
    }
    for reference in references {
        let rows = transaction.rows(find_by_reference(lock, index, reference)).await?;
        let ids: Vec<RecordId> = rows
            .iter()
            .map(|row| row.get(0).map(RecordId))
            .collect::<Result<_, _>>()?;
        if !ids.is_empty() {
            found.insert((*reference).clone(), ids);
        }
    }
    Ok(found)
}
