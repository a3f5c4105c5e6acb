//! The least that a run can do with: counted from what is in the world, not from what the engine did.
//!
//! What can be asked of the whole catalog is a number of pages; members and roles can be listed only organization by
//! organization (api-connect-rest.md sections 6 and 9).

use std::collections::BTreeMap;

use apic_configsync::sandbox::seed::Size;

use crate::recording::{Recorded, Side};

/// Objects per page, the engine's default.
pub(crate) const PAGE: usize = 100;

/// Products that every pair of sandbox catalogs has, beside one for each subscription of an app.
const FIXED_PRODUCTS: usize = 2;

/// What the target has when a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Situation {
    /// No consumer data.
    FirstSync,
    /// All that the source has.
    NothingToDo,
}

/// Numbers of requests by side and shape.
pub(crate) type Tally = BTreeMap<(Side, String), usize>;

/// What was requested.
pub(crate) fn sent(requests: &[Recorded]) -> Tally {
    let mut tally = Tally::new();
    for request in requests {
        *tally.entry((request.side, request.shape())).or_default() += 1;
    }
    tally
}

/// What has to be requested.
pub(crate) fn least(situation: Situation, size: &Size) -> Tally {
    let empty = Size { orgs: 0, credentials: 0, ..*size };
    let mut tally = Tally::new();
    let mut add = |side: Side, counts: Vec<(&str, usize)>| {
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        tally.extend(counts.map(|(shape, count)| ((side, shape.to_owned()), count)));
    };
    add(Side::Source, reads(size, size));
    match situation {
        Situation::NothingToDo => add(Side::Target, reads(size, size)),
        Situation::FirstSync => {
            // The names of the source's roles: their ids say nothing.
            add(Side::Source, vec![("GET roles", size.orgs)]);
            add(Side::Target, reads(&empty, size));
            add(Side::Target, writes(size));
        }
    }
    tally
}

/// Reads before the plan: what is so by way of connecting, pages of all lists, and members.
fn reads(held: &Size, products: &Size) -> Vec<(&'static str, usize)> {
    let apps = held.orgs * held.apps_per_org;
    vec![
        ("POST token", 1),
        ("GET catalogs/{id}", 1),
        ("GET settings", 1),
        ("GET configured-catalog-user-registries", 1),
        // Two registries, and nobody in the second.
        ("GET users", pages(held.orgs * held.members_per_org) + 1),
        ("GET products", pages(products.subscriptions_per_app + FIXED_PRODUCTS)),
        ("GET consumer-orgs", pages(held.orgs)),
        ("GET members", held.orgs),
        ("GET apps", pages(apps)),
        ("GET credentials", pages(held.credentials.max(apps))),
        ("GET subscriptions", pages(apps * held.subscriptions_per_app)),
    ]
}

/// Writes of a first sync, and the reads that they cannot do without: the ids of a new organization's roles, and that of
/// its owner's member, which the server makes by itself.
fn writes(size: &Size) -> Vec<(&'static str, usize)> {
    let apps = size.orgs * size.apps_per_org;
    vec![
        ("GET members", size.orgs),
        ("GET roles", size.orgs),
        ("POST users", size.orgs * size.members_per_org),
        ("POST consumer-orgs", size.orgs),
        ("PATCH members/{id}", size.orgs),
        ("POST members", size.orgs * (size.members_per_org - 1)),
        ("POST apps", apps),
        // The credential that comes with an app gets its hash and mark.
        ("PATCH credentials/{id}", apps),
        ("POST credentials", size.credentials.saturating_sub(apps)),
        ("POST subscriptions", apps * size.subscriptions_per_app),
    ]
}

/// An empty list is a page too.
fn pages(objects: usize) -> usize {
    objects.div_ceil(PAGE).max(1)
}
