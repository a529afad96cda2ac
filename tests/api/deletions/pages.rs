//! Pages of the audit trail, from both of its ends.

use serde_json::Value;

use crate::support::{Blocker, Caller, TestApp, TestList, apply, database_test, ids, target};

/// Adds so many entries to the trail of the list, which are older than all others. `first` keeps the ids of several
/// lists apart.
pub async fn add_entries(session: &mut Blocker, list: &TestList, first: u32, count: u32) {
    let last = first + count - 1;
    let (id, of, numbers) = match session {
        Blocker::Sqlite(_) => (
            "unhex(printf('%032x', i))",
            format!("x'{}'", list.id.replace('-', "")),
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
                 SELECT i FROM n)"
            ),
        ),
        Blocker::Postgres(_) => (
            "lpad(to_hex(i), 32, '0')::uuid",
            format!("'{}'", list.id),
            format!("generate_series({first}, {last}) n(i)"),
        ),
    };
    session
        .execute(&format!(
            "INSERT INTO operation SELECT {of}, {id}, 'acme', 'c', 'ID', 1, 0, 1, 'r', \
             '2026-01-01 00:00:00+00:00' FROM {numbers}; \
             UPDATE record_list SET deletions_count = deletions_count + {count} WHERE id = {of}"
        ))
        .await;
}

/// The ids of all entries, by following the links.
async fn walk(caller: &Caller, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = Some(format!("{path}?per_page=200"));
    while let Some(path) = next {
        let page = caller.page(&path).await;
        found.extend(ids(&page));
        next = target(&page, "next");
    }
    found
}

async fn page_of(caller: &Caller, path: &str, page: usize, per_page: usize) -> Value {
    caller.page(&format!("{path}?page={page}&per_page={per_page}")).await
}

#[apply(database_test)]
async fn every_page_is_the_same_from_both_ends(app: TestApp) {
    let list = app.list().await;
    let other = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    add_entries(&mut session, &list, 0, 601).await;
    add_entries(&mut session, &other, 601, 60).await;
    add_entries(&mut session, &list, 661, 30).await;
    for _ in 0..3 {
        list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
        other.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    }
    for (path, count) in [("/deletions".to_owned(), 697), (list.path("/deletions"), 634)] {
        let all = walk(&list.caller, &path).await;
        assert_eq!(all.len(), count);
        assert!(all.is_sorted_by(|a, b| a > b), "{path}");
        for per_page in [1, 7, 50, 63, 64, 200] {
            let last = count.div_ceil(per_page);
            let middle = last / 2;
            for page in [
                1,
                2,
                3,
                middle,
                middle + 1,
                middle + 2,
                last - 2,
                last - 1,
                last,
                last + 1,
                9_999,
            ] {
                let found = page_of(&list.caller, &path, page, per_page).await;
                let start = count.min((page - 1) * per_page);
                let end = count.min(start + per_page);
                let which = format!("{path}, page {page} of {per_page}");
                assert_eq!(ids(&found), all[start..end], "{which}");
                assert_eq!(
                    (&found["total"], &found["total_pages"]),
                    (&count.into(), &last.into()),
                    "{which}"
                );
                assert_eq!(target(&found, "next").is_some(), page < last, "{which}");
            }
            // The link to the next page goes on behind the page, from whichever end that was read.
            let found = page_of(&list.caller, &path, last - 1, per_page).await;
            let next = target(&found, "next").expect("a next page");
            assert_eq!(ids(&list.caller.page(&next).await), all[(last - 1) * per_page..]);
        }
        let beyond = page_of(&list.caller, &path, i64::MAX as usize, 200).await;
        assert_eq!((&beyond["count"], &beyond["total"]), (&0.into(), &count.into()));
    }
}

/// The oldest entries stay where they are, so every page must hold exactly those of them that its total says.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_its_total_are_of_one_moment(app: TestApp) {
    let list = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    add_entries(&mut session, &list, 0, 400).await;
    let oldest = walk(&list.caller, "/deletions").await;
    let writing = async {
        for _ in 0..60 {
            list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
        }
    };
    let reading = async {
        for n in 0..60 {
            let path = if n % 2 == 0 {
                "/deletions".to_owned()
            } else {
                list.path("/deletions")
            };
            let (number, per_page) = [(4, 100), (2, 100), (9, 50), (3, 50), (58, 7), (391, 1)][n / 2 % 6];
            let page = page_of(&list.caller, &path, number, per_page).await;
            let total = page["total"].as_u64().expect("a total") as usize;
            let (start, end) = ((number - 1) * per_page, total.min(number * per_page));
            // Counted from the end, where nothing moves.
            let (from_end, to_end) = (total - start, total - end);
            let (first, last) = (400_usize.saturating_sub(from_end), 400_usize.saturating_sub(to_end));
            let found = ids(&page);
            let old = &found[found.len() - (last - first)..];
            assert_eq!(
                found.len(),
                end - start,
                "{path}: page {number} of {per_page}, total {total}"
            );
            assert_eq!(
                old,
                &oldest[first..last],
                "{path}: page {number} of {per_page}, total {total}"
            );
        }
    };
    tokio::join!(writing, reading);
}
