//! The way from the vendor: its records are exported, and imported here.

use std::{net::SocketAddr, process::Command};

use serde_json::{Value, json};

use super::{
    Guide, Shell,
    proxy::{Fault, Proxy},
    serve, texts,
};
use crate::support::{
    ServerProcess, TestApp, TestDatabase, TestList, apply, database_test, external_person, has_additions, pass_over,
    person,
};

const PAGES: &str = "/records?";
const IMPORTS: &str = "/records/bulks";

/// The guide's commands in a shell, with the addresses of a test in place of those that are written there.
struct Move {
    shell: Shell,
    commands: Vec<String>,
}

impl Move {
    /// `None` where the test has to be passed over.
    fn prepare(database: &TestDatabase, vendor: SocketAddr, vendor_list: &str, here: SocketAddr) -> Option<Self> {
        if Command::new("curl").arg("--version").output().is_err() {
            pass_over("curl");
            return None;
        }
        let shell = Shell::open(database)?;
        let guide = Guide::read("moving-from-the-vendor.md");
        shell.save("move.sh", guide.block("bash"));
        let replaced = [
            ("https://api.vendor.example", format!("http://{vendor}")),
            ("https://acme.vendor.example", format!("http://{vendor}")),
            ("7d5e3c52-61a9-4f0e-8a33-0c4d5ef5a7b1", vendor_list.to_owned()),
            ("http://127.0.0.1:8080", format!("http://{here}")),
        ];
        let commands = guide.blocks("sh").into_iter().map(|block| {
            let replace = |text: String, (from, to): &(&str, String)| text.replace(from, to);
            replaced.iter().fold(block.to_owned(), replace)
        });
        Some(Self {
            commands: commands.collect(),
            shell,
        })
    }

    /// The command that imports, for another list.
    fn import(&self, list: &str) -> String {
        let settings = self.commands[2].lines().next().expect("the settings");
        format!("{settings}\nbash move.sh import {list} <records.ndjson")
    }
}

/// A server that stands for the vendor: it sends only what the vendor publishes.
async fn vendor(here: &TestDatabase) -> Option<(ServerProcess, TestDatabase, String)> {
    let database = here.kind.create().await?;
    let server = serve(&database, &["--wire-format", "published"]).await;
    let shell = Shell::open(&database)?;
    let client = shell.run_well("record-lists client add --account acme --scope record-lists:manage --name export");
    Some((server, database, client))
}

/// Records of all kinds: 251.
async fn fill(list: &TestList) {
    let mut records: Vec<Value> = (0..250)
        .map(|number| external_person(&format!("+1415555{number:04}"), "crm", &format!("person-{number}")))
        .collect();
    records[0]["extra_data"] = json!({"account": 12_345_678_901_234_567_890_u64, "score": 0.5, "tags": ["é", {}]});
    records[1]["timezone"] = "Europe/Lisbon".into();
    records[1]["priority"] = 9.into();
    records[1]["external_url"] = "https://crm.example.com/person-1".into();
    records[1]["sync_external_id"] = true.into();
    records[2]["phone_numbers"] = json!([
        {"phone_number": "+14165550001", "phone_type": "OFFICE"},
        {"phone_number": "+14165550002", "phone_type": "HOME"},
    ]);
    list.add(&records).await;
    let hot = list.caller.post(&list.path("/records")).json(&person("+14165550003"));
    let hot = hot.send().await.assert_status(201).json();
    assert_eq!(hot["priority"], 11);
}

