//! Other writers between planning and writing: what is to be deleted, or written once more after a failure, is looked at
//! again, and left alone where it is no longer what was planned against.

mod deletions;

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    sandbox::{
        Cluster, Effect, Fault, Id,
        world::{App, Audience, ConsumerOrg, Credential, PlanMove, Product, Subscription},
    },
};
use serde_json::json;

use super::products::{app, product, publish, stage, then};
use crate::stage::{Stage, shown};

const PETSTORE: &str = "petstore:1.0.0";

/// An organization with an owner and a member, an app that subscribes to a Product, all in sync.
async fn in_sync() -> Stage {
    let stage = stage(|source| {
        publish(source, PETSTORE, &["gold"], &["pets:1.0.0"]);
        let bob = source.add_user("sandbox-catalog", "bob");
        source.add_member(org(source), bob, &["developer"]);
        let app = app(source);
        source.subscribe(app, PETSTORE, "gold");
    });
    stage.settle().await;
    stage
}

fn org(cluster: &Cluster) -> Id {
    cluster.org("acme").unwrap().head.id
}

fn credential(cluster: &Cluster) -> Id {
    cluster.credentials(app(cluster))[0].head.id
}

fn subscription(cluster: &Cluster) -> Id {
    cluster.subscriptions(app(cluster))[0].head.id
}

fn bob(cluster: &Cluster) -> Id {
    let bob = cluster.user("sandbox-catalog", "bob").unwrap().head.id;
    cluster.member(org(cluster), bob).unwrap().head.id
}

fn note(cluster: &mut Cluster, product: Id) {
    cluster.change::<Product>(product, |row| {
        let metadata = row.head.metadata.get_or_insert_default();
        metadata.insert("note".into(), "mine".into());
    });
}

fn hand_over(cluster: &mut Cluster, to: &str) {
    let user = cluster.user("sandbox-catalog", to).map(|user| user.head.id);
    let user = user.unwrap_or_else(|| cluster.add_user("sandbox-catalog", to));
    cluster.hand_over(org(cluster), user);
}

/// A change that the run carries to the target, and what another writer does to the same object meanwhile.
struct Case {
    request: (&'static str, &'static str),
    /// How many such requests come before the one that fails.
    before: u32,
    /// On the source.
    deed: fn(&mut Cluster),
    /// On the target.
    meddle: fn(&mut Cluster),
    /// What of the object the other writer changes.
    field: &'static str,
}

const CASES: [Case; 9] = [
    Case {
        request: ("PATCH", "/consumer-orgs/"),
        before: 0,
        deed: |it| it.retitle::<ConsumerOrg>(org(it), "Acme & Sons"),
        meddle: |it| it.change::<ConsumerOrg>(org(it), |row| row.head.summary = Some("x".into())),
        field: "summary",
    },
    Case {
        request: ("POST", "/transfer-owner"),
        before: 0,
        deed: |it| hand_over(it, "bob"),
        meddle: |it| hand_over(it, "carol"),
        field: "owner",
    },
    Case {
        request: ("PATCH", "/members/"),
        before: 0,
        deed: |it| it.set_roles(bob(it), &["viewer"]),
        meddle: |it| it.set_roles(bob(it), &["administrator"]),
        field: "roles",
    },
    Case {
        request: ("PATCH", "/apps/"),
        before: 0,
        deed: |it| it.retitle::<App>(app(it), "Shop 2"),
        meddle: |it| it.set_app_state(app(it), "disabled"),
        field: "state",
    },
    Case {
        request: ("PATCH", "/credentials/"),
        before: 0,
        deed: |it| it.change_secret(credential(it), "another"),
        meddle: |it| it.retitle::<Credential>(credential(it), "Mine"),
        field: "title",
    },
    Case {
        request: ("PATCH", "/subscriptions/"),
        before: 0,
        deed: |it| it.change::<Subscription>(subscription(it), |row| row.state = "disabled".into()),
        meddle: |it| {
            it.change::<Subscription>(subscription(it), |row| {
                row.head.metadata.get_or_insert_default().insert("note".into(), "mine".into());
            });
        },
        field: "metadata",
    },
    Case {
        request: ("PATCH", "/products/"),
        before: 0,
        deed: |it| {
            let own = product(it, PETSTORE);
            it.set_visibility(own, Audience::of("authenticated"), Audience::of("authenticated"));
        },
        meddle: |it| it.set_product_state(product(it, PETSTORE), "deprecated"),
        field: "state",
    },
    Case {
        request: ("PATCH", "/products/"),
        before: 1,
        deed: |it| it.set_product_state(product(it, PETSTORE), "deprecated"),
        meddle: |it| note(it, product(it, PETSTORE)),
        field: "metadata",
    },
    Case {
        request: ("POST", "/publish"),
        before: 0,
        deed: |it| {
            it.change_product_document(product(it, PETSTORE), |it| {
                it["info"]["title"] = json!("A");
            });
        },
        meddle: |it| {
            it.change_product_document(product(it, PETSTORE), |it| {
                it["info"]["title"] = json!("B");
            });
        },
        field: PETSTORE,
    },
];

impl Case {
    /// In sync, and then changed on the source.
    async fn stage(&self) -> Stage {
        let stage = in_sync().await;
        then(&stage, self.deed);
        stage.target().clear_requests();
        stage
    }

