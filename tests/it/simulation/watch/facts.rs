//! What is on a cluster at a moment, as far as it matters whose it is.

use std::collections::BTreeMap;

use apic_configsync::sandbox::{
    Cluster,
    world::{Record, build::Stored},
};
use serde_json::Value;

/// What is on a cluster, by id.
pub(crate) type Facts = BTreeMap<String, Fact>;

/// What matters of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// The id of the source object that its mark names.
    pub(super) origin: Option<String>,
    /// What it stands under: within another parent the same mark says something else.
    pub(super) parent: String,
    /// Whether it was made only to be removed, and its client id says so.
    pub(super) is_disposable: bool,
}

impl Fact {
    /// Whether its original, or that of something it stands in, stands in something else on the source. Where an
    /// organization was made anew under its name, and the run ended before its copy got the new mark, that has new things.
    pub(super) fn is_elsewhere(&self, here: &Facts, there: &Facts) -> bool {
        let original = self.origin.as_ref().and_then(|origin| there.get(origin));
        let (Some(original), Some(parent)) = (original, here.get(&self.parent)) else {
            return false;
        };
        let is_apart = parent.origin.as_ref() != Some(&original.parent);
        is_apart || parent.is_elsewhere(here, there)
    }

    /// Whether a credential in it was made from one that stands in its original.
    pub(super) fn is_known_by_child(&self, id: &str, here: &Facts, there: &Facts) -> bool {
        let stands_in_original = |child: &Fact| {
            let original = child.origin.as_ref().and_then(|origin| there.get(origin));
            original.is_some_and(|it| Some(&it.parent) == self.origin.as_ref())
        };
        let mut children = here
            .values()
            .filter(|it| it.kind == "credential" && it.parent == id);
        self.kind == "app" && children.any(stands_in_original)
    }

    /// Whether people name it, so that it may have been made by hand.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.kind, "org" | "app")
    }
}

/// All that there is.
pub(super) fn facts(cluster: &Cluster) -> Facts {
    let mut facts = Facts::new();
    let home = cluster.home;
    note(&mut facts, "org", cluster.consumer_orgs.rows_under(home));
    for org in cluster.consumer_orgs.under(home) {
        note(&mut facts, "member", cluster.members.rows_under(*org));
    }
    note(&mut facts, "app", cluster.apps.rows_under(home));
    note(
        &mut facts,
        "credential",
        cluster.credentials.rows_under(home),
    );
    for credential in cluster.credentials.rows_under(home) {
        if let Some(fact) = facts.get_mut(&credential.head.id.to_string()) {
            fact.is_disposable = credential.client_id.starts_with("configsync-unused-");
        }
    }
    note(
        &mut facts,
        "subscription",
        cluster.subscriptions.rows_under(home),
    );
    note(&mut facts, "product", cluster.products.rows_under(home));
    note(&mut facts, "api", cluster.apis.rows_under(home));
    facts
}

fn note<'a, T: Stored + Record + 'a>(
    facts: &mut Facts,
    kind: &'static str,
    rows: impl Iterator<Item = &'a T>,
) {
    for row in rows {
        let head = row.head();
        let metadata = head.metadata.as_ref();
        let origin = metadata
            .and_then(|metadata| metadata.get("source_id"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let fact = Fact {
            kind,
            name: head.name.clone(),
            origin,
            parent: row.parent().to_string(),
            is_disposable: false,
        };
        facts.insert(head.id.to_string(), fact);
    }
}
