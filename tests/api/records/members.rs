//! The filter for members of `extra_data` (docs/contract.md section A.9.1).

use super::find::{encoded, found};
use crate::support::{TestApp, apply, database_test, ids};

/// `extra_data` as it is sent, which the tests' JSON would change.
const DATA: [&str; 8] = [
    r#"{"city":"Lisbon","n":1.0,"ok":true,"none":null,"empty":""}"#,
    r#"{"city":"lisbon","n":1,"ok":"true","none":"null","deep":{"city":"Lisbon","x":[1, 2.50]}}"#,
    r#"{"n":12345678901234567890123456789012345678901,"list":["a", {"b" :1}],"text":"\u00e9\/\n"}"#,
    r#"{"c\u0069ty":"Lisbon","n":1.50E+02,"a.b":"dot","a[0]":"index","a\"b":"quote","a\\b":"back"}"#,
    r#"{"n\u00e9":"e","tab\t":"tab","\ud83d\ude00":"smile","k:l":"colon","$":"dollar","[]":"array"}"#,
    r#"{"other":"\"city\":\"Lisbon\"","x":{"n":1},"n":-0}"#,
    r#"{"né":"raw","😀":"raw smile","a":"b:c","n":"15e-99"}"#,
    r#"{"n":15e-99,"city":{"name":"Lisbon"}}"#,
];

#[apply(database_test)]
async fn free_form_data_has_a_member(app: TestApp) {
    let list = app.list_identified_by("NOTHING").await;
    let records = DATA.iter().enumerate().map(|(n, data)| {
        format!(r#"{{"first_name":"Ada","last_name":"Test","phone_number":"+1415555{n:04}","extra_data":{data}}}"#)
    });
    let body = format!(r#"{{"records":[{}]}}"#, records.collect::<Vec<_>>().join(","));
    let created = list.caller.post(&list.path("/records/bulks")).body(body).send().await;
    let all = ids(&created.assert_status(201).json());
    for (filters, expected) in [
        (vec!["city:Lisbon"], vec![0, 3]),
        (vec!["city:lisbon"], vec![1]),
        (vec!["city:\"Lisbon\""], vec![]),
        (vec!["City:Lisbon"], vec![]),
        (vec!["n:1"], vec![1]),
        (vec!["n:1.0"], vec![0]),
        (vec!["n:12345678901234567890123456789012345678901"], vec![2]),
        (vec!["n:12345678901234567890123456789012345678902"], vec![]),
        (vec!["n:1.50E+02"], vec![3]),
        (vec!["n:150"], vec![]),
        (vec!["n:-0"], vec![5]),
        (vec!["n:0"], vec![]),
        (vec!["n:15e-99"], vec![6, 7]),
        (vec!["ok:true"], vec![0, 1]),
        (vec!["none:null"], vec![0, 1]),
        (vec!["none:"], vec![]),
        (vec!["empty:"], vec![0]),
        (vec!["absent:null"], vec![]),
        (vec!["absent:"], vec![]),
        (vec!["deep:{\"city\":\"Lisbon\",\"x\":[1,2.50]}"], vec![1]),
        (vec!["city:{\"name\":\"Lisbon\"}"], vec![7]),
        (vec!["name:Lisbon"], vec![]),
        (vec!["list:[\"a\",{\"b\":1}]"], vec![2]),
        (vec!["text:é/\n"], vec![2]),
        (vec!["text:\\u00e9/\n"], vec![]),
        (vec!["a.b:dot"], vec![3]),
        (vec!["a[0]:index"], vec![3]),
        (vec!["a\"b:quote"], vec![3]),
        (vec!["a\\b:back"], vec![3]),
        (vec!["né:e"], vec![4]),
        (vec!["né:raw"], vec![6]),
        (vec!["n\\u00e9:e"], vec![]),
        (vec!["tab\t:tab"], vec![4]),
        (vec!["😀:smile"], vec![4]),
        (vec!["😀:raw smile"], vec![6]),
        (vec!["k:l:colon"], vec![]),
        (vec!["$:dollar"], vec![4]),
        (vec!["[]:array"], vec![4]),
        (vec!["a:b:c"], vec![6]),
        (vec!["city:Lisbon", "n:1.0"], vec![0]),
        (vec!["city:Lisbon", "city:lisbon"], vec![]),
        (vec!["n:1", "ok:true", "none:null"], vec![1]),
        (vec!["n:1"; 10], vec![1]),
    ] {
        for name in ["extra_data_filter", "extra_data_filter%5B%5D", "extra_data_filter[]"] {
            let filters = filters.iter().map(|filter| format!("{name}={}", encoded(filter)));
            let query = filters.collect::<Vec<_>>().join("&");
            assert_eq!(found(&list, &all, &query).await, expected, "{query}");
        }
    }
}