    fn add(&self, stage: &Stage, effect: Effect) {
        let (method, path) = self.request;
        stage.target().faults.add(Fault::on(method, path, effect).nth(self.before + 1));
    }

    /// How often the request was sent, and whether something was read in between.
    fn sent(&self, stage: &Stage) -> (usize, bool) {
        let target = stage.target();
        let requests = target.requests();
        let (method, path) = self.request;
        let hits = (0..requests.len()).filter(|at| requests[*at].method == method && requests[*at].path.contains(path));
        let hits: Vec<usize> = hits.skip(self.before as usize).collect();
        let between = hits.first().zip(hits.last());
        let looked = between.is_some_and(|(first, last)| requests[*first..*last].iter().any(|it| it.method == "GET"));
        (hits.len(), looked)
    }

    fn name(&self) -> String {
        format!("{:?} {}", self.request, self.field)
    }
}

#[track_caller]
fn assert_success(report: &Report, case: &str) {
    let shown = shown(report);
    assert_eq!(report.exit_status, ExitStatus::Success, "{case}: {shown}");
}

/// Insists that something was skipped because of a field.
#[track_caller]
fn assert_skipped(report: &Report, field: &str, case: &str) {
    let shown = shown(report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{case}: {shown}");
    let is_told = |reason: &str| reason.contains(field) && reason.contains("the next run looks again");
    let mut changes = report.changes.iter();
    let found =
        changes.any(|change| change.result == ChangeResult::Skipped && change.reason.as_deref().is_some_and(is_told));
    assert!(found, "{case}: {shown}");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_found_done() {
    for case in &CASES {
        let stage = case.stage().await;
        case.add(&stage, Effect::LoseAnswer);
        let report = stage.sync().await;
        assert_success(&report, &case.name());
        assert_eq!(case.sent(&stage).0, 1, "{}", case.name());
        stage.again().await;
    }
}

#[tokio::test]
async fn a_change_that_was_not_made_is_made_after_a_look() {
    for case in &CASES {
        for effect in [Effect::status(503), Effect::throttle(0), Effect::Reset, Effect::RefuseConnection] {
            let name = format!("{} {effect:?}", case.name());
            let stage = case.stage().await;
            case.add(&stage, effect);
            let report = stage.sync().await;
            assert_success(&report, &name);
            // A connection that was refused leaves no trace.
            let (sent, looked) = case.sent(&stage);
            assert!(sent == 1 || (sent == 2 && looked), "{name}: {sent}, {looked}");
            stage.again().await;
        }
    }
}

#[tokio::test]
async fn what_others_changed_meanwhile_is_not_written_over() {
    for case in &CASES {
        let stage = case.stage().await;
        case.add(&stage, Effect::call(case.meddle));
        case.add(&stage, Effect::status(503));
        let report = stage.sync().await;
        assert_skipped(&report, case.field, &case.name());
        assert_eq!(case.sent(&stage).0, 1, "{}", case.name());
        stage.settle().await;
    }
}

#[tokio::test]
async fn what_others_removed_meanwhile_is_told() {
    let stage = in_sync().await;
    then(&stage, |source| {
        source.retitle::<App>(app(source), "Shop 2");
    });
    let gone = Effect::call(|target| target.remove_app(app(target)));
    for effect in [gone, Effect::status(503)] {
        stage.target().faults.add(Fault::on("PATCH", "/apps/", effect).once());
    }
    let report = stage.sync().await;
    assert_skipped(&report, "vanished", "app");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_server_that_stores_no_metadata_makes_nothing_look_changed() {
    use apic_configsync::sandbox::switches::Metadata;
    for metadata in [Metadata::Ignored, Metadata::Refused] {
        let stage = stage(|source| {
            publish(source, PETSTORE, &["gold"], &["pets:1.0.0"]);
        });
        stage.target().switches.metadata.credentials = metadata;
        stage.settle().await;
        for effect in [Effect::LoseAnswer, Effect::status(503)] {
            let secret = format!("{effect:?}");
            then(&stage, |source| {
                source.change_secret(credential(source), &secret);
            });
            stage.target().faults.add(Fault::on("PATCH", "/credentials/", effect).once());
            stage.settle().await;
            assert!(stage.target().verify("shop-id", &secret));
        }
    }
}

#[tokio::test]
async fn a_supersession_is_looked_at_before_it_is_asked_for_again() {
    for (effect, sent) in [(Effect::LoseAnswer, 1), (Effect::status(503), 2)] {
        let stage = in_sync().await;
        then(&stage, |source| {
            let new = publish(source, "petstore:2.0.0", &["gold"], &["pets:2.0.0"]);
            let old = product(source, PETSTORE);
            let plans = vec![PlanMove { source: "gold".into(), target: "gold".into() }];
            source.supersede(new, old, plans).unwrap();
        });
        stage.target().clear_requests();
        let name = format!("{effect:?}");
        stage.target().faults.add(Fault::on("POST", "/supersede", effect).once());
        let report = stage.sync().await;
        assert_success(&report, &name);
        let asked = |stage: &Stage| {
            let target = stage.target();
            let requests = target.requests().iter();
            requests.filter(|it| it.path.ends_with("/supersede")).count()
        };
        assert_eq!(asked(&stage), sent, "{name}");
        stage.again().await;
    }
}
