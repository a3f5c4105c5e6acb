//! Secrets that a source shows without telling them.

use apic_configsync::{
    engine::report::{ExitStatus, Report},
    sandbox::{Cluster, seed, switches::ListedHash},
};

use crate::stage::{Stage, assert_told, counts, exits, shown};

/// Two apps with a key each, on a source that shows clear secrets, or what it has for them.
fn two_keys(mask: Option<&'static str>) -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    for app in ["shop", "other"] {
        source.add_app_with(acme, app, &format!("{app}-id"), &format!("{app}-secret"));
    }
    source.switches.listed_hash = ListedHash::Never;
    source.switches.readable_hash = false;
    source.switches.readable_secret = true;
    source.switches.secret_mask = mask;
    Stage::of((source, target))
}

fn opens(target: &Cluster, secret: &str) -> bool {
    ["shop-id", "other-id"].iter().any(|id| target.verify(id, secret))
}

#[track_caller]
fn each_is_told(report: &Report) {
    exits(report, ExitStatus::Incomplete);
    for address in ["acme/shop/shop-id", "acme/other/other-id"] {
        let told = report.changes.iter().any(|it| {
            let reason = it.reason.as_deref().unwrap_or_default();
            it.address == address && reason.contains("neither the secret nor its hash")
        });
        assert!(told, "{address}\n{}", shown(report));
    }
}

/// Attacks: "A masked secret". A placeholder that is no mask is told by being the same for two.
#[tokio::test]
async fn what_stands_for_secrets_is_no_secret() {
    for mask in ["********", "xxxxxxxx", "••••••••", "(hidden)", "one-for-all"] {
        for listed in [false, true] {
            let stage = two_keys(Some(mask));
            stage.source().switches.fields_honoured = !listed;
            each_is_told(&stage.sync().await);
            assert!(!opens(&stage.target(), mask), "{mask}");
            let ids = |cluster: &Cluster, app: &str| {
                let app = cluster.app("acme", app).unwrap().head.id;
                cluster.credentials(app)[0].client_id.clone()
            };
            assert_eq!(ids(&stage.target(), "shop"), "shop-id");
            each_is_told(&stage.sync().await);
            stage.again().await;
        }
    }
}

#[tokio::test]
async fn a_clear_secret_is_carried() {
    let stage = two_keys(None);
    stage.settle().await;
    assert!(stage.target().verify("shop-id", "shop-secret"));
    assert!(stage.target().verify("other-id", "other-secret"));
}

/// What was carried while it could be read stays.
#[tokio::test]
async fn a_key_that_was_carried_before_its_secret_was_masked_still_opens() {
    let stage = two_keys(None);
    stage.settle().await;
    stage.source().switches.secret_mask = Some("********");
    stage.set("DEEP_COMPARE", "true");
    let report = stage.sync().await;
    each_is_told(&report);
    assert_eq!(counts(&report, "credentials").updated, 0, "{}", shown(&report));
    assert!(stage.target().verify("shop-id", "shop-secret"));
    assert_told(&report, "credentials", "acme/shop/shop-id", "the client id is carried");
}