/// What is moved of each record; a hot lead is none any more.
async fn moved(list: &TestList) -> Vec<Value> {
    let mut records = list.records().await;
    for record in &mut records {
        let record = record.as_object_mut().expect("a record");
        for name in ["id", "record_list_id", "created_at", "updated_at", "_links"] {
            record.remove(name).expect("a member");
        }
        if record["priority"] == 11 {
            record["priority"] = 10.into();
        }
    }
    records.sort_by_key(|record| record["phone_number"].to_string());
    records
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn records_move_from_the_vendor_in_spite_of_faults(database: TestDatabase) {
    let Some((vendor, _vendor_database, client)) = vendor(&database).await else {
        return;
    };
    let source = TestList::create(vendor.as_manager(), "PHONE_NUMBER").await;
    fill(&source).await;
    let server = serve(&database, &[]).await;

    let error = || Fault::error(503, "OVERLOADED", Some(1));
    let of_vendor = vec![(PAGES, 1, error()), (PAGES, 1, Fault::Halve)];
    let of_vendor = Proxy::start(vendor.address, of_vendor).await;
    let of_server = vec![
        ("/oauth/token", 1, error()),
        (IMPORTS, 1, Fault::Lose),
        (IMPORTS, 1, error()),
    ];
    let of_server = Proxy::start(server.address, of_server).await;
    let Some(moving) = Move::prepare(&database, of_vendor.address, &source.id, of_server.address) else {
        return;
    };
    moving.shell.save("vendor.json", &client);
    let run = |commands: &str| tokio::task::block_in_place(|| moving.shell.run_well(commands));
    let told = run(&moving.commands.join("\n"));
    assert!(told.contains("from line 201: 51 created, 0 updated"), "{told}");
    // The lines of the file, and the records of the list.
    let counts: Vec<&str> = told.lines().rev().take(2).map(str::trim).collect();
    assert_eq!(counts, ["251", "251"], "{told}");

    let page = server.as_manager().page("/record-lists").await;
    let lists = page["_embedded"]["record_lists"].as_array().expect("lists");
    assert_eq!(lists.len(), 1);
    assert_eq!(lists[0]["name"], "Spring campaign");
    let id = lists[0]["id"].as_str().expect("an id").to_owned();
    let target = TestList {
        caller: server.as_manager(),
        id,
    };
    assert_eq!(moved(&target).await, moved(&source).await);
    let keys: Vec<_> = of_server.seen(IMPORTS).into_iter().map(|request| request.key).collect();
    assert!(keys[0].is_some() && keys[0] == keys[1] && keys[1] == keys[2] && keys[2] != keys[3]);

    let told = run(&moving.import(&target.id));
    let updated = if has_additions() { 51 } else { 0 };
    assert!(
        told.contains(&format!("from line 201: 0 created, {updated} updated")),
        "{told}"
    );
    assert_eq!(moved(&target).await, moved(&source).await);

    // A list whose records cannot be told apart: only the keys keep them from being doubled.
    let other = TestList::create(server.as_manager(), "NOTHING").await;
    for _ in 0..2 {
        run(&moving.import(&other.id));
        assert_eq!(other.count().await, 251);
    }
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_move_is_named(database: TestDatabase) {
    let server = serve(&database, &[]).await;
    let list = TestList::create(server.as_manager(), "PHONE_NUMBER").await;
    let Some(moving) = Move::prepare(&database, server.address, &list.id, server.address) else {
        return;
    };
    moving.shell.run_well(&moving.commands[0]);
    let mut faulty = person("+14155550102");
    faulty["last_name"] = "".into();
    let lines = format!("{}\n{faulty}\n{}\n", person("+14155550101"), person("+14155550103"));
    moving.shell.save("records.ndjson", &lines);
    let run = |commands: &str| tokio::task::block_in_place(|| moving.shell.run(commands));
    let output = run(&moving.import(&list.id));
    let (told, _) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("line 2 failed: LAST_NAME_MISSING"), "{told}");
    assert_eq!(list.count().await, 2);

    // A request that is refused ends the program, and its response is shown.
    let output = run(&moving.import("8858c834-481d-4a02-8176-cffc02c50350"));
    let (_, complaints) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{complaints}");
    assert!(
        complaints.contains("status 404") && complaints.contains("RECORD_LIST_NOT_FOUND"),
        "{complaints}"
    );
}

/// Each with the words of the guide that say so.
#[apply(database_test)]
async fn what_the_guide_says_of_requests_is_true(app: TestApp) {
    let guide = Guide::read("moving-from-the-vendor.md");
    let list = app.list().await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let records = list.path("/records");
    let csv = json!({"name": "a", "csv_metadata": {"filename": "a.csv"}});
    let get = |path: &str| list.caller.get(path);
    for (words, request, status) in [
        ("`team_ids`, is 400", get("/record-lists?team_ids=a"), 400),
        (
            "`limit` and `offset`, are ignored",
            get(&format!("{records}?limit=1&offset=1")),
            200,
        ),
        ("`csv_metadata`", list.caller.post("/record-lists").json(&csv), 400),
        (
            "upload requests",
            list.caller.post(&list.path("/upload-requests")).json(&csv),
            404,
        ),
        ("Do-not-call lists. Until then", get("/do-not-call-lists"), 404),
        (
            "The list itself is 404",
            get("/record-lists/8858c834-481d-4a02-8176-cffc02c50350"),
            404,
        ),
    ] {
        assert!(guide.0.contains(words), "{words}");
        let answer = request.send().await;
        assert_eq!(answer.status, status, "{words}");
        if status == 200 {
            assert_eq!(answer.json()["count"], 2, "{words}");
        }
    }
}
