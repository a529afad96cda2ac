//! The console reads phone numbers by itself, as it must not ask the service for each that is typed: it has to read them
//! as the service does.

use serde_json::{Value, json};

use super::{chromium::Chromium, console_page::ConsolePage};
use crate::support::{Database::Sqlite, TestApp, apply, database_test, entries, person};

#[apply(database_test)]
async fn numbers_are_read_as_the_service_reads_them(#[values(Sqlite)] app: TestApp) {
    let Some(browser) = Chromium::start(app.address).await else {
        return;
    };
    ConsolePage::open(&browser).await;
    let list = app.list().await;
    for spelling in [
        "+441632960001",
        "+44 (0) 1632 960-002",
        "tel:+441632960003",
        "TEL:+44-1632-960004",
        "+44.1632.960005",
        "\u{ff0b}44\u{ff11}632960006",
        "+44\u{a0}1632\u{2011}960\u{2009}007",
        "+\u{664}\u{664}1632960008",
        "[+44]1632{960009}",
        "\u{200e}+441632960010\u{200e}",
        "+44\u{b7}1632\u{2022}960011",
        "+12",
        "+123456789012345",
    ] {
        let answer = list.try_add(&[person(spelling)]).await.assert_status(201).json();
        let read = &entries(&answer)[0]["phone_numbers"][0]["phone_number"];
        assert!(read.is_string(), "{spelling}: {answer}");
        let expected = json!([read, null]);
        assert_eq!(console_reads(&browser, spelling).await, expected, "{spelling}");
    }
    for spelling in [
        "441632960001",
        "00441632960001",
        "+44abc",
        "+0123456",
        "+1",
        "+1234567890123456",
        "+44,1632960001",
        "++441632960001",
        "+",
    ] {
        let answer = list.try_add(&[person(spelling)]).await;
        let is_refused = answer.status == 400 || answer.json()["total_errors"] == 1;
        assert!(is_refused, "{spelling}: {}", answer.json());
        let fault = &console_reads(&browser, spelling).await[1];
        assert!(fault.is_string(), "{spelling}");
    }
}

/// The number as the console takes it, and what it finds wrong with it.
async fn console_reads(browser: &Chromium, spelling: &str) -> Value {
    let script = "const [text, told] = arguments; \
                  import('/console/parts/phone-numbers.js') \
                    .then(({ normalised, faultOf }) => told([normalised(text), faultOf(text)]))";
    let read = browser.client.execute_async(script, vec![json!(spelling)]).await;
    read.expect("a result")
}
