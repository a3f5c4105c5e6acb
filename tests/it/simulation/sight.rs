//! Logins that lose the right to see a part of a catalog, and get it back.

use std::collections::BTreeSet;

use apic_configsync::sandbox::Cluster;
use rand::{RngExt, rngs::StdRng};

/// What a login does not see for a while.
#[derive(Debug, Clone)]
pub(crate) struct Blindness {
    pub(crate) on_source: bool,
    /// Which organizations: the bits of their places in the list.
    orgs: u8,
    /// For how many runs.
    pub(crate) runs: u32,
}

impl Blindness {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        Self {
            on_source: rng.random_bool(0.85),
            orgs: [0b1, 0b10, 0b101, 0b1110, 0xff][rng.random_range(0..5)],
            runs: rng.random_range(1..4),
        }
    }

    /// The login loses its sight. Gives the names of the organizations that it sees no longer.
    pub(super) fn begin(&self, cluster: &mut Cluster, all: &[&str]) -> BTreeSet<String> {
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
    }
}
