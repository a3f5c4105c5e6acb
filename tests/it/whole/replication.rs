//! What is carried, kind by kind.

use apic_configsync::{
    engine::report::{ExitStatus, RunResult},
    sandbox::{
        seed,
        world::{App, ConsumerOrg},
    },
};

use crate::stage::{Stage, change, changes, counts, exits, shown};

#[tokio::test]
async fn the_small_pair_is_brought_in_sync() {
    let stage = Stage::of(seed::small());
    let plan = stage.plan().await;
    assert_eq!(plan.outcome, RunResult::ChangesPending, "{}", shown(&plan));
    assert_eq!(plan.target.requests.writes, 0);
    let report = stage.settle().await;
    assert_eq!(report.outcome, RunResult::Applied);
    for (kind, counts) in &report.kinds {
        let planned = crate::stage::counts(&plan, kind);
        assert_eq!(
            (counts.created, counts.updated, counts.deleted),
            (planned.created, planned.updated, planned.deleted)
        );
    }
}

#[tokio::test]
async fn a_first_sync_makes_a_mirror_whose_keys_work() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let bob = source.add_user("ldap", "bob");
    let acme = source.add_org("acme", alice);
    source.add_member(acme, bob, &["developer", "viewer"]);
    let shop = source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    source.add_credential(shop, "second-id", "second-secret");
    source.subscribe(shop, "petstore:1.0.0", "gold");
    let stage = Stage::of((source, target));
    let report = stage.settle().await;
    stage.assert_mirrored();
    assert!(stage.target().verify("shop-id", "shop-secret"));
    assert!(stage.target().verify("second-id", "second-secret"));
    assert_eq!(changes(&report, "members"), ["create acme/ldap/bob", "create acme/sandbox-catalog/alice"]);
    assert_eq!(counts(&report, "credentials").created, 2);
}

#[tokio::test]
async fn a_suspended_app_is_created_suspended_and_an_app_without_credentials_gets_none() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let shop = source.add_app(acme, "shop");
    source.set_app_state(shop, "disabled");
    let bare = source.add_app(acme, "bare");
    let only: Vec<_> = source.credentials(bare).iter().map(|credential| credential.head.id).collect();
    source.remove_credential(only[0]).unwrap();
    let stage = Stage::of((source, target));
    stage.settle().await;
    stage.assert_mirrored();
    let target = stage.target();
    assert_eq!(target.app("acme", "shop").unwrap().state, "disabled");
    assert!(target.credentials(target.app("acme", "bare").unwrap().head.id).is_empty());
}

#[tokio::test]
async fn a_changed_secret_and_client_id_follow() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let credential = source.credentials(app)[0].head.id;
        source.change_secret(credential, "rotated");
        source.change::<apic_configsync::sandbox::world::Credential>(credential, |row| {
            row.client_id = "new-id".into();
        });
    }
    let report = stage.settle().await;
    let change = change(&report, "credentials", "acme/shop/new-id");
    let fields: Vec<_> =
        change.fields.iter().map(|field| (field.path.as_str(), field.after.as_str().unwrap())).collect();
    assert_eq!(fields, [("/client_id", "new-id"), ("/client_secret_hashed", "(secret)")]);
    assert!(stage.target().verify("new-id", "rotated"));
    assert!(!stage.target().verify("shop-id", "shop-secret"));
    stage.assert_mirrored();
}

#[tokio::test]
async fn swapped_client_ids_go_through_a_temporary_one() {
    let stage = one_app();
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.add_credential(app, "other-id", "other-secret");
    }
    stage.settle().await;
    {
        use apic_configsync::sandbox::world::Credential;
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let ids: Vec<_> = source.credentials(app).iter().map(|row| (row.head.id, row.client_id.clone())).collect();
        let set = |source: &mut apic_configsync::sandbox::Cluster, id, to: &str| {
            let to = to.to_owned();
            source.change::<Credential>(id, move |row| row.client_id = to);
        };
        set(&mut source, ids[0].0, "between");
        set(&mut source, ids[1].0, &ids[0].1);
        set(&mut source, ids[0].0, &ids[1].1);
    }
    let report = stage.settle().await;
    assert_eq!(counts(&report, "credentials").updated, 2, "{}", shown(&report));
    stage.assert_mirrored();
}

#[tokio::test]
async fn swapped_names_of_organizations_are_carried() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let one = source.add_org("one", alice);
    let two = source.add_org("two", alice);
    let stage = Stage::of((source, target));
    stage.settle().await;
    {
        let mut source = stage.source();
        source.rename::<ConsumerOrg>(one, "three");
        source.rename::<ConsumerOrg>(two, "one");
        source.rename::<ConsumerOrg>(one, "two");
    }
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_changed_plan_is_a_new_subscription_and_then_a_deletion() {
    let stage = one_app();
    stage.settle().await;
    resubscribe(&stage);
    let report = stage.settle().await;
    assert_eq!(
        changes(&report, "subscriptions"),
        ["delete acme/shop/petstore:1.0.0/gold", "create acme/shop/petstore:1.0.0/silver"]
    );
    stage.assert_mirrored();
}

#[tokio::test]
async fn where_only_one_plan_of_a_product_is_allowed_the_old_subscription_goes_first() {
    let stage = one_app();
    stage.settle().await;
    resubscribe(&stage);
    stage.target().switches.one_plan_per_product = true;
    stage.settle().await;
    stage.assert_mirrored();
}

