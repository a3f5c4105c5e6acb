//! Deletions of what others change, or hang something on, before they are made.

use apic_configsync::{
    engine::report::{ChangeReport, ChangeResult},
    sandbox::{
        Cluster, Effect, Fault,
        world::{App, ConsumerOrg, Credential},
    },
};

use super::{PETSTORE, app, assert_skipped, assert_success, credential, in_sync, note, org, product, then};
use crate::stage::{Stage, shown};

/// What is deleted on the source, and what another writer does to its copy.
struct Case {
    remove: fn(&mut Cluster),
    /// What the copy's own path ends with.
    copy: fn(&Cluster) -> String,
    meddle: fn(&mut Cluster),
    told: &'static str,
    /// Whether the next run deletes after all.
    goes: bool,
}

fn remove_org(it: &mut Cluster) {
    it.remove_org(org(it));
}

fn remove_app(it: &mut Cluster) {
    it.remove_app(app(it));
}

fn remove_product(it: &mut Cluster) {
    it.remove_product(product(it, PETSTORE));
}

fn copy_of_org(it: &Cluster) -> String {
    org(it).to_string()
}

fn copy_of_app(it: &Cluster) -> String {
    app(it).to_string()
}

fn copy_of_product(it: &Cluster) -> String {
    product(it, PETSTORE).to_string()
}

const CASES: [Case; 10] = [
    Case {
        remove: remove_app,
        copy: copy_of_app,
        meddle: |it| it.mark::<App>(app(it), it.home, it.home),
        told: "source_id",
        goes: false,
    },
    Case {
        remove: remove_app,
        copy: copy_of_app,
        meddle: |it| it.retitle::<App>(app(it), "Mine"),
        told: "(title)",
        goes: true,
    },
    Case {
        remove: remove_app,
        copy: copy_of_app,
        meddle: |it| it.rename::<App>(app(it), "mine"),
        told: "(name)",
        goes: true,
    },
    Case {
        remove: remove_app,
        copy: copy_of_app,
        meddle: |it| it.set_app_state(app(it), "disabled"),
        told: "(state)",
        goes: true,
    },
    Case {
        remove: remove_app,
        copy: copy_of_app,
        meddle: |it| {
            it.add_credential(app(it), "own-id", "own");
        },
        told: "(credentials 1)",
        goes: false,
    },
    Case {
        remove: remove_org,
        copy: copy_of_org,
        meddle: |it| it.retitle::<ConsumerOrg>(org(it), "Mine"),
        told: "(title)",
        goes: true,
    },
    Case {
        remove: remove_org,
        copy: copy_of_org,
        meddle: |it| super::hand_over(it, "bob"),
        told: "(owner)",
        goes: true,
    },
    Case {
        remove: remove_org,
        copy: copy_of_org,
        meddle: |it| {
            it.add_app(org(it), "own");
        },
        told: "applications 1",
        goes: false,
    },
    Case {
        remove: remove_product,
        copy: copy_of_product,
        meddle: |it| note(it, product(it, PETSTORE)),
        told: "(metadata)",
        goes: true,
    },
    Case {
        remove: remove_product,
        copy: copy_of_product,
        meddle: |it| {
            let own = it.add_app(org(it), "own");
            it.subscribe(own, PETSTORE, "gold");
        },
        told: "(subscriptions 1)",
        goes: false,
    },
];

impl Case {
    async fn stage(&self) -> Stage {
        let stage = in_sync().await.with("ALLOW_EMPTY_SOURCE", "true");
        then(&stage, self.remove);
        stage.target().clear_requests();
        stage
    }

    fn on_copy(&self, stage: &Stage, method: &str, effect: Effect) {
        let end = format!("/{}", (self.copy)(&stage.target()));
        let fault = Fault::on(method, &end, effect).when(move |request| request.uri().path().ends_with(&end)).once();
        stage.target().faults.add(fault);
    }

    fn name(&self, stage: &Stage) -> String {
        format!("{} {}", (self.copy)(&stage.target()), self.told)
    }

    /// The next run deletes what it finds as it is, or leaves it to whom it belongs.
    async fn converge(&self, stage: &Stage) {
        if self.goes {
            stage.settle().await;
        } else {
            stage.sync().await;
            stage.again().await;
        }
    }
}

/// How often the removal of a copy was asked for.
fn deletions(stage: &Stage, copy: &str) -> usize {
    let target = stage.target();
    let requests = target.requests().iter();
    requests.filter(|it| it.method == "DELETE" && it.path.ends_with(copy)).count()
}

#[tokio::test]
async fn what_changed_since_it_was_planned_is_not_deleted() {
    for case in &CASES {
        let stage = case.stage().await;
        let name = case.name(&stage);
        let copy = (case.copy)(&stage.target());
        case.on_copy(&stage, "GET", Effect::call(case.meddle));
        let report = stage.sync().await;
        assert_skipped(&report, case.told, &name);
        assert_eq!(deletions(&stage, &copy), 0, "{name}: {}", shown(&report));
        case.converge(&stage).await;
    }
}

#[tokio::test]
async fn what_changed_after_a_deletion_failed_is_not_deleted() {
    for case in CASES.iter().filter(|case| case.goes) {
        let stage = case.stage().await;
        let name = case.name(&stage);
        case.on_copy(&stage, "DELETE", Effect::call(case.meddle));
        case.on_copy(&stage, "DELETE", Effect::status(503));
        let report = stage.sync().await;
        assert_skipped(&report, case.told, &name);
        case.converge(&stage).await;
    }
}

#[tokio::test]
async fn a_failed_deletion_is_repeated_or_found_done() {
    for (effect, sent) in [(Effect::LoseAnswer, 1), (Effect::status(503), 2), (Effect::throttle(0), 2)] {
        for case in [&CASES[1], &CASES[5], &CASES[8]] {
            let stage = case.stage().await;
            let name = format!("{} {effect:?}", case.name(&stage));
            let copy = (case.copy)(&stage.target());
            case.on_copy(&stage, "DELETE", effect.clone());
            let report = stage.sync().await;
            assert_success(&report, &name);
            assert_eq!(deletions(&stage, &copy), sent, "{name}");
            stage.again().await;
        }
    }
}

#[tokio::test]
async fn what_needs_a_deletion_that_was_skipped_is_skipped_too() {
    let stage = in_sync().await;
    then(&stage, |source| {
        let old = credential(source);
        source.add_credential(app(source), "second-id", "second-secret");
        source.remove_credential(old).unwrap();
        let other = source.add_app(org(source), "other");
        source.add_credential(other, "shop-id", "moved");
    });
    let copy = format!("/{}", credential(&stage.target()));
    let meddle = Effect::call(|it: &mut Cluster| it.retitle::<Credential>(credential(it), "Mine"));
    let fault = Fault::on("GET", &copy, meddle).once();
    stage.target().faults.add(fault);
    let report = stage.sync().await;
    assert_skipped(&report, "(title)", "credential");
    let reason = |change: &ChangeReport| change.reason.clone().unwrap_or_default();
    let waiting = report.changes.iter().find(|it| it.address.ends_with("other/shop-id"));
    let waiting = waiting.unwrap_or_else(|| panic!("{}", shown(&report)));
    assert_eq!(waiting.result, ChangeResult::Skipped, "{}", shown(&report));
    assert!(reason(waiting).contains("which was not done"), "{}", shown(&report));
    stage.settle().await;
    stage.assert_mirrored();
}
