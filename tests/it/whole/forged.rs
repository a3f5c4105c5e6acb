//! Marks that consumers have written to get at what is not theirs (attacks.md, "Marks and users").

use apic_configsync::{
    engine::report::{ExitStatus, Report},
    sandbox::{
        Cluster, Id, seed,
        switches::CreatedBy,
        world::{App, ConsumerOrg, Credential, Member, build::Stored},
    },
};
use serde_json::{Value, json};

use crate::stage::{Stage, shown};

const KEY: &str = "an-operators-key-of-32-bytes-or-more";

/// What is known beside the mark.
#[derive(Debug, Clone, Copy)]
enum Known {
    Nothing,
    Makers,
    NoSeal,
    ForgedSeal,
}

const VARIANTS: [Known; 4] = [Known::Nothing, Known::Makers, Known::NoSeal, Known::ForgedSeal];

fn pair() -> (Cluster, Cluster) {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    let bob = source.add_user("sandbox-catalog", "bob");
    source.add_org("bobs", bob);
    (source, target)
}

fn stage(known: Known) -> Stage {
    let stage = Stage::of(pair());
    match known {
        Known::Nothing => {}
        Known::Makers => {
            stage.source().switches.created_by = CreatedBy::Everywhere;
            stage.target().switches.created_by = CreatedBy::Everywhere;
        }
        Known::NoSeal | Known::ForgedSeal => stage.set("MARK_KEY", KEY),
    }
    stage
}

/// An organization on the target that people there have made, with a key that is in use.
fn stranger(target: &mut Cluster, name: &str) -> Id {
    let owner = target.add_user("sandbox-catalog", "other-user");
    let org = target.add_org(name, owner);
    target.add_app_with(org, "own", "own-id", "own-secret");
    org
}

/// The mark of the source's `acme`, as a consumer writes it on his own organization.
fn forge(stage: &Stage, org: Id, known: Known) {
    let (acme, catalog) = {
        let source = stage.source();
        (source.org("acme").unwrap().head.id, source.home)
    };
    let mut map = json!({"source_id": acme.to_string(), "source_catalog": catalog.to_string()});
    if matches!(known, Known::ForgedSeal) {
        map["source_seal"] = "0".repeat(43).into();
    }
    stage.target().consumer_writes::<ConsumerOrg>(org, &map);
}

/// All that the target has of an organization.
fn all_of(target: &Cluster, org: Id) -> Vec<String> {
    fn under<T: Stored + std::fmt::Debug>(target: &Cluster, org: Id) -> Vec<String> {
        let rows = T::table(target).rows_under(org);
        rows.map(|row| format!("{row:?}")).collect()
    }
    let own = format!("{:?}", target.consumer_orgs.get(org));
    let apps = under::<App>(target, org);
    let keys = under::<Credential>(target, org);
    let people = under::<Member>(target, org);
    [vec![own], apps, keys, people].concat()
}

#[track_caller]
fn assert_conflict(report: &Report, name: &str, known: Known) {
    let told = shown(report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{known:?} {told}");
    let mut changes = report.changes.iter();
    let is_told = changes.any(|it| it.reason.as_deref().is_some_and(|it| it.contains(name)));
    assert!(is_told, "{known:?} {told}");
}

#[tokio::test]
async fn a_mark_that_somebody_else_wrote() {
    for known in VARIANTS {
        let stage = stage(known);
        let other = stranger(&mut stage.target(), "other-org");
        forge(&stage, other, known);
        let before = all_of(&stage.target(), other);
        for _ in 0..2 {
            assert_conflict(&stage.sync().await, "other-org", known);
            assert_eq!(all_of(&stage.target(), other), before, "{known:?}");
            assert!(stage.target().org("bobs").is_some(), "{known:?}");
            assert!(!stage.target().verify("shop-id", "shop-secret"));
        }
    }
}

#[tokio::test]
async fn the_rightful_copy_keeps_being_the_copy() {
    for known in VARIANTS {
        let stage = stage(known);
        // Older than the copy, so that the mark that was made first is the forged one.
        let other = stranger(&mut stage.target(), "other-org");
        stage.settle().await;
        forge(&stage, other, known);
        let before = all_of(&stage.target(), other);
        let copy = stage.target().org("acme").unwrap().head.id;
        {
            let mut source = stage.source();
            let acme = source.org("acme").unwrap().head.id;
            source.add_app_with(acme, "till", "till-id", "till-secret");
        }
        for _ in 0..2 {
            assert_conflict(&stage.sync().await, "other-org", known);
            assert_eq!(all_of(&stage.target(), other), before, "{known:?}");
        }
        let target = stage.target();
        assert_eq!(target.app("acme", "till").unwrap().org, copy, "{known:?}");
        assert!(target.verify("till-id", "till-secret"), "{known:?}");
    }
}

#[tokio::test]
async fn a_source_organization_that_points_at_a_stranger() {
    for known in VARIANTS {
        for names_catalog in [false, true] {
            let stage = stage(known);
            let there = stranger(&mut stage.target(), "born-there");
            let catalog = stage.target().home;
            let mut map = json!({"source_id": there.to_string()});
            if names_catalog {
                map["source_catalog"] = catalog.to_string().into();
            }
            if matches!(known, Known::ForgedSeal) {
                map["source_seal"] = Value::from("0".repeat(43));
            }
            {
                let mut source = stage.source();
                let acme = source.org("acme").unwrap().head.id;
                source.consumer_writes::<ConsumerOrg>(acme, &map);
            }
            let before = all_of(&stage.target(), there);
            for _ in 0..2 {
                assert_conflict(&stage.sync().await, "born-there", known);
                assert_eq!(all_of(&stage.target(), there), before, "{known:?}");
            }
        }
    }
}
