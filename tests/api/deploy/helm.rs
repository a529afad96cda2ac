//! `deploy/helm`, rendered as a cluster would get it.

use std::{fs, process::Command};

use rstest::rstest;
use serde_json::Value;

use super::{configured, documents};
use crate::support::{SECRET, python_tool, repository_file, run, run_well};

/// Helm with the chart and values behind `command`; `None` where the test has to be passed over.
fn helm(command: &[&str], values: &[&str]) -> Option<Command> {
    let mut helm = python_tool("helm")?;
    helm.args(command).arg(repository_file("deploy/helm"));
    for value in values {
        helm.args(["--set-json", value]);
    }
    Some(helm)
}

/// The objects of a release.
fn rendered(values: &[&str]) -> Option<String> {
    let mut helm = helm(&["template", "release"], &[&["secret.name=\"keys\""], values].concat())?;
    Some(run_well(&mut helm))
}

#[track_caller]
fn object<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    let object = objects.iter().find(|object| object["kind"] == kind);
    object.unwrap_or_else(|| panic!("no {kind} in {objects:#?}"))
}

const EVERYTHING: [&str; 7] = [
    "metrics.enabled=true",
    "secret.hasSigningKey=true",
    "metrics.serviceMonitor={\"enabled\": true, \"labels\": {\"team\": \"dialers\"}}",
    "imagePullSecrets=[{\"name\": \"registry\"}]",
    "nodeSelector={\"disk\": \"fast\"}",
    "tolerations=[{\"key\": \"dialers\", \"operator\": \"Exists\"}]",
    "config=\"trusted_proxies = [\\\"10.0.0.0/8\\\"]\\nqueue_length = 256\\nno_docs = true\"",
];

const LITTLE: [&str; 4] = [
    "secret.hasJwtSecret=false",
    "recreate=true",
    "podDisruptionBudget.enabled=false",
    "config=\"oidc_issuer = \\\"https://id.example.com\\\"\"",
];

#[rstest]
fn the_objects_are_those_of_kubernetes(#[values(&[], &EVERYTHING, &LITTLE)] values: &[&str]) {
    let Some(objects) = rendered(values) else { return };
    let Some(mut checker) = python_tool("kubernetes-validate") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("objects.yaml");
    fs::write(&file, &objects).expect("a file");
    let told = run_well(checker.arg("--strict").arg(&file));
    assert!(
        told.contains("passed for resource deployment/release-record-lists"),
        "{told}"
    );
    if let Some(mut helm) = helm(&["lint", "--strict"], &[&["secret.name=\"keys\""], values].concat()) {
        run_well(&mut helm);
    }
}

#[rstest]
fn the_service_understands_its_settings(#[values(&[], &EVERYTHING, &LITTLE)] values: &[&str]) {
    let Some(objects) = rendered(values).and_then(|objects| documents(&objects)) else {
        return;
    };
    let pod = &object(&objects, "Deployment")["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let folder = tempfile::tempdir().expect("a folder");
    let secret = |key: &str| match key {
        "database-url" => "postgres://record_lists:2b1c@database/record_lists",
        "jwt-secret" => SECRET,
        _ => panic!("nothing says that the Secret has {key}"),
    };
    let variables = container["env"].as_array().expect("variables").iter().map(|variable| {
        let value = variable["value"].as_str();
        let key = || variable["valueFrom"]["secretKeyRef"]["key"].as_str().expect("a key");
        let name = variable["name"].as_str().expect("a name").to_owned();
        (name, value.unwrap_or_else(|| secret(key())).to_owned())
    });
    let variables: Vec<_> = variables.collect();
    let config = object(&objects, "ConfigMap")["data"]["record-lists.toml"].as_str();
    fs::write(folder.path().join("record-lists.toml"), config.expect("a file")).expect("a file");
    let arguments = container["args"].as_array().expect("arguments");
    let arguments: Vec<_> = arguments.iter().filter_map(Value::as_str).collect();
    assert_eq!(arguments, ["serve", "--config", "/etc/record-lists/record-lists.toml"]);
    let report = configured(folder.path(), &variables, &["--config", "record-lists.toml"]);
    // Readiness waits for the database, life does not.
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/health/ready");
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/health/live");
    if values == EVERYTHING {
        assert!(report.contains("queue_length = 256"), "{report}");
        assert_eq!(
            object(&objects, "ServiceMonitor")["metadata"]["labels"]["team"],
            "dialers"
        );
        assert_eq!(pod["volumes"][1]["secret"]["secretName"], "keys");
    }
}

/// Each would start pods that cannot serve.
#[rstest]
fn faulty_values_are_refused(
    #[values(
        "secret.name=\"\"",
        "secret.nam=\"x\"",
        "replicas=0",
        // Without a key, the service takes the tokens of nobody.
        "secret.hasJwtSecret=false",
        "config={\"log_format\": \"json\"}",
        "terminationGracePeriodSeconds=1"
    )]
    value: &str,
) {
    let Some(mut helm) = helm(&["template", "release"], &["secret.name=\"keys\"", value]) else {
        return;
    };
    let output = run(&mut helm);
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
