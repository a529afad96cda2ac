//! `deploy/grafana`: the dashboard asks Prometheus for what there is, and so do the rules.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use super::alerts::promtool::{RULES, check_rules};
use crate::{metrics::documented, support::repository_file};

fn dashboard() -> Value {
    let text = fs::read_to_string(repository_file("deploy/grafana/record-lists.json")).expect("the dashboard");
    serde_json::from_str(&text).expect("a dashboard in JSON")
}

fn panels(dashboard: &Value) -> &Vec<Value> {
    dashboard["panels"].as_array().expect("panels")
}

/// What it asks for.
fn expressions(dashboard: &Value) -> Vec<&str> {
    let targets = panels(dashboard).iter().filter_map(|panel| panel["targets"].as_array());
    let expressions = targets.flatten().filter_map(|target| target["expr"].as_str());
    expressions.collect()
}

/// The words that are names of metrics of the service.
fn metrics(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let prefixes = ["record_lists_", "http_server_", "process_"];
    words
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .collect()
}

/// Without what the format adds to names.
fn without_suffix(name: &str) -> &str {
    let suffixes = ["_total", "_info", "_bucket", "_count", "_sum"];
    let bare = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
    bare.unwrap_or(name)
}

#[test]
fn everything_that_is_asked_for_is_documented() {
    let documented = documented();
    let rules = fs::read_to_string(repository_file(RULES)).expect("the rules");
    let dashboard = dashboard();
    let asked = [expressions(&dashboard).join("\n"), rules].join("\n");
    let names = metrics(&asked);
    for name in &names {
        assert!(documented.contains_key(without_suffix(name)), "{name}");
    }
    let shown = metrics(&asked).into_iter().map(without_suffix).collect::<BTreeSet<_>>();
    assert!(shown.len() > 25, "{shown:?}");
}

#[test]
fn prometheus_understands_every_expression() {
    let dashboard = dashboard();
    let rules = expressions(&dashboard)
        .into_iter()
        .enumerate()
        .map(|(number, expression)| {
            let expression = expression.replace("$__rate_interval", "4m").replace("$instance", ".*");
            assert!(!expression.contains("$_"), "{expression}");
            json!({"record": format!("expression:{number}"), "expr": expression})
        });
    let rules = json!({"groups": [{"name": "dashboard", "rules": rules.collect::<Vec<_>>()}]});
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.yaml");
    fs::write(&file, rules.to_string()).expect("a file");
    check_rules(&file);
}

#[test]
fn the_panels_are_complete() {
    let dashboard = dashboard();
    let panels = panels(&dashboard);
    let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    for (panel, next) in panels.iter().zip(panels.iter().skip(1).chain([&Value::Null])) {
        let title = panel["title"].as_str().expect("a title");
        if panel["type"] == "row" {
            // A row without panels is closed by the next one.
            assert!(next["type"].is_string() && next["type"] != "row", "{title}");
            continue;
        }
        let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
        assert!(unit.is_some_and(|unit| !unit.is_empty()), "{title}");
        for target in panel["targets"].as_array().expect("expressions") {
            assert!(
                target["legendFormat"].as_str().is_some_and(|legend| !legend.is_empty()),
                "{title}"
            );
            assert!(
                target["expr"].as_str().is_some_and(|text| text.contains("$instance")),
                "{title}"
            );
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let names: Vec<_> = variables
        .iter()
        .filter_map(|variable| variable["name"].as_str())
        .collect();
    assert_eq!(names, ["datasource", "instance"]);
}
