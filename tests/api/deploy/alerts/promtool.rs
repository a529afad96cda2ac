//! What Prometheus makes of the metrics of a server: `promtool test rules` plays two hours.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::super::exists;
use crate::support::{Series, pass_over, repository_file, run, run_well};

/// The rules.
pub const RULES: &str = "deploy/prometheus/record-lists.rules.yaml";

/// How often Prometheus looks, at most: the ranges in the rules must be long enough for that.
const INTERVAL: &str = "1m";

/// Looks in an hour.
const HOUR: usize = 60;

/// What happens in the second hour.
#[derive(Clone, Copy)]
enum Fault {
    /// It goes on: counters rise at each look by what they rose in the test.
    Lasts,
    /// One look sees it.
    Blips,
}

/// `promtool`; `None` where the test has to be passed over.
pub fn promtool() -> Option<Command> {
    if !exists("promtool") {
        pass_over("promtool");
        return None;
    }
    Some(Command::new("promtool"))
}

/// Asserts that no alert is there in the hour before the fault, exactly these fire when it has lasted for an hour, and
/// that those of severity `critical` among them which fire after a fault of one look are `at_once`.
#[track_caller]
pub fn assert_alerts(before: &Series, after: &Series, lasting: &[&str], at_once: &[&str]) {
    let Some(mut promtool) = promtool() else { return };
    let all = |time: usize, expression: &str, alerts: &[&str]| {
        let samples = alerts
            .iter()
            .map(|alert| json!({"labels": format!("{{alertname=\"{alert}\"}}"), "value": 1}));
        json!({
            "eval_time": format!("{time}m"),
            "expr": format!("group by (alertname) ({expression})"),
            "exp_samples": samples.collect::<Vec<_>>(),
        })
    };
    let lasts = json!({
        "interval": INTERVAL,
        "input_series": input(before, after, Fault::Lasts),
        "promql_expr_test": [
            all(HOUR - 1, "count_over_time(ALERTS[1h])", &[]),
            all(2 * HOUR - 1, "ALERTS{alertstate=\"firing\"}", lasting),
        ],
    });
    let pages = "count_over_time(ALERTS{alertstate=\"firing\",severity=\"critical\"}[1h])";
    let blips = json!({
        "interval": INTERVAL,
        "input_series": input(before, after, Fault::Blips),
        "promql_expr_test": [all(2 * HOUR - 1, pages, at_once)],
    });
    let tests =
        json!({"rule_files": [repository_file(RULES)], "evaluation_interval": INTERVAL, "tests": [lasts, blips]});
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("test.yaml");
    fs::write(&file, tests.to_string()).expect("a file");
    let output = run(promtool.args(["test", "rules"]).arg(&file));
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let changed: Vec<_> = changed.collect();
    assert!(output.status.success(), "{told}\n{changed:#?}");
}

/// Checks a file with rules as Prometheus would.
#[track_caller]
pub fn check_rules(file: &Path) {
    if let Some(mut promtool) = promtool() {
        run_well(promtool.args(["check", "rules"]).arg(file));
    }
}

fn input(before: &Series, after: &Series, fault: Fault) -> Vec<Value> {
    let appeared = after.keys().filter(|name| !before.contains_key(*name));
    let names = before.keys().chain(appeared);
    let series = names.map(|name| {
        let values = values(name, before.get(name).copied(), after.get(name).copied(), fault);
        json!({"series": labelled(name), "values": values})
    });
    series.collect()
}

/// The series with the labels that Prometheus adds.
fn labelled(name: &str) -> String {
    let own = "job=\"record-lists\",instance=\"lists.example.com:9464\"";
    match name.strip_suffix('}') {
        Some(labels) => format!("{labels},{own}}}"),
        None => format!("{name}{{{own}}}"),
    }
}

fn values(name: &str, before: Option<f64>, after: Option<f64>, fault: Fault) -> String {
    let more = HOUR - 1;
    let first = before.map_or(format!("_x{HOUR}"), |value| format!("{value}+0x{more}"));
    let metric = name.split('{').next().unwrap_or_default();
    let is_counter = ["_total", "_count", "_bucket", "_sum"]
        .iter()
        .any(|end| metric.ends_with(end));
    let second = match (fault, after) {
        (Fault::Lasts, Some(value)) => {
            let step = if is_counter { value - before.unwrap_or(0.0) } else { 0.0 };
            format!("{value}{step:+}x{more}")
        }
        (Fault::Lasts, None) => format!("stale _x{more}"),
        (Fault::Blips, Some(value)) if is_counter => format!("{value}+0x{more}"),
        (Fault::Blips, after) => {
            let seen = after.map_or("stale".to_owned(), |value| value.to_string());
            let later = before.map_or(format!("stale _x{}", more - 1), |value| {
                format!("{value}+0x{}", more - 1)
            });
            format!("{seen} {later}")
        }
    };
    format!("{first} {second}")
}
