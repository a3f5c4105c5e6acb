//! Servers that repeat in their answers what they were sent: logins, hashes, documents. No output passes it on, which
//! every run here is searched for.

use apic_configsync::sandbox::{Effect, Fault, faults::FaultBody};
use serde_json::json;

use super::publishing::{pair, shop};

/// Lets all requests of a kind be answered with what they carried.
fn echoing(method: &'static str, path: &'static str, status: u16, body: FaultBody) {
    let pair = pair(&shop());
    let echo = Effect::Echo { status, body };
    pair.target().faults.add(Fault::on(method, path, echo));
    let ended = pair.run(&["sync"]);
    assert!(matches!(ended.code, Some(3 | 6)), "{}", ended.stdout);
    // Of a page that looks as if there were JSON in it nothing is shown at all.
    let hidden = body != FaultBody::Json || ended.stdout.contains("(secret)");
    assert!(hidden, "{}", ended.stdout);
}

#[test]
fn a_login_that_is_repeated_is_not_passed_on() {
    for status in [400, 401] {
        for body in [FaultBody::Json, FaultBody::Html] {
            echoing("POST", "/token", status, body);
        }
    }
}

#[test]
fn writes_that_are_repeated_are_not_passed_on() {
    for (path, body) in [("/apps", FaultBody::Json), ("/users", FaultBody::Html), ("/publish", FaultBody::Json)] {
        echoing("POST", path, 400, body);
    }
}

#[test]
fn a_token_that_is_repeated_is_not_passed_on() {
    for body in [FaultBody::Json, FaultBody::Html] {
        echoing("GET", "/consumer-orgs", 403, body);
        echoing("GET", "/settings", 200, FaultBody::Html);
    }
}

#[test]
fn huge_documents_full_of_secrets_stay_out_of_logs_and_reports() {
    let (mut source, target) = shop();
    let pair = pair(&(source.clone(), target));
    pair.run(&["sync"]).exits(0);
    let api = source.api("songs:1.0.0").unwrap().head.id;
    for round in ["first", "second"] {
        source = pair.source().clone();
        let mut cluster = pair.source();
        cluster.change_api_document(api, |document| {
            let policies: Vec<_> = (0..400)
                .map(|n| json!({"invoke": {"username": "user", "password": format!("{round}-password-{n}")}}))
                .collect();
            document["x-ibm-configuration"]["assembly"] = json!({"execute": policies});
            document["info"]["description"] = "x".repeat(300_000).into();
        });
        cluster.tick(10);
        drop(cluster);
        let plan = pair.run(&["plan"]).exits(0);
        assert!(plan.stdout.contains("(not shown)"), "{}", plan.stdout);
        pair.run(&["sync"]).exits(0);
    }
    assert!(source.api("songs:1.0.0").is_some());
}
