//! Random worlds and next states converge: after each state one run makes a mirror, and a further run does nothing.

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus},
    sandbox::{
        Cluster,
        switches::{CreatedBy, ListedHash, Metadata, TotalResults},
        world::Registry,
    },
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    random_products::{Act, acts, play},
    random_world::{Deed, bare, deeds, perform},
    stage::{Stage, exits, shown},
};

/// Runs a property on a runtime of its own, with the random seed printed on failure by proptest itself.
fn check<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config).run(&strategy, property).unwrap();
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(future)
}

/// Who made things is shown, so that an organization is known that gets another name and another owner in one state.
fn stage() -> Stage {
    let (source, mut target) = bare();
    target.switches.created_by = CreatedBy::Everywhere;
    Stage::of((source, target)).with("MAX_DELETE_PERCENT", "100").with("ALLOW_EMPTY_SOURCE", "true")
}

/// What is deleted and made anew within one state keeps no trace; each state is brought over by one run.
async fn bring_over(stage: &Stage) {
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    let differences = stage.differences();
    let told: Vec<_> = differences.iter().filter(|it| !is_left(stage, it)).collect();
    assert!(told.is_empty(), "the target is no mirror: {told:?}");
    stage.again().await;
}

/// Where nothing shows that the tool made a user, as where users are seen only as owners and members, he is not written
/// any more. Nor is a credential's name taken back from another one, where both are known by their client ids alone.
fn is_left(stage: &Stage, difference: &str) -> bool {
    let (shows_users, keeps_marks) = {
        let switches = &stage.target().switches;
        let metadata = &switches.metadata;
        let is_listed = !switches.registry_listing_refused;
        (metadata.users == Metadata::Stored && is_listed, metadata.credentials == Metadata::Stored)
    };
    let is_of = |kind: &str, field: &str| difference.starts_with(kind) && difference.contains(field);
    !shows_users && is_of(" > users > ", " > email: ") || !keeps_marks && is_of(" > credentials > ", " > name: ")
}

async fn live_through(stage: &Stage, states: &[Vec<Deed>]) {
    for deeds in states {
        perform(&mut stage.source(), deeds);
        bring_over(stage).await;
    }
}

#[test]
fn every_next_state_is_mirrored_by_one_run() {
    check(150, (deeds(40), deeds(15), deeds(15)), |(first, second, third)| {
        block_on(live_through(&stage(), &[first, second, third]));
        Ok(())
    });
}

async fn publish_through(stage: &Stage, states: &[Vec<Act>]) {
    for acts in states {
        play(&mut stage.source(), acts);
        bring_over(stage).await;
        stage.assert_products_mirrored();
    }
}

#[test]
fn every_next_state_of_products_is_mirrored_by_one_run() {
    check(100, (acts(40), acts(15), acts(15)), |(first, second, third)| {
        let stage = stage().with("SyncProductsAndAPIs", "true");
        block_on(publish_through(&stage, &[first, second, third]));
        Ok(())
    });
}

/// The unknowns of the contract, as a server may have decided them (api-connect-rest.md section 21).
#[derive(Debug, Clone)]
struct Unknowns {
    bools: [bool; 10],
    totals: TotalResults,
    hash: ListedHash,
    metadata: [Metadata; 4],
    /// Whether it is by seals, and not by their makers, that organizations are known.
    sealed: bool,
}

fn unknowns() -> impl Strategy<Value = Unknowns> {
    let metadata =
        || prop_oneof![3 => Just(Metadata::Stored), 1 => Just(Metadata::Ignored), 1 => Just(Metadata::Refused)];
    let totals = prop_oneof![Just(TotalResults::Total), Just(TotalResults::PageLength), Just(TotalResults::Absent)];
    let hash = prop_oneof![Just(ListedHash::Always), Just(ListedHash::OnRequest), Just(ListedHash::Never)];
    (any::<[bool; 10]>(), totals, hash, [metadata(), metadata(), metadata(), metadata()], any::<bool>())
        .prop_map(|(bools, totals, hash, metadata, sealed)| Unknowns { bools, totals, hash, metadata, sealed })
}

fn decide(stage: &Stage, unknowns: &Unknowns) {
    if unknowns.sealed {
        stage.set("MARK_KEY", "an-operators-key-of-32-bytes-or-more");
        stage.target().switches.created_by = CreatedBy::Hidden;
    }
    for mut cluster in [stage.source(), stage.target()] {
        let switches = &mut cluster.switches;
        let [merged, nulls, newest, body, patch, base, keeps, allowed, millis, listing] = unknowns.bools;
        switches.metadata_merged = merged;
        switches.null_fields = nulls;
        switches.newest_first = newest;
        switches.delete_returns_body = body;
        switches.owner_patch_refused = patch;
        switches.base_role_added = base;
        switches.new_owner_keeps_roles = keeps;
        switches.one_plan_per_product = allowed;
        switches.millisecond_timestamps = millis;
        switches.registry_listing_refused = listing;
        switches.total_results = unknowns.totals;
        switches.listed_hash = unknowns.hash;
        switches.duplicate_status = if merged { 409 } else { 400 };
        let [users, members, credentials, subscriptions] = unknowns.metadata;
        switches.metadata.users = users;
        switches.metadata.members = members;
        switches.metadata.credentials = credentials;
        switches.metadata.subscriptions = subscriptions;
    }
}

