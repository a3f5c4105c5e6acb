//! Seals of marks: written with `MARK_KEY`, judged by it, and nowhere else to be seen.

use apic_configsync::{
    engine::{
        model::{
            MarkKeys, Secret,
            seal::{Sealed, bound_to_name},
        },
        report::{ExitStatus, Report},
    },
    sandbox::{
        Cluster, Effect, Fault, Id, seed,
        world::{App, ConsumerOrg, Head, Product},
    },
};
use serde_json::{Value, json};

use crate::stage::{Stage, change, changes, exits, shown};

const KEY: &str = "an-operators-key-of-32-bytes-or-more";
const OTHER: &str = "another-operators-key-of-32-bytes-too";

fn world() -> (Cluster, Cluster) {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let bob = source.add_user("sandbox-catalog", "bob");
    source.add_member(acme, bob, &["developer"]);
    let shop = source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    source.subscribe(shop, "petstore:1.0.0", "gold");
    (source, target)
}

fn sealing() -> Stage {
    Stage::of(world()).with("MARK_KEY", KEY)
}

fn org(cluster: &Cluster) -> &ConsumerOrg {
    cluster.org("acme").unwrap()
}

fn noted<'a>(head: &'a Head, key: &str) -> &'a str {
    let metadata = head.metadata.as_ref();
    let value = metadata.and_then(|metadata| metadata.get(key));
    value.and_then(Value::as_str).unwrap_or_default()
}

/// The seal that an object should bear that is bound to this.
fn expected(key: &str, kind: &str, bound: &str, head: &Head) -> String {
    let keys = MarkKeys { key: Secret::from(key.to_owned()), previous: None };
    keys.seal(&Sealed {
        kind,
        bound,
        source_catalog: noted(head, "source_catalog"),
        source_id: noted(head, "source_id"),
        source_hint: noted(head, "source_hint"),
        source_missing_since: noted(head, "source_missing_since"),
        source_not_taken: noted(head, "source_not_taken"),
    })
}

#[track_caller]
fn assert_sealed(key: &str, kind: &str, bound: &str, head: &Head) {
    assert!(!noted(head, "source_id").is_empty(), "{head:?}");
    let expected = expected(key, kind, bound, head);
    assert_eq!(noted(head, "source_seal"), expected, "{kind} {head:?}");
}

/// Everything in the target's consumer data and its Products is sealed with the key.
#[track_caller]
fn assert_all_sealed(key: &str, target: &Cluster) {
    let acme = org(target);
    let id = acme.head.id.to_string();
    assert_sealed(key, "consumer_orgs", &id, &acme.head);
    let alice = target.user("sandbox-catalog", "alice").unwrap();
    let registry = alice.registry;
    assert_sealed(key, "users", &format!("{registry}/alice"), &alice.head);
    let member = target.member(acme.head.id, acme.owner).unwrap();
    assert_sealed(key, "members", &format!("{id}/alice"), &member.head);
    let shop = target.app("acme", "shop").unwrap();
    assert_sealed(key, "applications", &format!("{id}/shop"), &shop.head);
    let app = shop.head.id;
    let credential = target.credentials(app)[0];
    let bound = format!("{app}/shop-id");
    assert_sealed(key, "credentials", &bound, &credential.head);
    let bound = format!("{app}//petstore:1.0.0/gold");
    let subscription = target.subscriptions(app)[0];
    assert_sealed(key, "subscriptions", &bound, &subscription.head);
}

#[tokio::test]
async fn all_that_is_made_is_sealed_and_the_key_stands_nowhere() {
    for merged in [false, true] {
        let stage = sealing();
        stage.target().switches.metadata_merged = merged;
        stage.settle().await;
        assert_all_sealed(KEY, &stage.target());
        assert!(!stage.target().dump().to_string().contains(KEY));
    }
}

#[tokio::test]
async fn products_are_sealed_within_the_catalog() {
    let (mut source, target) = world();
    source.add_product("calc", "1.0.0", &[("gold", false)]);
    let stage = Stage::with_products((source, target)).with("MARK_KEY", KEY);
    stage.settle().await;
    let target = stage.target();
    let calc = target.product("calc:1.0.0").unwrap();
    let bound = format!("{}//calc:1.0.0", target.home);
    assert_sealed(KEY, "products", &bound, &calc.head);
}

