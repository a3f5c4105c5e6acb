//! Reading: pages, requests, permissions, and lists that change while they are read.

use apic_configsync::{
    engine::report::{ExitStatus, Severity},
    sandbox::{
        Effect, Fault, seed,
        switches::{ListedHash, TotalResults},
    },
};

use super::replication::one_app;
use crate::stage::{Stage, exits, shown};

/// Reads of one side that have to do with nothing but catalog, settings and registries, and the page after the registries:
/// it shows whether totals can be relied on.
const CONSTANT: usize = 4;

#[tokio::test]
async fn a_run_without_changes_makes_the_fewest_requests() {
    let (mut source, target) = seed::pair();
    for n in 0..7 {
        let owner = source.add_user("sandbox-catalog", &format!("owner-{n}"));
        let org = source.add_org(&format!("org-{n}"), owner);
        let user = source.add_user("ldap", &format!("user-{n}"));
        source.add_member(org, user, &["developer", "viewer"]);
        for a in 0..2 {
            let app = source.add_app(org, &format!("app-{a}"));
            source.subscribe(app, "petstore:1.0.0", "gold");
        }
    }
    let stage = Stage::of((source, target)).with("API_CACHE_REQUEST_PAGE_SIZE", "100");
    stage.settle().await;
    for side in [&stage.source, &stage.target] {
        side.lock().unwrap().clear_requests();
    }
    stage.again().await;
    for side in [&stage.source, &stage.target] {
        let cluster = side.lock().unwrap();
        let asked: Vec<_> = cluster.requests().iter().filter(|request| !request.path.ends_with("/token")).collect();
        let lists = ["users", "users", "consumer-orgs", "products", "apps", "credentials", "subscriptions"].len();
        assert_eq!(
            asked.len(),
            CONSTANT + lists + 7,
            "{:#?}",
            asked.iter().map(|request| &request.path).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn hidden_hashes_are_read_only_when_something_changed() {
    let stage = one_app();
    for mut cluster in [stage.source(), stage.target()] {
        cluster.switches.listed_hash = ListedHash::Never;
        cluster.tick(10);
    }
    stage.settle().await;
    stage.source().clear_requests();
    stage.again().await;
    let singles = |stage: &Stage| {
        stage.source().requests().iter().filter(|request| request.path.contains("/credentials/")).count()
    };
    assert_eq!(singles(&stage), 0);
    stage.set("DEEP_COMPARE", "true");
    stage.again().await;
    assert_eq!(singles(&stage), 1);
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let credential = source.credentials(app)[0].head.id;
        source.change_secret(credential, "rotated");
    }
    stage.set("DEEP_COMPARE", "false");
    stage.settle().await;
    assert!(stage.target().verify("shop-id", "rotated"));
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_reported_and_never_noted_as_carried() {
    let stage = one_app();
    stage.source().switches.listed_hash = ListedHash::Never;
    stage.source().switches.readable_hash = false;
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(stage.target().app("acme", "shop").is_some());
    let again = stage.sync().await;
    exits(&again, ExitStatus::Incomplete);
    assert_eq!(again.target.requests.writes, 0, "{}", shown(&again));
    stage.source().switches.readable_hash = true;
    stage.settle().await;
    assert!(stage.target().verify("shop-id", "shop-secret"));
}

#[tokio::test]
async fn lists_are_read_whole_whatever_a_total_means() {
    for total in [TotalResults::Total, TotalResults::PageLength, TotalResults::Absent] {
        for cap in [None, Some(2)] {
            let stage = Stage::of(seed::small());
            for mut cluster in [stage.source(), stage.target()] {
                cluster.switches.total_results = total;
                cluster.switches.page_cap = cap;
            }
            stage.settle().await;
            stage.assert_no_source_left();
        }
    }
}

#[tokio::test]
async fn a_list_that_shifts_once_is_read_again() {
    let stage = Stage::of(seed::small());
    stage.settle().await;
    let owner = stage.source().org("alice-bank").unwrap().owner;
    let shift = Effect::call(move |cluster| {
        cluster.add_org("born-meanwhile", owner);
    });
    let between = Fault::on("GET", "/consumer-orgs", shift)
        .when(|request| request.uri().query().is_some_and(|query| query.contains("offset=3")))
        .once();
    stage.source().faults.add(between);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    stage.sync().await;
    stage.again().await;
}

#[tokio::test]
async fn an_app_born_between_two_lists_costs_a_second_look_not_a_gap() {
    let stage = Stage::of(seed::small());
    stage.settle().await;
    let org = stage.source().org("alice-bank").unwrap().head.id;
    let birth = Effect::call(move |cluster| {
        cluster.add_app(org, "born-meanwhile");
    });
    stage.source().faults.add(Fault::on("GET", "/credentials", birth).once());
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    stage.sync().await;
    stage.again().await;
}

#[tokio::test]
async fn a_login_that_may_not_see_everything_deletes_nothing() {
    let stage = one_app();
    stage.settle().await;
    let app = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(app);
    stage.set("ALLOW_EMPTY_SOURCE", "true");
    for login in &mut stage.source().logins {
        login.scopes.retain(|scope| !scope.starts_with("app:"));
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(report.findings.iter().any(|finding| finding.check == "permissions"));
    assert!(stage.target().verify("shop-id", "shop-secret"));
}

#[tokio::test]
async fn an_expired_token_goes_unnoticed() {
    let stage = Stage::of(seed::small());
    for side in [&stage.source, &stage.target] {
        let mut cluster = side.lock().unwrap();
        cluster.faults.add(Fault::on("GET", "/apps", Effect::ExpireTokens).once());
        cluster.faults.add(Fault::on("POST", "/apps", Effect::ExpireTokens).once());
    }
    stage.settle().await;
}

#[tokio::test]
async fn a_single_use_key_is_exchanged_once() {
    let stage = Stage::of(seed::small());
    for (prefix, side) in [("SOURCE", &stage.source), ("TARGET", &stage.target)] {
        let mut cluster = side.lock().unwrap();
        cluster.switches.single_use_api_keys = true;
        let key = secrecy::ExposeSecret::expose_secret(&cluster.api_key().unwrap()).to_owned();
        for name in ["ADMIN_USER", "ADMIN_PASSWORD", "REALM"] {
            stage.set(&format!("{prefix}_{name}"), "");
        }
        stage.set(&format!("{prefix}_ADMIN_APIKEY"), &key);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
}

#[tokio::test]
async fn a_target_that_refuses_hashes_stops_the_run_before_any_write() {
    let stage = one_app();
    stage.target().set("hash_client_secret", false);
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed);
    let finding = report.findings.iter().find(|finding| finding.check == "hash_client_secret").unwrap();
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.mend.contains("EXCLUDE_KINDS=credentials"));
    assert_eq!(stage.check().await.exit_status, ExitStatus::PreflightFailed);
    stage.set("EXCLUDE_KINDS", "credentials");
    stage.settle().await;
}

#[tokio::test]
async fn a_check_of_two_good_catalogs_passes() {
    let stage = Stage::of(seed::small());
    let report = stage.check().await;
    exits(&report, ExitStatus::Success);
    assert_eq!(report.target.requests.writes, 0);
}

#[tokio::test]
async fn a_member_found_in_place_of_one_to_be_made_is_not_taken_for_equal() {
    let stage = one_app();
    let member = {
        let mut source = stage.source();
        let bob = source.add_user("ldap", "bob");
        let acme = source.org("acme").unwrap().head.id;
        source.add_member(acme, bob, &["developer", "administrator"])
    };
    stage.settle().await;
    stage.source().set_roles(member, &["administrator"]);
    // The target's list hides the member, so that he seems to be missing and is to be made.
    let hides = Fault::on("GET", "/members", Effect::EmptyList).once();
    stage.target().faults.add(hides);
    stage.sync().await;
    stage.settle().await;
    stage.assert_mirrored();
}
