//! What a world stands among: clocks that run apart, the vendor's tool and other syncs at work on the same target, people
//! whom one side takes for one and the other for two.

use apic_configsync::sandbox::{
    Cluster,
    switches::CreatedBy,
    world::{ConsumerOrg, Credential, Registry},
};
use rand::{RngExt, rngs::StdRng};

use super::storing::Storing;
use crate::{random_products::SPACES, random_world::REGISTRIES};

/// What is settled about a world's surroundings before its life begins.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
pub(crate) struct Surroundings {
    /// By how many seconds the clocks of source, target and tool are ahead of the true time.
    pub(crate) clocks: [i64; 3],
    /// Whether source and target tell `user-1` from `User-1`, registry by registry.
    pub(crate) minds_case: [[bool; 2]; 2],
    /// On what source and target show who made it.
    pub(crate) created_by: [CreatedBy; 2],
    /// What the servers make of values.
    pub(crate) storing: Storing,
    /// Whether Products are in spaces.
    pub(crate) has_spaces: bool,
    /// Whether the vendor's tool has filled the target before, from the same source.
    pub(crate) vendor_was_here: bool,
    /// Whether it has filled it from another source.
    pub(crate) vendor_came_from_elsewhere: bool,
    /// Whether the source beside calls its things otherwise, so that nothing clashes.
    pub(crate) beside_is_apart: bool,
    /// Whether in the end people take away what consumers have written in the place of marks.
    pub(crate) is_cleaned: bool,
}

impl Surroundings {
    /// Nothing out of the ordinary.
    pub(super) fn plain() -> Self {
        Self {
            clocks: [0; 3],
            minds_case: [[false; 2]; 2],
            created_by: [CreatedBy::Hidden; 2],
            storing: Storing::Faithful,
            has_spaces: false,
            vendor_was_here: false,
            vendor_came_from_elsewhere: false,
            beside_is_apart: true,
            is_cleaned: true,
        }
    }

    pub(super) fn draw(rng: &mut StdRng) -> Self {
        let one_in = |rng: &mut StdRng, many: u32| rng.random_range(0..many) == 0;
        let is_apart = one_in(rng, 3);
        let clock = |rng: &mut StdRng| {
            if is_apart { rng.random_range(-300..300) } else { 0 }
        };
        let clocks = [clock(rng), clock(rng), clock(rng)];
        let is_odd = one_in(rng, 4);
        let mut minds = || [is_odd && rng.random_bool(0.5), is_odd && rng.random_bool(0.5)];
        let minds_case = [minds(), minds()];
        let shows_makers = one_in(rng, 3);
        let shown = [CreatedBy::OrgsAndSubscriptions, CreatedBy::Everywhere, CreatedBy::Hidden];
        let mut created_by = || {
            if shows_makers { shown[rng.random_range(0..3)] } else { CreatedBy::Hidden }
        };
        let created_by = [created_by(), created_by()];
        // The vendor's tool makes no copy where two people are one.
        let is_alike = minds_case[0] == minds_case[1];
        let vendor_was_here = is_alike && one_in(rng, 8);
        let vendor_came_from_elsewhere = is_alike && one_in(rng, 10);
        Self {
            clocks,
            minds_case,
            created_by,
            storing: Storing::Faithful,
            has_spaces: false,
            vendor_was_here,
            vendor_came_from_elsewhere,
            // Nothing tells from which of two sources of equal names the vendor's tool made a copy.
            beside_is_apart: one_in(rng, 2) || vendor_was_here,
            is_cleaned: one_in(rng, 2),
        }
    }

    /// Whether two people of one side may be one on the other.
    pub(crate) fn folds(&self) -> bool {
        self.minds_case[0] != self.minds_case[1]
    }

    /// Sets up the two sides, before anything lives on them.
    pub(super) fn prepare(&self, sides: [&mut Cluster; 2]) {
        for (at, cluster) in sides.into_iter().enumerate() {
            cluster.tick(self.clocks[at]);
            cluster.switches.created_by = self.created_by[at];
            self.prepare_registries(cluster, at);
            self.storing.prepare(cluster, at == 0);
            if self.has_spaces {
                divide(cluster);
            }
        }
    }

    /// Whether the registries of the source (0) or the target (1) mind small and capital letters.
    pub(super) fn prepare_registries(&self, cluster: &mut Cluster, side: usize) {
        for (name, minds) in REGISTRIES.iter().zip(self.minds_case[side]) {
            let org = cluster.provider_org.head.id;
            if let Some(registry) = cluster.registries.find(org, name).map(|it| it.head.id) {
                cluster.change::<Registry>(registry, |row| row.case_sensitive = minds);
            }
        }
    }
}

/// Divides a bare catalog into spaces. A catalog that has some takes no Products of its own.
fn divide(cluster: &mut Cluster) {
    for product in cluster.products.under(cluster.home).to_vec() {
        cluster.remove_product(product);
    }
    cluster.set("spaces_enabled", true);
    for name in SPACES {
        let space = cluster.add_space(name);
        cluster.add_gateway_service_in(Some(space), "gateway");
    }
}

/// Gives what must be unique on a target names that no other source has.
pub(super) fn set_apart(cluster: &mut Cluster, prefix: &str) {
    let home = cluster.home;
    let orgs = cluster.consumer_orgs.rows_under(home);
    let orgs: Vec<_> = orgs.map(|org| (org.head.id, org.head.name.clone())).collect();
    for (id, name) in orgs {
        let new = format!("{prefix}-{name}");
        if !name.starts_with(prefix) && cluster.org(&new).is_none() {
            cluster.rename::<ConsumerOrg>(id, &new);
        } else if !name.starts_with(prefix) {
            cluster.remove_org(id);
        }
    }
    let keys = cluster.credentials.rows_under(home);
    let keys: Vec<_> =
        keys.filter(|key| !key.client_id.starts_with(prefix)).map(|key| (key.head.id, key.client_id.clone())).collect();
    for (id, client_id) in keys {
        let new = format!("{prefix}-{client_id}");
        let taken = cluster.credentials.rows_under(home).any(|key| key.client_id == new);
        if taken {
            let _ = cluster.remove_credential(id);
        } else {
            cluster.change::<Credential>(id, |row| row.client_id = new);
        }
    }
}