#[tokio::test]
async fn without_a_key_nothing_is_sealed() {
    let stage = Stage::of(world());
    stage.settle().await;
    assert!(!stage.target().dump().to_string().contains("source_seal"));
}

/// attacks.md, "A sealed mark".
#[tokio::test]
async fn a_sealed_copy_is_found_though_name_and_owner_have_changed() {
    let stage = sealing();
    stage.settle().await;
    let copy = org(&stage.target()).head.id;
    {
        let mut source = stage.source();
        let acme = org(&source).head.id;
        let carol = source.add_user("sandbox-catalog", "carol");
        source.hand_over(acme, carol);
        source.rename::<ConsumerOrg>(acme, "acme-and-sons");
        source.consumer_writes::<ConsumerOrg>(acme, &json!({"source_seal": "mine", "k": "v"}));
    }
    stage.settle().await;
    stage.assert_mirrored();
    let target = stage.target();
    let acme = target.org("acme-and-sons").unwrap();
    assert_eq!(acme.head.id, copy);
    assert_eq!(noted(&acme.head, "k"), "v");
    assert_sealed(KEY, "consumer_orgs", &copy.to_string(), &acme.head);
}

#[tokio::test]
async fn an_organization_is_sealed_at_once_and_all_else_when_it_is_written() {
    let stage = Stage::of(world());
    stage.settle().await;
    stage.set("MARK_KEY", KEY);
    let report = stage.settle().await;
    assert_eq!(report.changes.len(), 1, "{}", shown(&report));
    let sealed = change(&report, "consumer_orgs", "acme");
    let paths: Vec<&str> = sealed.fields.iter().map(|it| &*it.path).collect();
    assert_eq!(paths, ["/metadata/source_seal"]);
    assert_eq!(sealed.fields[0].after, "(not shown)");
    let shop = |cluster: &Cluster| cluster.app("acme", "shop").unwrap().head.clone();
    assert_eq!(noted(&shop(&stage.target()), "source_seal"), "");
    let id = shop(&stage.source()).id;
    stage.source().retitle::<App>(id, "The Shop");
    stage.settle().await;
    let target = stage.target();
    let acme = org(&target).head.id;
    assert_sealed(KEY, "applications", &format!("{acme}/shop"), &shop(&target));
}

#[tokio::test]
async fn the_key_before_counts_and_is_replaced_in_the_next_write() {
    let stage = sealing();
    stage.settle().await;
    stage.set("MARK_KEY", OTHER);
    stage.set("MARK_KEY_PREVIOUS", KEY);
    stage.again().await;
    assert_all_sealed(KEY, &stage.target());
    let id = org(&stage.source()).head.id;
    stage.source().retitle::<ConsumerOrg>(id, "Acme & Sons");
    stage.settle().await;
    let target = stage.target();
    let acme = org(&target);
    let bound = acme.head.id.to_string();
    assert_sealed(OTHER, "consumer_orgs", &bound, &acme.head);
}

#[tokio::test]
async fn a_wrong_key_is_told_and_nothing_is_written() {
    let stage = sealing();
    stage.settle().await;
    stage.set("MARK_KEY", OTHER);
    let id = org(&stage.source()).head.id;
    stage.source().retitle::<ConsumerOrg>(id, "Acme & Sons");
    let report = stage.sync().await;
    let told = shown(&report);
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed, "{told}");
    let finding = report.findings.iter().find(|it| it.check == "MARK_KEY");
    assert!(finding.unwrap().mend.contains("MARK_KEY_PREVIOUS"), "{told}");
    assert_eq!(report.target.requests.writes, 0, "{told}");
}

