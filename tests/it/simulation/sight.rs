//! Logins that lose the right to see a part of a catalog, and get it back.

use std::collections::BTreeSet;

use apic_configsync::sandbox::{Cluster, world};
use rand::{RngExt, rngs::StdRng};

use crate::random_products::SPACES;

/// What a login does not see for a while.
#[derive(Debug, Clone)]
pub(crate) struct Blindness {
    pub(crate) on_source: bool,
    /// Which organizations: the bits of their places in the list.
    orgs: u8,
    /// Which Products.
    products: u8,
    /// Which space, with all that is in it.
    space: Option<&'static str>,
    /// For how many runs.
    pub(crate) runs: u32,
}

/// What is out of sight: organizations by name, Products as `name:version`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hidden {
    pub(crate) orgs: BTreeSet<String>,
    pub(crate) products: BTreeSet<String>,
}

impl Blindness {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        Self {
            on_source: rng.random_bool(0.85),
            orgs: [0, 0b1, 0b10, 0b101, 0b1110, 0xff][rng.random_range(0..6)],
            products: [0, 0b1, 0b110, 0b1100, 0xff][rng.random_range(0..5)],
            space: rng.random_bool(0.5).then(|| SPACES[rng.random_range(0..2)]),
            runs: rng.random_range(1..4),
        }
    }

    /// The login loses its sight. Gives what it sees no longer, and what may seem to be gone with that. A space does not: it
    /// has copies on the target, so all that is in it stays, for however long.
    pub(super) fn begin(&self, cluster: &mut Cluster, all: &[&str]) -> Hidden {
        for login in &mut cluster.logins {
            login.hidden.spaces = self.space.iter().map(ToString::to_string).collect();
        }
        Hidden { orgs: self.hide_orgs(cluster, all), products: self.hide_products(cluster) }
    }

    fn hide_products(&self, cluster: &mut Cluster) -> BTreeSet<String> {
        let products = cluster.products.rows_under(cluster.home);
        let hidden: BTreeSet<String> = products
            .enumerate()
            .filter(|(place, _)| self.products >> (place % 8) & 1 == 1)
            .map(|(_, product)| format!("{}:{}", product.head.name, product.version))
            .collect();
        for login in &mut cluster.logins {
            login.hidden.products.clone_from(&hidden);
        }
        hidden
    }

    fn hide_orgs(&self, cluster: &mut Cluster, all: &[&str]) -> BTreeSet<String> {
        let orgs = cluster.consumer_orgs.rows_under(cluster.home);
        let hidden: BTreeSet<String> = orgs
            .enumerate()
            .filter(|(place, _)| self.orgs >> (place % 8) & 1 == 1)
            .map(|(_, org)| org.head.name.clone())
            .collect();
        // What is called otherwise tomorrow, or is made, is seen as long as it bears none of these names.
        let orgs = cluster.consumer_orgs.rows_under(cluster.home);
        let known = orgs.map(|org| org.head.name.clone());
        let known = known.chain(all.iter().map(ToString::to_string));
        let seen = known.filter(|name| !hidden.contains(name)).collect();
        for login in &mut cluster.logins {
            login.sees_only = Some(BTreeSet::clone(&seen));
        }
        hidden
    }
}

/// The login sees everything again.
pub(super) fn restore(cluster: &mut Cluster) {
    for login in &mut cluster.logins {
        login.sees_only = None;
        login.hidden = world::Hidden::default();
    }
}
