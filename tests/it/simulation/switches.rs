//! How servers may have decided what nobody knows (api-connect-rest.md section 21).

use apic_configsync::sandbox::{
    Switches,
    switches::{ListedHash, Metadata, TotalResults},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::stage::Stage;

/// Decides for both sides of a stage alike.
pub(super) fn decide(stage: &Stage, chance: u64, with_products: bool) {
    for mut cluster in [stage.source(), stage.target()] {
        let mut rng = StdRng::seed_from_u64(!chance);
        about_all(&mut cluster.switches, &mut rng);
        if with_products {
            about_products(&mut cluster.switches, &mut rng);
        } else {
            about_metadata(&mut cluster.switches, &mut rng);
        }
    }
}

fn about_all(switches: &mut Switches, rng: &mut StdRng) {
    let mut toss = || rng.random_bool(0.5);
    switches.metadata_merged = toss();
    switches.null_fields = toss();
    switches.newest_first = toss();
    switches.delete_returns_body = toss();
    switches.owner_patch_refused = toss();
    switches.base_role_added = toss();
    switches.new_owner_keeps_roles = toss();
    switches.millisecond_timestamps = toss();
    switches.registry_listing_refused = toss();
    switches.duplicate_status = if toss() { 409 } else { 400 };
    let totals = [TotalResults::Total, TotalResults::PageLength, TotalResults::Absent];
    switches.total_results = totals[rng.random_range(0..3)];
    switches.page_cap = [None, None, Some(1), Some(2)][rng.random_range(0..4)];
    switches.token_lifetime = [60, 600, 28_800][rng.random_range(0..3)];
}

fn about_metadata(switches: &mut Switches, rng: &mut StdRng) {
    let hashes = [ListedHash::Always, ListedHash::OnRequest, ListedHash::Never];
    switches.listed_hash = hashes[rng.random_range(0..3)];
    switches.one_plan_per_product = rng.random_bool(0.5);
    let mut keeps = || {
        let ways = [Metadata::Stored, Metadata::Stored, Metadata::Stored, Metadata::Ignored, Metadata::Refused];
        ways[rng.random_range(0..5)]
    };
    switches.metadata.users = keeps();
    switches.metadata.members = keeps();
    switches.metadata.credentials = keeps();
    switches.metadata.subscriptions = keeps();
}

fn about_products(switches: &mut Switches, rng: &mut StdRng) {
    let mut toss = || rng.random_bool(0.5);
    switches.publish_reads_orgs = toss();
    switches.republish_keeps_id = toss();
    switches.republish_keeps_metadata = toss();
    switches.republish_reopens_deprecated = toss();
    switches.product_document_route = toss();
    switches.unused_apis_removed = toss();
    switches.deprecated_takes_subscriptions = toss();
    switches.wsdl_wrapped = toss();
    if toss() {
        switches.metadata.apis = Metadata::Refused;
    }
}
