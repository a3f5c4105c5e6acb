//! A kept plan whose readable part was altered and whose digest was made anew: what people read is what is done, or nothing is.

use std::fmt::Write;

use apic_configsync::engine::report::{ChangeResult, ExitStatus, RunResult};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Kept, ends, retitle_org};
use crate::{
    stage::{Stage, shown},
    whole::limits::{many, remove_orgs},
};

/// Alters the file as somebody does who computes the digest anew.
fn alter(kept: &Kept, edit: impl FnOnce(&mut Value)) {
    let mut whole: Value = serde_json::from_slice(&std::fs::read(kept.file()).unwrap()).unwrap();
    whole.as_object_mut().unwrap().remove("digest");
    edit(&mut whole);
    let digest = Sha256::digest(whole.to_string());
    whole["digest"] = format!("sha256:{}", hexadecimal(&digest)).into();
    std::fs::write(kept.file(), whole.to_string()).unwrap();
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

/// A stage on which `org-0` gets another title and `org-1` goes.
async fn stage() -> Stage {
    let stage = many(3).await;
    retitle_org(&mut stage.source(), "org-0", "New");
    let gone = stage.source().org("org-1").unwrap().head.id;
    stage.source().remove_org(gone);
    stage
}

fn step<'a>(whole: &'a mut Value, address: &str) -> &'a mut Value {
    let steps = whole["steps"].as_array_mut().unwrap();
    steps.iter_mut().find(|step| step["address"] == address).unwrap()
}

#[tokio::test]
async fn a_step_that_says_something_else_than_it_would_do_is_refused_and_told() {
    let edits: [fn(&mut Value); 6] = [
        |whole| step(whole, "org-1")["address"] = "org-2".into(),
        |whole| {
            let step = step(whole, "org-1");
            step["action"] = "update".into();
            step["fields"] = json!([{"path": "/title", "before": "a", "after": "b"}]);
        },
        |whole| step(whole, "org-1")["kind"] = "applications".into(),
        |whole| step(whole, "org-1")["auxiliary"] = true.into(),
        |whole| {
            step(whole, "org-1")["fields"] = json!([{"path": "/title", "before": 1, "after": 2}]);
        },
        |whole| {
            // The one step under the name of the other.
            let print = step(whole, "org-1")["fingerprint"].clone();
            let harmless = step(whole, "org-0");
            harmless["fingerprint"] = print;
            let steps = whole["steps"].as_array_mut().unwrap();
            steps.retain(|step| step["address"] != "org-1");
        },
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let stage = stage().await;
        let kept = Kept::pending(&stage).await;
        alter(&kept, edit);
        let report = kept.apply(&stage).await;
        ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
        assert!(stage.target().org("org-1").is_some(), "{number}: {}", shown(&report));
        let refused = report.changes.iter().find(|change| {
            let reason = change.reason.as_deref().unwrap_or_default();
            change.result == ChangeResult::Skipped && reason.starts_with("altered after the plan was made")
        });
        assert!(refused.is_some(), "{number}: {}", shown(&report));
    }
}

#[tokio::test]
async fn another_value_than_the_one_that_is_written_is_refused() {
    let stage = stage().await;
    let kept = Kept::pending(&stage).await;
    alter(&kept, |whole| {
        step(whole, "org-0")["fields"][0]["after"] = "Harmless".into();
    });
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    assert_eq!(stage.target().org("org-0").unwrap().head.title, "org-0");
    assert!(stage.target().org("org-1").is_none(), "{}", shown(&report));
}

#[tokio::test]
async fn an_altered_step_is_accepted_by_no_flag() {
    let stage = many(10).await;
    remove_orgs(&stage, 4);
    let kept = Kept::of(&stage, ExitStatus::Refused).await;
    alter(&kept, |whole| {
        step(whole, "org-1")["address"] = "org-1-copy".into();
    });
    let report = kept.apply_accepting_limits(&stage).await;
    assert!(stage.target().org("org-1").is_some(), "{}", shown(&report));
}

#[tokio::test]
async fn what_nobody_altered_is_applied_whatever_its_digest_says() {
    let stage = stage().await;
    let kept = Kept::pending(&stage).await;
    alter(&kept, |_| {});
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    let title = stage.target().org("org-0").unwrap().head.title.clone();
    assert_eq!(title, "New");
    stage.again().await;
}
