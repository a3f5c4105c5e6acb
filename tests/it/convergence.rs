//! Random worlds and next states converge: after each state one run makes a mirror, and a further run does nothing.

use apic_configsync::{
    report::ExitStatus,
    sandbox::switches::{CreatedBy, ListedHash, Metadata, TotalResults},
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    random_products::{Act, acts, play},
    random_world::{Deed, bare, deeds, perform},
    stage::{Stage, shown},
};

/// Runs a property on a runtime of its own, with the random seed printed on failure by proptest itself.
fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&strategy, property).unwrap();
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

/// Who made things is shown, so that an organization is known that gets another name and another owner in one state.
fn stage() -> Stage {
    let (source, mut target) = bare();
    target.switches.created_by = CreatedBy::Everywhere;
    Stage::of((source, target))
        .with("MAX_DELETE_PERCENT", "100")
        .with("ALLOW_EMPTY_SOURCE", "true")
}

/// What is deleted and made anew within one state keeps no trace; each state is brought over by one run.
async fn bring_over(stage: &Stage) {
    let report = stage.sync().await;
    assert_eq!(
        report.exit_status,
        ExitStatus::Success,
        "{}",
        shown(&report)
    );
    stage.assert_mirrored();
    stage.again().await;
}

async fn live_through(stage: &Stage, states: &[Vec<Deed>]) {
    for deeds in states {
        perform(&mut stage.source(), deeds);
        bring_over(stage).await;
    }
}

#[test]
fn every_next_state_is_mirrored_by_one_run() {
    check(
        150,
        (deeds(40), deeds(15), deeds(15)),
        |(first, second, third)| {
            block_on(live_through(&stage(), &[first, second, third]));
            Ok(())
        },
    );
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
    check(
        100,
        (acts(40), acts(15), acts(15)),
        |(first, second, third)| {
            let stage = stage().with("SyncProductsAndAPIs", "true");
            block_on(publish_through(&stage, &[first, second, third]));
            Ok(())
        },
    );
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
    let metadata = || prop_oneof![3 => Just(Metadata::Stored), 1 => Just(Metadata::Ignored), 1 => Just(Metadata::Refused)];
    let totals = prop_oneof![
        Just(TotalResults::Total),
        Just(TotalResults::PageLength),
        Just(TotalResults::Absent)
    ];
    let hash = prop_oneof![
        Just(ListedHash::Always),
        Just(ListedHash::OnRequest),
        Just(ListedHash::Never)
    ];
    (
        any::<[bool; 10]>(),
        totals,
        hash,
        [metadata(), metadata(), metadata(), metadata()],
        any::<bool>(),
    )
        .prop_map(|(bools, totals, hash, metadata, sealed)| Unknowns {
            bools,
            totals,
            hash,
            metadata,
            sealed,
        })
}

fn decide(stage: &Stage, unknowns: &Unknowns) {
    if unknowns.sealed {
        stage.set("MARK_KEY", "an-operators-key-of-32-bytes-or-more");
        stage.target().switches.created_by = CreatedBy::Hidden;
    }
    for mut cluster in [stage.source(), stage.target()] {
        let switches = &mut cluster.switches;
        let [
            merged,
            nulls,
            newest,
            body,
            patch,
            base,
            keeps,
            allowed,
            millis,
            listing,
        ] = unknowns.bools;
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
        let [
            reads_orgs,
            keeps_id,
            keeps_metadata,
            reopens,
            route,
            unused,
            takes,
            wrapped,
            merged,
            stored,
            body,
        ] = bools;
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
    check(
        100,
        (any::<[bool; 11]>(), acts(30), acts(15)),
        |(unknowns, first, second)| {
            let stage = stage().with("SyncProductsAndAPIs", "true");
            decide_about_products(&stage, unknowns);
            block_on(publish_through(&stage, &[first, second]));
            Ok(())
        },
    );
}

#[test]
fn so_it_is_whatever_the_server_does_where_nobody_knows() {
    check(
        150,
        (unknowns(), deeds(30), deeds(15)),
        |(unknowns, first, second)| {
            let stage = stage().with("DELETE_UNMARKED_CHILDREN", "true");
            decide(&stage, &unknowns);
            block_on(live_through(&stage, &[first, second]));
            Ok(())
        },
    );
}
