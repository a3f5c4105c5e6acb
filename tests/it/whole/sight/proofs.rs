//! What proves that a thing is gone.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{seed, switches::NotFoundBody},
};

use super::super::products::{app, publish, stage as with_products};
use crate::stage::{Stage, shown};

const UNPROVEN: [NotFoundBody; 3] = [NotFoundBody::Empty, NotFoundBody::EmptyObject, NotFoundBody::Page];

async fn two_orgs() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    for name in ["acme", "other"] {
        let org = source.add_org(name, alice);
        source.add_app(org, "shop");
    }
    let stage = Stage::of((source, target));
    stage.settle().await;
    stage
}

/// Attacks: "A 404 that proves nothing".
#[tokio::test]
async fn only_the_apis_own_404_confirms_that_an_organization_is_gone() {
    for grace in ["0s", "24h"] {
        for body in UNPROVEN {
            let stage = two_orgs().await;
            stage.set("DELETE_GRACE", grace);
            {
                let mut source = stage.source();
                let acme = source.org("acme").unwrap().head.id;
                source.remove_org(acme);
                source.switches.not_found = body;
            }
            let report = stage.sync().await;
            assert_eq!(report.exit_status, ExitStatus::Incomplete, "{body:?}\n{}", shown(&report));
            assert!(report.gaps.iter().any(|gap| gap.under == "acme"), "{body:?}\n{}", shown(&report));
            assert_eq!(report.target.requests.writes, 0, "{body:?}");
            stage.source().switches.not_found = NotFoundBody::Api;
            stage.settle().await;
        }
    }
}

/// A `DELETE` that is answered so may never have reached the server.
#[tokio::test]
async fn a_deletion_that_a_proxy_answers_with_404_is_not_taken_for_done() {
    use apic_configsync::sandbox::{Effect, Fault, faults::FaultBody};
    for body in [FaultBody::Empty, FaultBody::Html] {
        let stage = two_orgs().await;
        {
            let mut source = stage.source();
            let acme = source.org("acme").unwrap().head.id;
            source.remove_org(acme);
        }
        let effect = Effect::Answer { status: 404, body, retry_after: None };
        stage.target().faults.add(Fault::on("DELETE", "/consumer-orgs/", effect).once());
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete, "{body:?}\n{}", shown(&report));
        assert!(stage.target().org("acme").is_some());
        stage.settle().await;
        stage.assert_mirrored();
    }
}

/// The look before a deletion proves as little.
#[tokio::test]
async fn a_target_that_proves_no_absence_still_gets_everything_and_loses_nothing_twice() {
    for body in UNPROVEN {
        let stage = with_products(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
            let app = app(source);
            source.subscribe(app, "petstore:1.0.0", "gold");
        });
        stage.settle().await;
        stage.target().switches.not_found = body;
        let gone = app(&stage.source());
        stage.source().remove_app(gone);
        stage.set("ALLOW_EMPTY_SOURCE", "true");
        stage.settle().await;
        stage.assert_mirrored();
    }
}
