//! The manifests under deploy/ name real variables and keep a run safe.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use apic_configsync::config::vars;
use serde_yaml_ng::Value;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/base")
}

fn manifest(name: &str) -> Value {
    serde_yaml_ng::from_str(&std::fs::read_to_string(deploy().join(name)).unwrap()).unwrap()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn pod() -> Value {
    manifest("cronjob.yaml")["spec"]["jobTemplate"]["spec"]["template"]["spec"].clone()
}

/// Words that can only be variables: capitals with an underscore in their middle.
fn variables_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let is_variable = |word: &&str| {
        word.trim_matches('_').contains('_')
            && !word.ends_with('_')
            && !word.contains(|letter: char| letter.is_lowercase())
    };
    words.filter(is_variable).map(str::to_owned).collect()
}

#[test]
fn every_variable_named_in_a_manifest_is_known() {
    let known: BTreeSet<String> = vars::settings().map(|setting| setting.name()).collect();
    for file in std::fs::read_dir(deploy()).unwrap() {
        let path = file.unwrap().path();
        let named = variables_in(&std::fs::read_to_string(&path).unwrap());
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", path.display());
    }
}

#[test]
fn the_config_map_has_supported_variables_only_and_no_secret() {
    let known: BTreeSet<String> = vars::settings()
        .filter(|setting| setting.variable.supported && !setting.is_secret())
        .map(|setting| setting.name())
        .collect();
    let unknown: Vec<String> = keys(&manifest("configmap.yaml")["data"]).difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_mounted_secret_has_a_key_and_every_key_a_use() {
    let mount = pod()["containers"][0]["volumeMounts"][0]["mountPath"].as_str().unwrap().to_owned();
    let config_map = manifest("configmap.yaml");
    let values = config_map["data"].as_mapping().unwrap().values().filter_map(Value::as_str);
    let used: BTreeSet<String> =
        values.filter_map(|value| Some(value.strip_prefix(&mount)?.trim_start_matches('/').to_owned())).collect();
    assert_eq!(used, keys(&manifest("secret.example.yaml")["stringData"]));
}

#[test]
fn a_run_is_alone_is_not_repeated_and_may_finish_its_requests() {
    let cron = manifest("cronjob.yaml");
    assert_eq!(cron["spec"]["schedule"], "*/10 * * * *");
    assert_eq!(cron["spec"]["concurrencyPolicy"], "Forbid");
    assert!(cron["spec"]["startingDeadlineSeconds"].as_u64().is_some());
    assert_eq!(cron["spec"]["jobTemplate"]["spec"]["backoffLimit"], 0);
    let grace = pod()["terminationGracePeriodSeconds"].as_u64().unwrap();
    for request in ["HTTP_CLIENT_TIMEOUT", "PUBLISH_TIMEOUT"] {
        let variable = vars::variables().find(|variable| variable.name == request).unwrap();
        let longest: u64 = variable.default.unwrap().parse().unwrap();
        assert!(grace > longest, "{request}");
    }
}

#[test]
fn the_pod_has_no_more_rights_than_it_needs() {
    let pod = pod();
    let container = &pod["containers"][0];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"][0], "ALL");
    assert!(container["resources"]["limits"]["memory"].as_str().is_some());
}

#[test]
fn the_kustomization_lists_files_that_exist_and_no_secret() {
    let kustomization = manifest("kustomization.yaml");
    let resources: Vec<&str> =
        kustomization["resources"].as_sequence().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(resources, ["configmap.yaml", "cronjob.yaml"]);
    assert!(resources.iter().all(|file| deploy().join(file).is_file()));
}
