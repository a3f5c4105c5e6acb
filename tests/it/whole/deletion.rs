//! Deletions: only of what is marked and gone, only when the source itself says so.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{Effect, Fault, seed, switches::Metadata},
};

use super::replication::one_app;
use crate::stage::{Stage, change, counts, exits, shown};

/// Two organizations with an app each, in sync.
pub(super) async fn in_sync() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    for name in ["acme", "other"] {
        let org = source.add_org(name, alice);
        let app = source.add_app_with(org, "shop", &format!("{name}-id"), "secret");
        source.subscribe(app, "petstore:1.0.0", "gold");
    }
    let stage = Stage::of((source, target));
    stage.settle().await;
    stage
}

#[tokio::test]
async fn a_deleted_organization_takes_everything_below_along() {
    let stage = in_sync().await;
    let acme = stage.source().org("acme").unwrap().head.id;
    stage.source().remove_org(acme);
    let report = stage.settle().await;
    for (kind, deleted) in
        [("consumer_orgs", 1), ("members", 1), ("applications", 1), ("credentials", 1), ("subscriptions", 1)]
    {
        assert_eq!(counts(&report, kind).deleted, deleted, "{kind}");
    }
    assert_eq!(counts(&report, "users").deleted, 0);
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_list_that_lost_rows_deletes_nothing() {
    for list in ["/consumer-orgs", "/apps", "/credentials", "/subscriptions"] {
        for effect in [Effect::DropRow(0), Effect::EmptyList, Effect::WrongTotal(1), Effect::RepeatRow(0)] {
            let stage = in_sync().await;
            let before = stage.target().dump();
            let shown_effect = format!("{effect:?}");
            stage
                .source()
                .faults
                .add(Fault::on("GET", list, effect).when(|request| request.uri().path().contains("/catalogs/")));
            let report = stage.sync().await;
            assert_eq!(report.target.requests.writes, 0, "{list} {shown_effect}\n{}", shown(&report));
            assert_ne!(report.exit_status, ExitStatus::Success, "{list} {shown_effect}\n{}", shown(&report));
            assert_eq!(before, stage.target().dump());
            stage.source().faults.clear();
            stage.again().await;
        }
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_a_gap_not_an_absence() {
    for (path, effect) in [
        ("/apps", Effect::status(500)),
        ("/apps", Effect::status(403)),
        ("/credentials", Effect::ingress(502)),
        ("/subscriptions", Effect::HtmlPage),
        ("/members", Effect::status(503)),
        ("/apps", Effect::Reset),
        ("/apps", Effect::Truncate),
        ("/apps", Effect::Replace(serde_json::json!([]))),
        ("/apps", Effect::Replace(serde_json::json!({"results": {"a": 1}}))),
        ("/apps", Effect::Replace(serde_json::json!({"results": [{"id": 5}]}))),
        ("/apps", Effect::Replace(serde_json::json!({}))),
    ] {
        let stage = in_sync().await;
        let gone = stage.source().app("acme", "shop").unwrap().head.id;
        stage.source().remove_app(gone);
        stage.source().faults.add(Fault::on("GET", path, effect));
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete, "{path}\n{}", shown(&report));
        assert!(!report.gaps.is_empty());
        if path != "/members" {
            assert!(stage.target().app("acme", "shop").is_some(), "{path}\n{}", shown(&report));
        }
        stage.source().faults.clear();
        stage.settle().await;
        stage.assert_mirrored();
    }
}

#[tokio::test]
async fn a_200_in_place_of_a_404_withholds_the_deletion_as_a_gap() {
    let stage = in_sync().await;
    // The row is hidden from the list and from what names it, but the object is there.
    let shop = stage.source().app("acme", "shop").unwrap().head.id.to_string();
    let hidden = shop.clone();
    for list in ["/apps", "/credentials", "/subscriptions"] {
        let hidden = hidden.clone();
        stage.source().faults.add(
            Fault::on("GET", list, Effect::filter(move |row| !row.to_string().contains(&hidden)))
                .when(|request| request.uri().path().contains("/catalogs/")),
        );
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0);
    let reason = change(&report, "applications", "acme/shop").reason.clone().unwrap();
    assert!(reason.contains("still has"), "{reason}");
    assert!(report.gaps.iter().any(|gap| gap.kind == "applications" && gap.under == "acme/shop"));
}

/// What is there after all shows that its list left things out, and so may have left out whatever is listed below it.
#[tokio::test]
async fn one_object_that_is_there_after_all_keeps_what_is_of_its_kind_or_below() {
    let stage = in_sync().await;
    let other = {
        let mut source = stage.source();
        let acme = source.app("acme", "shop").unwrap().head.id;
        source.remove_app(acme);
        source.org("other").unwrap().head.id.to_string()
    };
    // The organization is hidden from all lists, with all that names it.
    for list in ["/consumer-orgs", "/apps", "/credentials", "/subscriptions"] {
        let hidden = other.clone();
        let shows = Effect::filter(move |row| !row.to_string().contains(&hidden));
        let fault = Fault::on("GET", list, shows);
        let is_list = |request: &http::Request<_>| request.uri().path().contains("/catalogs/");
        stage.source().faults.add(fault.when(is_list));
    }
    let report = stage.sync().await;
    let told = shown(&report);
    assert_eq!(report.target.requests.writes, 0, "{told}");
    let reason = change(&report, "applications", "acme/shop").reason.clone();
    let says = "the source list of consumer_orgs is incomplete: the source still has";
    assert!(reason.is_some_and(|it| it.starts_with(says)), "{told}");
    stage.source().faults.clear();
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_proxy_that_says_404_confirms_nothing() {
    let stage = in_sync().await;
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(gone);
    stage.source().faults.add(Fault::on("GET", &format!("/{gone}"), Effect::ingress(404)));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(stage.target().verify("acme-id", "secret"));
}

#[tokio::test]
async fn deletions_may_be_only_reported() {
    let stage = in_sync().await.with("DELETE_POLICY", "report");
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(gone);
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Success);
    assert_eq!(counts(&report, "applications").withheld, 1);
    assert!(stage.target().verify("acme-id", "secret"));
    stage.again().await;
}

#[tokio::test]
async fn an_object_whose_mark_changed_meanwhile_is_left_alone() {
    let stage = in_sync().await;
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(gone);
    let copy = stage.target().app("acme", "shop").unwrap().head.id;
    let taken_over = Effect::call(move |cluster| {
        let home = cluster.home;
        cluster.mark::<apic_configsync::sandbox::world::App>(copy, home, home);
    });
    stage.target().faults.add(Fault::on("GET", &format!("/{copy}"), taken_over).once());
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(counts(&report, "applications").skipped, 1, "{}", shown(&report));
    assert!(stage.target().verify("acme-id", "secret"));
}

#[tokio::test]
async fn where_no_marks_are_stored_children_go_only_on_request() {
    let stage = one_app();
    stage.target().switches.metadata.credentials = Metadata::Ignored;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.add_credential(app, "second-id", "second-secret");
    }
    stage.settle().await;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let second = source.credentials(app).iter().find(|row| row.client_id == "second-id").unwrap().head.id;
        source.remove_credential(second).unwrap();
    }
    let report = stage.sync().await;
    assert_eq!(counts(&report, "credentials").only_on_target, 1, "{}", shown(&report));
    assert!(stage.target().verify("second-id", "second-secret"));
    stage.set("DELETE_UNMARKED_CHILDREN", "true");
    stage.settle().await;
    assert!(!stage.target().verify("second-id", "second-secret"));
}

#[tokio::test]
async fn a_list_that_all_others_hang_on_is_one_gap_not_thousands() {
    let stage = in_sync().await;
    stage.source().faults.add(Fault::on("GET", "/consumer-orgs", Effect::status(500)));
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0);
    assert!(report.gaps.len() <= 4, "{}", shown(&report));
}
