//! Filters of records: what each matches, alone and together (docs/contract.md section A.9.1).

use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use crate::support::{Blocker, TestApp, TestList, apply, assert_total, database_test, ids, person, target};

/// A list with these records, without what makes records unique.
async fn list_of(app: &TestApp, records: &[Value]) -> (TestList, Vec<String>) {
    let list = app.list_identified_by("NOTHING").await;
    let ids = list.add(records).await;
    (list, ids)
}

/// The page of a query, whose total must be the number of its records.
async fn page(list: &TestList, query: &str) -> Value {
    let page = list.caller.page(&list.path(&format!("/records?{query}"))).await;
    assert_total(&page, ids(&page).len());
    page
}

/// The places of the records that a query finds.
pub async fn found(list: &TestList, all: &[String], query: &str) -> Vec<usize> {
    let found = ids(&page(list, query).await);
    let place = |id: &String| all.iter().position(|one| one == id).expect("a record of the list");
    found.iter().map(place).collect()
}

pub fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A record with these names, numbers and external id.
fn named(first: &str, last: &str, numbers: &[&str], external_id: &str) -> Value {
    let types = ["MOBILE", "HOME", "OFFICE"];
    let numbers = numbers.iter().zip(types);
    let numbers: Vec<Value> = numbers
        .map(|(number, of)| json!({"phone_number": number, "phone_type": of}))
        .collect();
    json!({
        "first_name": first,
        "last_name": last,
        "phone_numbers": numbers,
        "external_provider": "crm",
        "external_id": external_id,
    })
}

#[apply(database_test)]
async fn a_searched_field_begins_with_the_text(app: TestApp) {
    let people = [
        named("Zoë", "Straße", &["+14155550101", "+442079460958"], "A-1"),
        named("ZOË", "ΓΙΏΡΓΟΣ", &["+14155550102"], "a*2"),
        named("Anna Zoë", "O'Neil_x", &["+4420794609"], "z[3]"),
        named("*?[a]", "100%", &["+33142685300", "+14155", "+49301234"], "MOBILE"),
        named("Ada\tKing", "kelvin", &["+81312345678"], "+1415"),
    ];
    let (list, all) = list_of(&app, &people).await;
    for (search, fields, expected) in [
        ("zoë", "", vec![0, 1]),
        ("ZOË", "first_name", vec![0, 1]),
        ("zoe", "", vec![]),
        ("Zoë", "last_name", vec![]),
        ("oë", "", vec![]),
        ("straße", "", vec![0]),
        ("STRAẞE", "", vec![0]),
        ("strasse", "", vec![]),
        ("γιώργος", "last_name", vec![1]),
        ("γιώργοσ", "last_name", vec![1]),
        ("\u{212a}elvin", "", vec![4]),
        ("a", "first_name", vec![2, 4]),
        ("a", "external_id", vec![0, 1]),
        ("a", "", vec![0, 1, 2, 4]),
        ("a", "first_name,external_id", vec![0, 1, 2, 4]),
        ("anna zoë", "", vec![2]),
        ("anna  zoë", "", vec![]),
        ("a*", "", vec![1]),
        ("a*2", "external_id", vec![1]),
        ("z[3", "", vec![2]),
        ("z[", "", vec![2]),
        ("*", "", vec![3]),
        ("*?[A]", "", vec![3]),
        ("?", "", vec![]),
        ("%", "", vec![]),
        ("100%", "", vec![3]),
        ("o'neil_", "", vec![2]),
        ("o'neil.", "", vec![]),
        (".", "", vec![]),
        ("^", "", vec![]),
        ("\\", "", vec![]),
        // Numbers, with and without the plus, in any spelling of their beginning.
        ("+1415", "phone_number", vec![0, 1, 3]),
        ("+1415", "", vec![0, 1, 3, 4]),
        ("+1415", "external_id", vec![4]),
        ("1415", "", vec![0, 1, 3]),
        ("+1 (415) 555-01", "", vec![0, 1]),
        ("1.415.555.0101", "", vec![0]),
        ("+4420", "", vec![0, 2]),
        ("+44 (0)20", "", vec![0, 2]),
        ("+442079460958", "", vec![0]),
        ("4155550101", "", vec![]),
        ("+4930", "", vec![3]),
        ("+14155550101000000", "", vec![]),
        ("HOME", "phone_number", vec![]),
        ("mobile", "", vec![3]),
        ("+", "phone_number", vec![0, 1, 2, 3, 4]),
    ] {
        let mut query = format!("search={}", encoded(search));
        if !fields.is_empty() {
            query.push_str(&format!("&search_fields={fields}"));
        }
        assert_eq!(found(&list, &all, &query).await, expected, "{query}");
    }
    // A raw plus is a blank in a query, and a number all the same.
    assert_eq!(found(&list, &all, "search=+33").await, [3]);
    for query in [
        "search_fields=first_name,last_name&search=Z",
        "search_fields%5B%5D=first_name&search_fields=last_name&search=z",
        "search_fields=first_name&search_fields=first_name&search=z",
    ] {
        assert_eq!(found(&list, &all, query).await, [0, 1], "{query}");
    }
    let long = "é".repeat(80);
    assert_eq!(
        found(&list, &all, &format!("search={}", encoded(&long))).await,
        [0_usize; 0]
    );
}

