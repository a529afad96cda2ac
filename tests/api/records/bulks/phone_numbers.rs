//! Phone numbers as people, address books and spreadsheets write them.

use serde_json::json;

use crate::support::{TestApp, apply, database_test, has_additions, person};

#[apply(database_test)]
async fn a_number_is_found_however_it_is_written(app: TestApp) {
    let list = app.list().await;
    for (stored, sent) in [
        ("+442079460958", "\u{202a}+44 20 7946 0958\u{202c}"),
        ("+14155550132", "\u{2066}+14155550132\u{2069}"),
        ("+14155550132", "+1\u{a0}415\u{2011}555\u{2011}0132"),
        ("+14155550133", "+1\u{2212}415\u{2013}555\u{2014}0133"),
        ("+14155550134", "+1\u{ad}415\u{202f}555\u{2007}0134"),
        ("+442079460958", "+44 (0)20 7946 0958"),
        ("+390699990132", "+39 06 9999 0132"),
        ("+14155550132", "+1 (415) 555-0132"),
        ("+14155550132", "+1.415.555.0132"),
        (
            "+14155550132",
            "+\u{661}\u{664}\u{661}\u{665}\u{665}\u{665}\u{665}\u{660}\u{661}\u{663}\u{662}",
        ),
        ("+188888888", "+188888888"),
        ("+14155550132", "+1 (415) 555 - 0132  "),
        ("+14155550132", "\t+1415\u{b}5550132\r\n"),
        ("+14155550132", "tel:+1-415-555-0132"),
        ("+14155550132", "+1\u{b7}415\u{2022}555\u{b7}0132"),
        ("+33142685300", "+33.1.42.68.53.00"),
        (
            "+14155550132",
            "+1 4 1 5 5 5 5 0 1 3 2                                          ",
        ),
    ] {
        // Stored plain and deleted as written, then stored as written and deleted plain.
        list.add(&[person(stored)]).await;
        list.delete_phones(&[sent]).await.assert_deleted(1, 0, 1);
        list.add(&[person(sent)]).await;
        assert_eq!(list.records().await[0]["phone_number"], stored, "{sent:?}");
        list.delete_phones(&[stored]).await.assert_deleted(1, 0, 1);
    }
}

#[apply(database_test)]
async fn what_is_no_number_is_a_failed_record_on_create_and_matches_nothing_on_delete(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550132"), person("+442079460958")]).await;
    for (sent, reason) in [
        ("442079460958", "does not start with +"),
        ("020 7946 0958", "does not start with +"),
        ("00442079460958", "starts with 00"),
        ("1.5551E+10", "spreadsheet"),
        ("14155550132.0", "spreadsheet"),
        ("+14155550132.00", "spreadsheet"),
        ("+1 (415) 555-0132\u{ff0e}0", "spreadsheet"),
        ("whatsapp:+14155550132", "not a phone number"),
        ("+1 415 555 0132 x55", "not a phone number"),
        ("+14155550132,,555#", "not a phone number"),
        ("+14155550132*55", "not a phone number"),
        ("+14155550132;ext=55", "not a phone number"),
        ("+", "not a phone number"),
        ("+1415+5550132", "not a phone number"),
        ("+1415555013\u{b2}", "not a phone number"),
        ("'+14155550132", "not a phone number"),
        ("+14155550132'", "not a phone number"),
    ] {
        let failed = list.delete_phones(&[sent]).await.assert_deleted(0, 1, 0).failed();
        assert_eq!(failed[0]["id"], sent);
        if has_additions() {
            assert_eq!(failed[0]["code"], "IDENTIFIER_INVALID");
            let message = failed[0]["message"].as_str().unwrap_or_default();
            assert!(message.contains(reason), "{sent}: {message}");
        }

        let answer = list.try_add(&[person(sent)]).await.assert_status(201).json();
        assert_eq!(answer["total_created"], 0, "{sent}");
        let failed = &answer["_embedded"]["records"][0];
        assert_eq!(failed["errors"], json!(["PHONE_NUMBER_INVALID"]));
        if has_additions() {
            assert_eq!(failed["fields"][0]["name"], "records[0].phone_numbers[0].phone_number");
        }
    }
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn the_link_of_a_failed_number_leads_to_its_records_alone(app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550132"), person("+4155550132")]).await;
    for (sent, count) in [
        // Can match nothing, though it is like a number with a plus that was sent unencoded.
        (" 4155550132", 0),
        ("4155550132", 0),
        (" +14155550132", 1),
        ("\t+1 415 555 0132 ", 1),
    ] {
        let body = json!([{"phone_number": sent}, {"phone_number": "x"}]);
        let answer = list.delete_by("?all_or_none=true", &body).await.assert_status(200);
        let link = answer.failed()[0]["_links"]["self"]["href"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = link.split_once(&app.address.to_string()).expect("an address").1;
        let page = list.caller.get(path).send().await.assert_status(200).json();
        assert_eq!(page["count"], count, "{sent:?}: {link}");
    }
    assert_eq!(list.count().await, 2);
}

#[apply(database_test)]
async fn a_number_written_otherwise_is_a_duplicate(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    list.add(&[person("\u{2066}+14155550132\u{2069}")]).await;
    let answer = list
        .try_add(&[person("+1 (415) 555-0132")])
        .await
        .assert_status(201)
        .json();
    assert_eq!(
        answer["_embedded"]["records"][0]["errors"],
        json!(["PHONE_NUMBER_NOT_UNIQUE"])
    );
}
