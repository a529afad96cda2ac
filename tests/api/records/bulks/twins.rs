//! The DELETE and its POST twin are one operation: on equal data they give equal answers.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Database::{self, Postgres, Sqlite},
    TestApp,
    Via::{Delete, Post},
    external_person, person,
};

#[rstest]
#[tokio::test]
async fn equal_requests_get_equal_answers_by_both_ways(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(false, true)] minimal: bool,
) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let mut two_numbers = external_person("+14155550101", "salesforce", "A");
    two_numbers["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "HOME"},
        {"phone_number": "+14155550102", "phone_type": "OFFICE"},
    ]);
    let people = [
        two_numbers,
        person("+14155550102"),
        external_person("+14155550103", "salesforce", "a"),
    ];
    // `{0}` and the like stand for the ids of the records.
    let bodies = [
        r#"[{"id":"{0}"},{"id":"{2}"},{"id":"x"}]"#,
        r#"[{"id":"{0}"},{"id":"{0}"}]"#,
        r#"[{"id":"..","phone_number":null}]"#,
        r#"[{"phone_number":"+1 (415) 555-0102"},{"phone_number":"14155550103"}]"#,
        r#"[{"phone_number":"+14155550101"},{"phone_number":"+14155550102"}]"#,
        r#"[{"external_provider":"salesforce","external_id":"A"},{"external_provider":"Salesforce","external_id":"a"}]"#,
        "[]",
        "{}",
        "[{}]",
        "nonsense",
        r#"[{"id":"{0}"},{"phone_number":"+14155550102"}]"#,
        r#"[{"id":7},{"id":null}]"#,
    ];
    for body in bodies {
        let mut answers = Vec::new();
        for via in [Delete, Post] {
            let list = app.list().await;
            let ids = list.add(&people).await;
            let sent = (0..3).fold(body.to_owned(), |sent, n| {
                sent.replace(&format!("{{{n}}}"), &ids[n])
            });
            let mut request = list.deletion(via).body(sent);
            if minimal {
                request = request.header("prefer", "return=minimal");
            }
            let answer = request.send().await;
            let text = String::from_utf8(answer.body.clone())
                .expect("a text")
                .replace(&list.id, "{list}");
            let text = (0..3).fold(text, |text, n| text.replace(&ids[n], &format!("{{{n}}}")));
            let left: Vec<Value> = list
                .records()
                .await
                .iter()
                .map(|r| r["phone_number"].clone())
                .collect();
            answers.push((answer.status, text, left));
        }
        assert_eq!(answers[0], answers[1], "{body}");
    }
}