/// People with priorities, zones, times of their last change and ids of uploads.
async fn people(app: &TestApp) -> (TestList, Vec<String>) {
    let list = app.list_identified_by("NOTHING").await;
    let zones = ["Europe/Berlin", "US/Eastern", "", "Europe/Berlin", "America/New_York"];
    let mut all = Vec::new();
    for (n, zone) in zones.iter().enumerate() {
        let mut record = person(&format!("+1415555010{n}"));
        record["priority"] = json!(n + 1);
        record["extra_data"] = json!({"even": n % 2 == 0});
        record["external_provider"] = "crm".into();
        record["external_id"] = "shared".into();
        if !zone.is_empty() {
            record["timezone"] = (*zone).into();
        }
        let body = json!({"records": [record], "upload_request_id": if n < 2 { "first" } else { "Second" }});
        let created = list.caller.post(&list.path("/records/bulks")).json(&body).send().await;
        all.extend(ids(&created.assert_status(201).json()));
    }
    let mut session = Blocker::connect(&app.database).await;
    for (n, fraction) in ["", ".000120", ".5", ".999999", ""].iter().enumerate() {
        let time = format!("2026-11-30T01:02:0{n}{fraction}+00:00");
        let number = format!("+1415555010{n}");
        let set = format!("UPDATE record SET updated_at = '{time}' WHERE phone_number = '{number}'");
        session.execute(&set).await;
    }
    let hot = "UPDATE record SET priority = 11 WHERE phone_number = '+14155550104'";
    session.execute(hot).await;
    (list, all)
}

#[apply(database_test)]
async fn each_filter_finds_its_records(app: TestApp) {
    let (list, all) = people(&app).await;
    for (query, expected) in [
        ("priorities=1", vec![0]),
        ("priorities=11", vec![4]),
        ("priorities=5", vec![]),
        ("priorities=3,1,3", vec![0, 2]),
        ("priorities=3&priorities=1", vec![0, 2]),
        ("priorities%5B%5D=3&priorities[]=1&priorities=2", vec![0, 1, 2]),
        ("timezones=europe/BERLIN", vec![0, 3]),
        // An alias remains an alias.
        ("timezones=US/Eastern", vec![1]),
        ("timezones=America/New_York", vec![4]),
        ("timezones=US/Eastern,America/New_York", vec![1, 4]),
        ("timezones[]=US/Eastern&timezones=Europe%2FBerlin", vec![0, 1, 3]),
        ("timezones=UTC", vec![]),
        ("upload_request_id=first", vec![0, 1]),
        ("upload_request_id=Second", vec![2, 3, 4]),
        ("upload_request_id=second", vec![]),
        ("updated_at_from=2026-11-30T01:02:03Z", vec![3, 4]),
        ("updated_at_to=2026-11-30T01:02:03Z", vec![0, 1, 2, 3]),
        ("updated_at_to=2026-11-30T01:02:00.1Z", vec![0]),
        ("updated_at_from=2026-11-30T01:02:01.999Z", vec![1, 2, 3, 4]),
        (
            "updated_at_from=2026-11-30T01:02:01Z&updated_at_to=2026-11-30T01:02:01Z",
            vec![1],
        ),
        (
            "updated_at_from=2026-11-30T03:02:01%2B02:00&updated_at_to=2026-11-29T20:02:02-05:00",
            vec![1, 2],
        ),
        // A raw plus.
        ("updated_at_from=2026-11-30T03:02:03+02:00", vec![3, 4]),
        ("updated_at_from=0000-01-01T00:00:00%2B23:59", vec![0, 1, 2, 3, 4]),
        ("updated_at_to=9999-12-31T23:59:59-23:59", vec![0, 1, 2, 3, 4]),
        ("updated_at_to=0000-01-01T00:00:00%2B23:59", vec![]),
        ("updated_at_from=9999-12-31T23:59:59-23:59", vec![]),
        ("phone=%2B14155550101", vec![1]),
        ("phone=+1415555%200101", vec![1]),
        ("phone=%2014155550101", vec![1]),
        ("phone=14155550101", vec![]),
    ] {
        assert_eq!(found(&list, &all, query).await, expected, "{query}");
    }
}

