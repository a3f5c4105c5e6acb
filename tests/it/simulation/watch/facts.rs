//! What is on a cluster at a moment, as far as it matters whose it is.

use std::collections::BTreeMap;

use apic_configsync::sandbox::{
    Cluster,
    world::{Id, Record, build::Stored},
};
use serde_json::Value;

/// What is on a cluster, by id.
pub(crate) type Facts = BTreeMap<String, Fact>;

/// What matters of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// The id of the source object that its mark names.
    pub(crate) origin: Option<String>,
    /// The catalog that its mark names beside it.
    pub(crate) catalog: Option<String>,
    /// Whether it bears a seal, of whomever.
    pub(crate) is_sealed: bool,
    /// What it stands under: within another parent the same mark says something else.
    pub(crate) parent: String,
    /// The owner of an organization, as both sides would call him.
    pub(crate) owner: Option<String>,
    /// The Product of a subscription.
    pub(crate) product: Option<String>,
    /// Whether it was made only to be removed, and its client id says so.
    pub(crate) is_disposable: bool,
    /// When it was made.
    pub(crate) created_at: i64,
    /// When it was last written.
    pub(crate) updated_at: i64,
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

    /// Whether a credential in it was made from one that stands in this original (behaviour.md, rule 5).
    pub(super) fn is_known_by_child(&self, id: &str, origin: &str, here: &Facts, there: &Facts) -> bool {
        let stands_in_original = |child: &Fact| {
            let original = child.origin.as_ref().and_then(|origin| there.get(origin));
            original.is_some_and(|it| it.parent == origin)
        };
        let mut children = here.values().filter(|it| it.kind == "credential" && it.parent == id);
        self.kind == "app" && children.any(stands_in_original)
    }

    /// Whether people name it, so that it may have been made by hand.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.kind, "org" | "app")
    }

    /// Whether it is kept for a while when its original is gone.
    pub(super) fn has_grace(&self) -> bool {
        matches!(self.kind, "org" | "app" | "product")
    }
}

/// All that there is.
pub(crate) fn facts(cluster: &Cluster) -> Facts {
    let mut facts = Facts::new();
    let home = cluster.home;
    note(&mut facts, "org", cluster.consumer_orgs.rows_under(home));
    for org in cluster.consumer_orgs.rows_under(home) {
        let id = org.head.id;
        note(&mut facts, "member", cluster.members.rows_under(id));
        if let Some(fact) = facts.get_mut(&id.to_string()) {
            fact.owner = Some(called(cluster, org.owner));
        }
    }
    note(&mut facts, "app", cluster.apps.rows_under(home));
    note(&mut facts, "credential", cluster.credentials.rows_under(home));
    for credential in cluster.credentials.rows_under(home) {
        if let Some(fact) = facts.get_mut(&credential.head.id.to_string()) {
            fact.is_disposable = credential.client_id.starts_with("configsync-unused-");
        }
    }
    note(&mut facts, "subscription", cluster.subscriptions.rows_under(home));
    for subscription in cluster.subscriptions.rows_under(home) {
        if let Some(fact) = facts.get_mut(&subscription.head.id.to_string()) {
            fact.product = Some(subscription.product.to_string());
        }
    }
    note(&mut facts, "product", cluster.products.rows_under(home));
    for product in cluster.products.rows_under(home) {
        if let Some(fact) = facts.get_mut(&product.head.id.to_string()) {
            fact.name = format!("{}:{}", product.head.name, product.version);
        }
    }
    note(&mut facts, "api", cluster.apis.rows_under(home));
    let provider = cluster.provider_org.head.id;
    for registry in cluster.registries.under(provider) {
        note(&mut facts, "user", cluster.users.rows_under(*registry));
    }
    facts
}

/// A user as both sides call him, whether his registry minds small and capital letters or not.
fn called(cluster: &Cluster, user: Id) -> String {
    let user = cluster.users.get(user);
    let registry = user.and_then(|user| cluster.registries.get(user.registry));
    let (Some(user), Some(registry)) = (user, registry) else {
        return String::new();
    };
    format!("{}/{}", registry.head.name, user.username.to_lowercase())
}

fn note<'a, T: Stored + Record + 'a>(facts: &mut Facts, kind: &'static str, rows: impl Iterator<Item = &'a T>) {
    for row in rows {
        let head = row.head();
        let text = |key: &str| {
            let value = head.metadata.as_ref()?.get(key)?;
            value.as_str().map(str::to_owned)
        };
        let sealed = head.metadata.as_ref().and_then(|it| it.get("source_seal"));
        let fact = Fact {
            kind,
            name: head.name.clone(),
            origin: text("source_id"),
            catalog: text("source_catalog"),
            is_sealed: sealed.is_some_and(Value::is_string),
            parent: row.parent().to_string(),
            owner: None,
            product: None,
            is_disposable: false,
            created_at: head.created_at,
            updated_at: head.updated_at,
        };
        facts.insert(head.id.to_string(), fact);
    }
}