#[tokio::test]
async fn a_rename_and_another_client_id_are_sealed_anew_in_the_same_write() {
    let stage = sealing();
    stage.settle().await;
    {
        let mut source = stage.source();
        let shop = source.app("acme", "shop").unwrap().head.id;
        source.rename::<App>(shop, "store");
        let key = source.credentials(shop)[0].head.id;
        source.change::<apic_configsync::sandbox::world::Credential>(key, |row| {
            row.client_id = "store-id".into();
        });
    }
    let report = stage.settle().await;
    assert_eq!(report.target.requests.writes, 2, "{}", shown(&report));
    let target = stage.target();
    let store = target.app("acme", "store").unwrap();
    let bound = format!("{}/store", store.org);
    assert_sealed(KEY, "applications", &bound, &store.head);
    let bound = format!("{}/store-id", store.head.id);
    let key = target.credentials(store.head.id)[0];
    assert_sealed(KEY, "credentials", &bound, &key.head);
}

/// A run that dies right after an organization was made leaves it with the seal of its creation.
#[tokio::test]
async fn the_next_run_gives_a_new_organization_its_own_seal() {
    let stage = sealing();
    let fault = Fault::on("PATCH", "/consumer-orgs/", Effect::status(500));
    stage.target().faults.add(fault);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    stage.target().faults.clear();
    let bound = bound_to_name("acme");
    assert_sealed(KEY, "consumer_orgs", &bound, &org(&stage.target()).head.clone());
    let report = stage.settle().await;
    assert_eq!(changes(&report, "consumer_orgs"), ["update acme"]);
    let target = stage.target();
    let acme = org(&target);
    assert_sealed(KEY, "consumer_orgs", &acme.head.id.to_string(), &acme.head);
    let shop = target.app("acme", "shop").unwrap();
    let bound = format!("{}/shop", acme.head.id);
    assert_sealed(KEY, "applications", &bound, &shop.head);
}

#[tokio::test]
async fn there_and_back_and_there_again_finds_nothing_to_do() {
    for merged in [false, true] {
        let (mut source, target) = seed::small();
        source.set("hash_client_secret", true);
        source.set("config_sync_target_catalog", true);
        let stage = Stage::with_products((source, target)).with("MARK_KEY", KEY);
        stage.source().switches.metadata_merged = merged;
        stage.target().switches.metadata_merged = merged;
        stage.settle().await;
        stage.swapped().settle().await;
        stage.again().await;
        stage.swapped().again().await;
    }
}

/// What somebody else has noted counts as none, which costs a read, and no write.
#[tokio::test]
async fn a_note_without_a_right_seal_costs_a_read() {
    let stage = sealing();
    stage.settle().await;
    let reads = |report: &Report| report.target.requests.reads;
    let before = reads(&stage.sync().await);
    let bob = {
        let mut target = stage.target();
        let acme = org(&target).head.id;
        let bob = target.user("sandbox-catalog", "bob").unwrap().head.id;
        let bob = target.member(acme, bob).unwrap().head.id;
        forge_seal(&mut target, bob);
        bob
    };
    stage.again().await;
    // The organization's five roles, in two pages.
    assert_eq!(reads(&stage.sync().await), before + 2);
    let forged = stage.target().members.get(bob).unwrap().head.clone();
    assert_eq!(noted(&forged, "source_seal"), "forged");
}

fn forge_seal(target: &mut Cluster, member: Id) {
    target.change::<apic_configsync::sandbox::world::Member>(member, |row| {
        let metadata = row.head.metadata.get_or_insert_default();
        metadata.insert("source_seal".into(), "forged".into());
    });
}

#[tokio::test]
async fn a_seal_that_was_lost_to_a_write_of_the_portal_is_made_again() {
    let stage = sealing();
    stage.settle().await;
    let (id, mark) = {
        let target = stage.target();
        let head = &org(&target).head;
        (head.id, noted(head, "source_id").to_owned())
    };
    let map = json!({"source_id": mark, "portal_field": "\"x\""});
    stage.target().consumer_writes::<ConsumerOrg>(id, &map);
    stage.settle().await;
    let target = stage.target();
    assert_eq!(noted(&org(&target).head, "portal_field"), "\"x\"");
    assert_sealed(KEY, "consumer_orgs", &id.to_string(), &org(&target).head);
}