#[apply(database_test)]
async fn filters_together_all_have_to_match(app: TestApp) {
    let (list, all) = people(&app).await;
    for (query, expected) in [
        ("priorities=1,2,3&timezones=Europe/Berlin", vec![0]),
        (
            "priorities=1,2,3&timezones=Europe/Berlin&upload_request_id=Second",
            vec![],
        ),
        ("upload_request_id=Second&extra_data_filter=even:true", vec![2, 4]),
        ("phone_number=%2B14155550101&priorities=2", vec![1]),
        ("phone_number=%2B14155550101&priorities=1", vec![]),
        ("phone=%2B14155550101&search=%2B1&search_fields=phone_number", vec![1]),
        ("phone=x&priorities=2", vec![]),
        ("external_provider=crm&external_id=shared&priorities=1,11", vec![0, 4]),
        (
            "external_provider=crm&external_id=shared&extra_data_filter=even:false&order_by=priority:desc",
            vec![3, 1],
        ),
        ("external_provider=crm&external_id=Shared&priorities=1,11", vec![]),
        (
            "search=1415555&updated_at_from=2026-11-30T01:02:01Z&order_by=updated_at:desc",
            vec![4, 3, 2, 1],
        ),
    ] {
        assert_eq!(found(&list, &all, query).await, expected, "{query}");
    }
}

#[apply(database_test)]
async fn filters_find_nothing_of_another_list(app: TestApp) {
    let (list, all) = people(&app).await;
    let (other, _) = people(&app).await;
    for query in [
        "priorities=1",
        "search=1415",
        "order_by=priority",
        "timezones=US/Eastern&order_by=updated_at",
    ] {
        let here = ids(&page(&list, query).await);
        assert!(!here.is_empty() && here.iter().all(|id| all.contains(id)), "{query}");
        let there = ids(&page(&other, query).await);
        assert_eq!(there.len(), here.len(), "{query}");
        assert!(there.iter().all(|id| !all.contains(id)), "{query}");
        let foreign = list.asked_by(app.as_stranger());
        let answer = foreign
            .caller
            .get(&list.path(&format!("/records?{query}")))
            .send()
            .await;
        answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    }
}

#[apply(database_test)]
async fn links_repeat_every_filter(app: TestApp) {
    let (list, all) = people(&app).await;
    let query = "phone=+14155550103&search=%2B1415&search_fields=phone_number,last_name&priorities%5B%5D=4\
                 &priorities=5&timezones=europe/berlin&updated_at_from=2026-11-30T03:02:03+02:00\
                 &updated_at_to=2026-11-30T01:02:03Z&upload_request_id=Second&extra_data_filter=even:false\
                 &extra_data_filter[]=even:false&order_by=priority:desc&per_page=1";
    let sent = "phone=%2B14155550103&search=%2B1415&search_fields=phone_number%2Clast_name&priorities=4&priorities=5\
                &timezones=europe%2Fberlin&updated_at_from=2026-11-30T03%3A02%3A03%2B02%3A00\
                &updated_at_to=2026-11-30T01%3A02%3A03Z&upload_request_id=Second&extra_data_filter=even%3Afalse\
                &extra_data_filter=even%3Afalse&order_by=priority%3Adesc";
    let page = page(&list, query).await;
    assert_eq!(ids(&page), [all[3].as_str()]);
    let path = list.path(&format!("/records?{sent}&page=1&per_page=1"));
    for link in ["self", "first", "last"] {
        assert_eq!(target(&page, link).as_deref(), Some(path.as_str()), "{link}");
    }
    let again = list.caller.page(&path).await;
    assert_eq!(again, page);
}

