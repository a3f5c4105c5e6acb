//! Who logs in, where, and what he may see: what is refused, with which status, and which words say what to mend.

use apic_configsync::sandbox::seed;
use secrecy::ExposeSecret;

use super::{
    pair::{Pair, size},
    program::Ended,
};

/// Runs a first sync with one variable changed.
fn run_with(name: &str, value: &str) -> Ended {
    let pair = Pair::first_sync().with(name, value);
    let ended = pair.run(&["sync"]);
    assert_eq!(pair.writes(), 0);
    ended
}

#[test]
fn a_login_that_is_refused_names_the_settings_to_check() {
    for side in ["SOURCE", "TARGET"] {
        for (setting, said) in [
            ("ADMIN_PASSWORD", "Invalid credentials."),
            ("ADMIN_USER", "Invalid credentials."),
            ("REALM", "Invalid credentials."),
            ("TOOLKIT_CREDENTIALS_CLIENTID", "The client_id or the client_secret is invalid."),
            ("TOOLKIT_CREDENTIALS_CLIENTSECRET", "The client_id or the client_secret is invalid."),
        ] {
            let setting = format!("{side}_{setting}");
            let ended = run_with(&setting, "definitely-wrong").exits(6).with_outcome("preflight_failed");
            assert_eq!(ended.report["findings"][0]["severity"], "error");
            ended.says(&["answered 401", said, &setting, "preflight failed: nothing was written"]);
        }
    }
}

#[test]
fn a_catalog_that_is_not_there_is_told_with_those_that_are() {
    run_with("SOURCE_CATALOG", "nope").exits(6).with_outcome("preflight_failed").says(&[
        "the source has no catalog nope in the provider organization provider (this login sees: sandbox)",
        "mend: check SOURCE_ORG and SOURCE_CATALOG",
    ]);
    run_with("TARGET_ORG", "nope")
        .exits(6)
        .says(&["the target has no catalog sandbox in the provider organization nope", "TARGET_ORG"]);
}

#[test]
fn both_sides_are_told_at_once() {
    let pair = Pair::first_sync().with("SOURCE_ADMIN_PASSWORD", "wrong-one").with("TARGET_CATALOG", "nope");
    pair.run(&["check"]).exits(6).says(&["SOURCE_ADMIN_PASSWORD", "the target has no catalog nope"]);
}

#[test]
fn a_server_that_does_not_answer_the_phone() {
    // Port 1 is reserved, and nothing listens there.
    for side in ["source", "target"] {
        let server = format!("{}_MGMT_SERVER", side.to_uppercase());
        let ended = run_with(&server, "http://127.0.0.1:1/api").exits(6).with_outcome("preflight_failed");
        ended.says(&[&format!("{side}: "), "5 attempts", &format!("check {server}")]);
    }
}

#[test]
fn an_api_key_stands_for_user_password_and_realm() {
    let pair = Pair::first_sync();
    pair.target().switches.single_use_api_keys = true;
    let key = pair.target().api_key().unwrap();
    let with_key = |variables: &mut std::collections::BTreeMap<String, String>| {
        for setting in ["ADMIN_USER", "ADMIN_PASSWORD", "REALM"] {
            variables.remove(&format!("TARGET_{setting}"));
        }
        variables.insert("TARGET_ADMIN_APIKEY".into(), key.expose_secret().into());
    };
    pair.run_edited(&["sync"], with_key).exits(0);
    pair.assert_mirrored();
    pair.run_edited(&["sync"], with_key).exits(6).says(&["TARGET_ADMIN_APIKEY", "single use"]);
}

#[test]
fn a_source_login_that_may_not_view_apps_leads_to_no_deletion() {
    let pair = Pair::of(seed::large_synced(size(8)));
    pair.source().logins[0].scopes.retain(|scope| !scope.starts_with("app:"));
    let sync = pair.run(&["sync"]).exits(3).with_outcome("incomplete");
    sync.says(&["source: the login lacks app:view:all", "source applications could not be read whole"]);
    assert_eq!(pair.writes(), 0);
    pair.run(&["check"]).exits(6).says(&["source: ", "answered 403", "role that may view apps"]);
}

#[test]
fn a_source_login_that_sees_a_few_organizations_deletes_not_the_others() {
    let pair = Pair::of(seed::large_synced(size(8)));
    pair.source().logins[0].sees_only = Some(["org-0".to_owned()].into());
    pair.run(&["sync"]).exits(4).with_outcome("refused").says(&["refused by MAX_DELETE_PERCENT"]);
    assert_eq!(pair.writes(), 0);
}

#[test]
fn a_target_that_takes_no_hashes_is_refused_unless_credentials_stay_out() {
    let pair = Pair::first_sync();
    pair.target().set("hash_client_secret", false);
    let refused = pair.run(&["sync"]).exits(6).with_outcome("preflight_failed");
    assert_eq!(refused.report["findings"][0]["check"], "hash_client_secret");
    refused.says(&["\"hash_client_secret\": true", "EXCLUDE_KINDS=credentials"]);
    assert_eq!(pair.writes(), 0);
    let without = pair.with("EXCLUDE_KINDS", "credentials");
    let sync = without.run(&["sync"]).exits(0).with_outcome("applied");
    assert_eq!(sync.report["kinds"]["credentials"]["created"], 0);
    assert_eq!(sync.report["kinds"]["applications"]["created"], 4);
}

#[test]
fn the_source_as_its_own_target_is_refused_by_name_and_by_id() {
    let pair = Pair::first_sync();
    let id = pair.source().home.to_string();
    let onto_itself = |catalog: String| {
        pair.run_edited(&["sync"], move |variables| {
            let of_source = variables
                .clone()
                .into_iter()
                .filter_map(|(name, value)| Some((format!("TARGET_{}", name.strip_prefix("SOURCE_")?), value)));
            variables.extend(of_source);
            variables.insert("TARGET_CATALOG".into(), catalog);
        })
    };
    onto_itself("sandbox".into()).exits(2).complains(&["TARGET_CATALOG", "which is the source itself"]);
    onto_itself(id).exits(2).says(&["source and target are the same catalog", "a name and an id"]);
}