#[tokio::test]
async fn the_check_says_how_marks_are_believed() {
    use apic_configsync::sandbox::switches::CreatedBy;
    let stage = Stage::of(world());
    stage.settle().await;
    let told = async |stage: &Stage| {
        let report = stage.check().await;
        exits(&report, ExitStatus::Success);
        let mut findings = report.findings.into_iter();
        findings.find(|it| it.check == "MARK_KEY")
    };
    let message = told(&stage).await.unwrap().message;
    assert!(message.contains("names and owners only"), "{message}");
    stage.target().switches.created_by = CreatedBy::OrgsAndSubscriptions;
    let message = told(&stage).await.unwrap().message;
    assert!(message.contains("created_by"), "{message}");
    stage.set("MARK_KEY", KEY);
    let message = told(&stage).await.unwrap().message;
    assert!(message.contains("1 bear no seal, and 0"), "{message}");
    stage.settle().await;
    assert!(told(&stage).await.is_none());
    stage.set("MARK_KEY", OTHER);
    let message = told(&stage).await.unwrap().message;
    assert!(message.contains("0 bear no seal, and 1"), "{message}");
}

#[tokio::test]
async fn the_mark_of_a_product_that_lost_its_metadata_is_sealed_again() {
    let (mut source, target) = world();
    source.add_product("calc", "1.0.0", &[("gold", false)]);
    let stage = Stage::with_products((source, target)).with("MARK_KEY", KEY);
    stage.target().switches.republish_keeps_metadata = false;
    stage.settle().await;
    let calc = |cluster: &Cluster| cluster.product("calc:1.0.0").unwrap().head.clone();
    {
        let mut target = stage.target();
        let id = calc(&target).id;
        target.change::<Product>(id, |row| {
            let metadata = row.head.metadata.get_or_insert_default();
            metadata.insert("note".into(), "mine".into());
        });
        let mut source = stage.source();
        let api = source.api("calc:1.0.0").map(|api| api.head.id);
        source.change_api_document(api.unwrap(), |document| {
            document["info"]["description"] = "another one".into();
        });
        source.tick(600);
    }
    stage.settle().await;
    let target = stage.target();
    assert_eq!(noted(&calc(&target), "note"), "mine");
    let bound = format!("{}//calc:1.0.0", target.home);
    assert_sealed(KEY, "products", &bound, &calc(&target));
}

#[tokio::test]
async fn forged_seals_alone_are_no_wrong_key() {
    let stage = sealing();
    {
        let acme = org(&stage.source()).head.id;
        let catalog = stage.source().home;
        let mut target = stage.target();
        let stranger = target.add_user("sandbox-catalog", "other-user");
        let other = target.add_org("other-org", stranger);
        let forged = json!({"source_id": acme.to_string(), "source_catalog": catalog.to_string(), "source_seal": "0".repeat(43)});
        target.consumer_writes::<ConsumerOrg>(other, &forged);
    }
    let report = stage.plan().await;
    assert_ne!(report.exit_status, ExitStatus::PreflightFailed, "{}", shown(&report));
}

#[tokio::test]
async fn who_spoils_the_seal_of_the_only_organization_stops_nothing_but_his_own() {
    let stage = sealing();
    stage.settle().await;
    {
        let mut target = stage.target();
        let acme = org(&target).head.id;
        let mut spoilt = json!(org(&target).head.metadata);
        spoilt["source_seal"] = "0".repeat(43).into();
        target.consumer_writes::<ConsumerOrg>(acme, &spoilt);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let told = change(&report, "consumer_orgs", "acme");
    let reason = told.reason.clone().unwrap_or_default();
    assert!(reason.contains("was not made with MARK_KEY"), "{reason}");
}

/// Taking something over shows as the mark alone (interface.md, "The report"); the seal comes along.
#[tokio::test]
async fn an_adopted_organization_is_sealed_with_its_mark() {
    let (source, mut target) = world();
    let alice = target.add_user("sandbox-catalog", "alice");
    let acme = target.add_org("acme", alice);
    let stage = Stage::of((source, target)).with("MARK_KEY", KEY).with("ADOPT", "acme");
    let report = stage.settle().await;
    let adopted = change(&report, "consumer_orgs", "acme");
    let paths: Vec<&str> = adopted.fields.iter().map(|it| &*it.path).collect();
    assert_eq!(paths, ["/metadata/source_id"]);
    let target = stage.target();
    assert_sealed(KEY, "consumer_orgs", &acme.to_string(), &org(&target).head);
}