/// What is unknown of publishing (api-connect-rest.md sections 14 and 15).
fn decide_about_products(stage: &Stage, bools: [bool; 11]) {
    for mut cluster in [stage.source(), stage.target()] {
        let switches = &mut cluster.switches;
        let [reads_orgs, keeps_id, keeps_metadata, reopens, route, unused, takes, wrapped, merged, stored, body] =
            bools;
        switches.publish_reads_orgs = reads_orgs;
        switches.republish_keeps_id = keeps_id;
        switches.republish_keeps_metadata = keeps_metadata;
        switches.republish_reopens_deprecated = reopens;
        switches.product_document_route = route;
        switches.unused_apis_removed = unused;
        switches.deprecated_takes_subscriptions = takes;
        switches.wsdl_wrapped = wrapped;
        switches.metadata_merged = merged;
        switches.delete_returns_body = body;
        if !stored {
            switches.metadata.apis = Metadata::Refused;
        }
    }
}

#[test]
fn so_it_is_with_products_whatever_the_server_does_where_nobody_knows() {
    check(100, (any::<[bool; 11]>(), acts(30), acts(15)), |(unknowns, first, second)| {
        let stage = stage().with("SyncProductsAndAPIs", "true");
        decide_about_products(&stage, unknowns);
        block_on(publish_through(&stage, &[first, second]));
        Ok(())
    });
}

#[test]
fn so_it_is_whatever_the_server_does_where_nobody_knows() {
    check(150, (unknowns(), deeds(30), deeds(15)), |(unknowns, first, second)| {
        let stage = stage().with("DELETE_UNMARKED_CHILDREN", "true");
        decide(&stage, &unknowns);
        block_on(live_through(&stage, &[first, second]));
        Ok(())
    });
}

/// The target takes people for one whom the source tells apart. One of them is carried, never with the other's address,
/// and a second run writes nothing.
#[test]
fn so_it_is_with_people_whom_the_target_takes_for_one() {
    check(100, (any::<bool>(), any::<bool>(), deeds(40), deeds(20)), |(stored, hidden, first, second)| {
        let stage = Stage::of(with_twins(bare())).with("MAX_DELETE_PERCENT", "100").with("ALLOW_EMPTY_SOURCE", "true");
        if !stored {
            stage.target().switches.metadata.users = Metadata::Ignored;
        }
        stage.target().switches.registry_listing_refused = hidden;
        block_on(live_with_twins(&stage, &[first, second]));
        Ok(())
    });
}

/// Gives the source people whose names are those of others in capitals, in a registry that tells them apart there and not
/// on the target. Whoever deals with people picks them too.
fn with_twins((mut source, target): (Cluster, Cluster)) -> (Cluster, Cluster) {
    let org = source.provider_org.head.id;
    let ldap = source.registries.find(org, "ldap").unwrap().head.id;
    source.change::<Registry>(ldap, |row| row.case_sensitive = true);
    for number in 0..8 {
        source.add_user("ldap", &format!("USER-{number}"));
    }
    (source, target)
}

async fn live_with_twins(stage: &Stage, states: &[Vec<Deed>]) {
    for deeds in states {
        perform(&mut stage.source(), deeds);
        let report = stage.sync().await;
        let ending = report.exit_status;
        assert!(matches!(ending, ExitStatus::Success | ExitStatus::Incomplete), "{}", shown(&report));
        let results = report.changes.iter().map(|change| change.result);
        let open = results.filter(|it| !matches!(it, ChangeResult::Applied | ChangeResult::Withheld));
        assert_eq!(open.count(), 0, "{}", shown(&report));
        assert_addresses_kept(stage);
        let before = stage.target().dump();
        if stage.target().switches.registry_listing_refused {
            // Whom no list shows is found by a creation that is refused.
            stage.sync().await;
            assert_eq!(before, stage.target().dump());
        } else {
            stage.again().await;
        }
    }
}

/// Twins have addresses of their own, in capitals as they are.
fn assert_addresses_kept(stage: &Stage) {
    let target = stage.target();
    for org in target.consumer_orgs.rows_under(target.home) {
        for member in target.members.rows_under(org.head.id) {
            let user = &target.users[member.user];
            let is_twin = |text: &str| text.contains("USER");
            let address = user.email.as_deref().unwrap_or_default();
            assert_eq!(is_twin(&user.username), is_twin(address), "{user:?}");
        }
    }
}
