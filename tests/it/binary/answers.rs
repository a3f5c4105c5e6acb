//! Servers that answer nonsense: what is said of it, with which status, and that nothing is written on its account.

use std::thread;

use apic_configsync::sandbox::{Effect, Fault, faults::FaultBody, seed};
use serde_json::json;

use super::{
    pair::{Pair, size},
    program::Ended,
};

const CATALOG: &str = "/catalogs/provider/";

/// An answer, and the words that tell of it.
type Case = (Effect, &'static [&'static str]);

#[test]
fn a_login_that_is_answered_with_nonsense() {
    let cases = [
        (Effect::HtmlPage, &["POST /api/token answered 200", "no `access_token`"][..]),
        (Effect::Replace(json!([1, 2])), &["no `access_token`"]),
        (Effect::Replace(json!({"access_token": 7})), &["no `access_token`"]),
        (nothing(200), &["no `access_token`"]),
        (Effect::ingress(404), &["answered 404 with a page, probably of a proxy"]),
    ];
    refused("/token", &cases);
}

#[test]
fn a_login_that_is_not_answered_at_all() {
    let cases = [
        (Effect::Reset, &["POST /api/token failed", "5 attempts"][..]),
        (Effect::Truncate, &["POST /api/token failed", "5 attempts"]),
        (Effect::ingress(502), &["answered 502 with a page", "5 attempts"]),
    ];
    refused("/token", &cases);
}

#[test]
fn a_catalog_that_is_answered_with_nonsense() {
    let cases = [
        (Effect::HtmlPage, &["answered 200", "5 attempts"][..]),
        (Effect::Truncate, &["failed", "5 attempts"]),
        (nothing(200), &["answered 200", "5 attempts"]),
        (Effect::Replace(json!([1, 2])), &["answered 200 with JSON that is no"]),
        (Effect::Replace(json!({"name": "sandbox"})), &["source: ", "`id`"]),
        (Effect::ingress(404), &["answered 404 with a page, probably of a proxy"]),
    ];
    refused(CATALOG, &cases);
}

#[test]
fn a_list_that_is_answered_with_nonsense_is_a_gap() {
    let cases: [Case; 5] = [
        (Effect::HtmlPage, &["answered 200", "5 attempts"]),
        (Effect::Truncate, &["failed", "5 attempts"]),
        (Effect::Replace(json!({"results": 7})), &["answered 200 with JSON that is no"]),
        (Effect::Replace(json!({"total_results": 1, "results": [{"id": 7}]})), &[]),
        (Effect::WrongTotal(99), &["99"]),
    ];
    each(&cases, |(effect, words)| {
        let pair = Pair::of(seed::large_synced(size(2)));
        pair.source().faults.add(Fault::on("GET", "/credentials", effect.clone()));
        let ended = pair.run(&["sync"]).exits(3).with_outcome("incomplete").says(words);
        assert_eq!(ended.report["gaps"][0]["kind"], "credentials", "{}", ended.stdout);
        assert_eq!(pair.writes(), 0);
    });
}

#[test]
fn a_write_that_is_answered_with_nonsense_fails_alone() {
    let cases: [Case; 3] = [
        // It is looked for, not found, and made once more.
        (Effect::HtmlPage, &["applied"]),
        (Effect::Replace(json!({"name": "org-1"})), &[]),
        (Effect::ingress(413), &["answered 413 with a page, probably of a proxy"]),
    ];
    each(&cases, |(effect, words)| {
        let pair = Pair::first_sync();
        pair.target().faults.add(Fault::on("POST", "/consumer-orgs", effect.clone()).once());
        let ended = pair.run(&["sync"]).says(words);
        assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stdout);
        pair.run(&["sync"]).exits(0);
        pair.assert_mirrored();
    });
}

/// 200, and no body.
fn nothing(status: u16) -> Effect {
    Effect::Answer { status, body: FaultBody::Empty, retry_after: None }
}

/// Insists that such an answer of the source ends the run before it begins.
fn refused(path: &str, cases: &[Case]) {
    each(cases, |(effect, words)| {
        let pair = Pair::first_sync();
        pair.source().faults.add(Fault::on("*", path, effect.clone()));
        let ended: Ended = pair.run(&["sync"]).exits(6).with_outcome("preflight_failed");
        ended.says(words).says(&["source: ", "SOURCE_MGMT_SERVER"]);
        assert_eq!(pair.writes(), 0);
    });
}

/// At the same time: most of it is waiting between the attempts.
fn each(cases: &[Case], insist: impl Fn(&Case) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            let insist = &insist;
            scope.spawn(move || insist(case));
        }
    });
}
