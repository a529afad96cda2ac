//! Wrong secrets: how many of them are answered, and that they keep nobody out.

use super::{Client, MANAGE, app_on, post};
use crate::support::{TestApp, TestDatabase, apply, database_test};

/// The statuses of so many wrong secrets for this id, sent at once.
async fn guess(app: &TestApp, id: &str, count: usize) -> Vec<u16> {
    let guesses = (0..count).map(|n| async move {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret=guess{n}");
        let answer = post(&app.as_anonymous(), &form).await;
        if answer.status == 429 {
            assert_eq!(answer.json()["error"], "temporarily_unavailable");
            let wait: u64 = answer.header("retry-after").parse().expect("an integer");
            assert!(wait >= 1);
        }
        answer.status.as_u16()
    });
    futures_util::future::join_all(guesses).await
}

#[apply(database_test)]
async fn too_many_wrong_secrets_are_told_to_wait_and_the_right_one_is_not(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    for id in [client.id.as_str(), "nobody"] {
        let statuses = guess(&app, id, 100).await;
        let refused = statuses.iter().filter(|status| **status == 401).count();
        let told_to_wait = statuses.iter().filter(|status| **status == 429).count();
        assert_eq!(refused + told_to_wait, 100, "{statuses:?}");
        // Five at once, and five more for each second that this takes.
        assert!(
            refused >= 5 && told_to_wait >= 10,
            "{id}: {refused} refused, {told_to_wait} told to wait"
        );
        client.ask(&app.as_anonymous(), "").await.assert_status(200);
    }
    // Another client is not held up by those.
    let other = Client::add(&app.database, "acme", MANAGE);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret=guess",
        other.id
    );
    let answer = post(&app.as_anonymous(), &form).await;
    super::assert_refused(answer, 401, "invalid_client");
}
