//! What lists say of their rows.

use super::Blocker;

/// Fails unless the counts of all lists are those of their rows, whatever was done to the lists.
#[track_caller]
pub fn assert_counts(session: &mut Blocker) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        for (wrong, about) in [
            (
                "record_list WHERE deletions_count <> \
                 (SELECT count(*) FROM operation WHERE record_list_id = record_list.id)",
                "deletions",
            ),
            // Records of a deleted list go step by step.
            (
                "record_list WHERE (deleted_at IS NULL OR purged_at IS NOT NULL) AND records_count <> \
                 (SELECT count(*) FROM record WHERE record_list_id = record_list.id)",
                "records",
            ),
            (
                "operation WHERE record_list_id NOT IN (SELECT id FROM record_list)",
                "deletions without a list",
            ),
        ] {
            let count = session.number(&format!("SELECT count(*) FROM {wrong}")).await;
            assert_eq!(count, 0, "{about}, at {caller}");
        }
    }
}