#[apply(database_test)]
async fn what_is_no_filter_is_named(app: TestApp) {
    let (list, _) = list_of(&app, &[person("+14155550101")]).await;
    let long = |name: &str, length: usize| format!("{name}={}", "x".repeat(length));
    let eleven = ["extra_data_filter=a:b"; 11].join("&");
    for (query, field) in [
        ("phone=", "phone"),
        ("phone=%2B1&phone=%2B1", "phone"),
        ("phone=%2B1&phone_number=%2B1", "phone_number"),
        ("phone=%2B1&external_provider=a&external_id=b", "phone"),
        ("search=", "search"),
        ("search=%00", "search"),
        ("search=a&search=a", "search"),
        (&long("search", 81), "search"),
        ("search_fields=first_name", "search_fields"),
        ("search_fields[]=first_name", "search_fields"),
        ("search=a&search_fields=", "search_fields"),
        ("search=a&search_fields=first_name,", "search_fields"),
        ("search=a&search_fields=First_name", "search_fields"),
        ("search=a&search_fields=first_name,id", "search_fields"),
        ("priorities=", "priorities"),
        ("priorities[]=", "priorities"),
        ("priorities=0", "priorities"),
        ("priorities=12", "priorities"),
        ("priorities=0,12,x", "priorities"),
        ("priorities=1,,2", "priorities"),
        ("priorities=1,%202", "priorities"),
        ("priorities=1.5", "priorities"),
        ("priorities=high", "priorities"),
        ("timezones=", "timezones"),
        ("timezones=Europe/Berlin,Europe/Lissabon", "timezones"),
        ("timezones=+01:00", "timezones"),
        ("updated_at_from=", "updated_at_from"),
        ("updated_at_from=2026-11-30", "updated_at_from"),
        ("updated_at_from=yesterday", "updated_at_from"),
        ("updated_at_to=2026-11-30T01:02:03", "updated_at_to"),
        ("updated_at_to=2026-02-30T01:02:03Z", "updated_at_to"),
        ("updated_at_to=1764464523", "updated_at_to"),
        (
            "updated_at_to=2026-11-30T01:02:03Z&updated_at_to=2026-11-30T01:02:03Z",
            "updated_at_to",
        ),
        (
            "updated_at_from=2026-11-30T01:02:04Z&updated_at_to=2026-11-30T01:02:03Z",
            "updated_at_to",
        ),
        ("upload_request_id=", "upload_request_id"),
        (&long("upload_request_id", 37), "upload_request_id"),
        ("upload_request_id=a&upload_request_id=a", "upload_request_id"),
        ("extra_data_filter=", "extra_data_filter"),
        ("extra_data_filter[]=", "extra_data_filter"),
        ("extra_data_filter=a", "extra_data_filter"),
        ("extra_data_filter=:a", "extra_data_filter"),
        ("extra_data_filter=a:b&extra_data_filter=c", "extra_data_filter"),
        ("extra_data_filter=a:%00", "extra_data_filter"),
        (
            &long("extra_data_filter=a:", 1022)
                .replacen(":=", ":", 1)
                .replace("a:", "ab:"),
            "extra_data_filter",
        ),
        (&eleven, "extra_data_filter"),
        ("order_by=", "order_by"),
        ("order_by=id", "order_by"),
        ("order_by=updated_at:ASC", "order_by"),
        ("order_by=created_at", "order_by"),
        ("order_by=priority&order_by=priority", "order_by"),
        // What is not UTF-8 is not read as something else.
        ("search=%ff", "search"),
        ("phone_number=%2B1415%C3", "phone_number"),
        ("unknown=%ff", "unknown"),
        ("%ff=1", "\u{fffd}"),
    ] {
        let answer = list.caller.get(&list.path(&format!("/records?{query}"))).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[field]);
    }
}
