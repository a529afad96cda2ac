//! The bulk delete, tried on the page with the demo data.

use serde_json::Value;

use super::{chromium::Chromium, docs_page::DocsPage};
use crate::support::{Claims, Database, SECRET, ServerProcess, TestDatabase, apply, database_test, program, run_well};

/// The examples by name, and what they put into the editor.
pub const EXAMPLES: [(&str, &str); 3] = [
    (
        "By record id",
        include_str!("../../../openapi/examples/bulk_delete_by_id.json"),
    ),
    (
        "By phone number",
        include_str!("../../../openapi/examples/bulk_delete_by_phone_number.json"),
    ),
    (
        "By external provider and external id",
        include_str!("../../../openapi/examples/bulk_delete_by_external_id.json"),
    ),
];

/// The command that the page names for a token.
pub const TOKEN_COMMAND: [&str; 8] = [
    "record-lists",
    "token",
    "--account",
    "demo",
    "--scope",
    "\"record-lists:manage\"",
    "--ttl",
    "24h",
];

/// A token from that command, run where the server runs and with its settings.
fn printed_token(database: &TestDatabase) -> String {
    let [_, arguments @ ..] = TOKEN_COMMAND;
    let mut program = program(database.folder.path());
    program
        .env("RECORD_LISTS_JWT_SECRET", SECRET)
        .args(arguments.map(|argument| argument.trim_matches('"')));
    run_well(&mut program).trim().to_owned()
}

/// A server with the demo list, its database and a browser; `None` where the test has to be passed over.
async fn demo(database: Database) -> Option<(Chromium, ServerProcess, TestDatabase)> {
    let database = database.create().await?;
    let server = ServerProcess::start(database.folder.path(), &database.url, &["--demo"]);
    server.ready().await;
    let browser = Chromium::start(server.address).await?;
    Some((browser, server, database))
}

#[apply(database_test)]
async fn each_example_deletes_demo_records_and_fails_the_second_time(database: Database) {
    let Some((browser, mut server, database)) = demo(database).await else {
        return;
    };
    let token = printed_token(&database);
    for (example, body) in EXAMPLES {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let count = body.as_array().expect("identifiers").len();
        let page = DocsPage::open(&browser).await;
        page.authorize(&token).await;
        page.try_operation().await;
        page.choose(example, &body).await;

        let first = page.execute().await;
        assert_eq!(first.status, "200", "{example}: {first:?}");
        assert_eq!(totals(&first.body), [count, 0, count], "{example}");
        assert_eq!(first.body["has_errors"], false, "{example}");

        let second = page.execute().await;
        assert_eq!(second.status, "200", "{example}: {second:?}");
        assert_eq!(totals(&second.body), [0, count, 0], "{example}");
        let failed = second.body["_embedded"]["failed_records"].as_array();
        let failed = failed.expect("failed records");
        assert_eq!(failed.len(), count, "{example}");
        for record in failed {
            assert_eq!(record["code"], "RECORD_NOT_FOUND", "{example}");
        }
        browser.assert_at_peace().await;

        // The start brings the records back, and the page is a newcomer's again.
        server.terminate();
        server.start_again();
        server.ready().await;
        browser.forget().await;
    }
}

#[apply(database_test)]
async fn a_refusal_says_what_to_do(database: Database) {
    let Some((browser, _server, _database)) = demo(database).await else {
        return;
    };
    let page = DocsPage::open(&browser).await;
    let token = Claims::of("demo").with("scope", "record-lists:read");
    // With the word that does not belong there.
    page.authorize(&format!("Bearer {}", token.token())).await;
    page.try_operation().await;
    let answer = page.execute().await;
    assert_eq!(answer.status, "403", "{answer:?}");
    assert_eq!(answer.body["code"], "INSUFFICIENT_SCOPE");
    let message = "The access token does not have the required scope.";
    assert_eq!(answer.body["message"], message);
    assert!(page.sentence().await.starts_with(message));

    browser.forget().await;
    let page = DocsPage::open(&browser).await;
    page.authorize(&Claims::of("demo").token()).await;
    page.try_operation().await;
    page.empty_editor().await;
    let answer = page.execute().await;
    assert_eq!(answer.status, "400", "{answer:?}");
    assert_eq!(answer.body["code"], "BODY_MISSING");
    let hint = answer.body["description"].as_str().expect("a hint");
    assert!(
        hint.contains("POST") && hint.contains("/records/bulks/delete"),
        "{hint}"
    );
    browser.assert_at_peace().await;
}

fn totals(body: &Value) -> [usize; 3] {
    ["total_deleted", "total_errors", "total_records_deleted"]
        .map(|name| body[name].to_string().parse().expect("a number"))
}