fn resubscribe(stage: &Stage) {
    let mut source = stage.source();
    let app = source.app("acme", "shop").unwrap().head.id;
    let old = source.subscriptions(app)[0].head.id;
    source.remove_subscription(old);
    source.subscribe(app, "petstore:1.0.0", "silver");
}

#[tokio::test]
async fn an_owner_is_handed_over_to_somebody_who_was_no_member() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let carol = source.add_user("sandbox-catalog", "carol");
        let acme = source.org("acme").unwrap().head.id;
        source.add_member(acme, carol, &["viewer"]);
        source.hand_over(acme, carol);
    }
    let report = stage.settle().await;
    assert!(change(&report, "consumer_orgs", "acme").fields.iter().any(|field| field.path == "/owner"));
    stage.assert_mirrored();
}

#[tokio::test]
async fn the_old_owner_may_leave_altogether() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let carol = source.add_user("sandbox-catalog", "carol");
        let acme = source.org("acme").unwrap().head.id;
        let old = source.org("acme").unwrap().owner;
        source.add_member(acme, carol, &["viewer"]);
        source.hand_over(acme, carol);
        let member = source.member(acme, old).unwrap().head.id;
        source.remove_member(member).unwrap();
    }
    stage.set("MAX_DELETE_PERCENT", "100");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn names_with_spaces_slashes_and_other_scripts_survive() {
    let (mut source, target) = seed::pair();
    let owner = source.add_user("sandbox-catalog", "größe müller/2");
    let org = source.add_org("größe & söhne/100 %", owner);
    let app = source.add_app_with(org, "日本 / app?#", "id with space/1", "s");
    source.subscribe(app, "petstore:1.0.0", "gold");
    let stage = Stage::of((source, target));
    let report = stage.settle().await;
    stage.assert_mirrored();
    assert_eq!(changes(&report, "consumer_orgs"), ["create größe & söhne%2F100 %25"]);
    assert_eq!(changes(&report, "credentials"), ["create größe & söhne%2F100 %25/日本 %2F app?#/id with space%2F1"]);
}

#[tokio::test]
async fn what_waits_for_approval_on_the_source_stays_at_home() {
    let stage = one_app();
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let waiting = source.subscribe(app, "weather:2.1.0", "default");
        source.change::<apic_configsync::sandbox::world::Subscription>(waiting, |row| {
            row.state = "pending".into();
        });
        let acme = source.org("acme").unwrap().head.id;
        let app = source.add_app(acme, "waiting");
        source.change::<App>(app, |row| row.state = "pending".into());
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    assert_eq!(counts(&report, "applications").withheld, 1);
    assert_eq!(counts(&report, "credentials").withheld, 1);
    assert_eq!(counts(&report, "subscriptions").withheld, 1);
    stage.again().await;
}

#[tokio::test]
async fn a_subscription_to_an_absent_product_is_withheld_with_the_reason() {
    let stage = one_app();
    {
        let mut source = stage.source();
        source.add_product("inventory", "1.0.0", &[("default", false)]);
        let app = source.app("acme", "shop").unwrap().head.id;
        source.subscribe(app, "inventory:1.0.0", "default");
    }
    let report = stage.sync().await;
    assert_eq!((report.outcome, report.exit_status), (RunResult::Incomplete, ExitStatus::Incomplete));
    let held = change(&report, "subscriptions", "acme/shop/inventory:1.0.0/default");
    assert_eq!(held.reason.as_deref(), Some("the target has no Product inventory:1.0.0"));
    stage.again().await;
}

#[tokio::test]
async fn a_missing_registry_withholds_only_what_needs_it() {
    let (mut source, target) = seed::pair();
    source.add_registry("partners", "oidc");
    let alice = source.add_user("sandbox-catalog", "alice");
    let paul = source.add_user("partners", "paul");
    let acme = source.add_org("acme", alice);
    source.add_member(acme, paul, &["viewer"]);
    let other = source.add_org("other", paul);
    source.add_app(other, "app");
    let stage = Stage::of((source, target));
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(counts(&report, "consumer_orgs").created, 1);
    assert_eq!(counts(&report, "consumer_orgs").withheld, 1);
    let reason = change(&report, "users", "partners/paul").reason.clone().unwrap();
    assert!(reason.contains("no user registry partners"), "{reason}");
    assert!(report.findings.iter().any(|finding| finding.check == "user_registries"), "{}", shown(&report));
    stage.again().await;
}

#[tokio::test]
async fn a_mapping_gives_registries_their_names_on_the_target() {
    let (mut source, mut target) = seed::pair();
    source.add_registry("partners", "oidc");
    target.add_registry("friends", "oidc");
    let paul = source.add_user("partners", "paul");
    source.add_org("acme", paul);
    let stage = Stage::of((source, target)).with("USER_REGISTRY_NAME_MAPPING", "partners,friends");
    let report = stage.settle().await;
    assert_eq!(changes(&report, "users"), ["create friends/paul"]);
    assert!(stage.target().user("friends", "paul").is_some());
}

/// An organization with an owner, an app, a key and a subscription.
pub(super) fn one_app() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let shop = source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    source.subscribe(shop, "petstore:1.0.0", "gold");
    Stage::of((source, target))
}
