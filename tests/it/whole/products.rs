//! Products and APIs in whole runs.

mod audience;
mod cheap;
mod deletion;
mod documents;
mod file_names;
mod lifecycle;
mod odd_names;
mod oddities;
mod places;
mod prerequisites;
mod publishing;
mod refusals;
mod strays;
mod unknowns;

use apic_configsync::sandbox::{
    Cluster, Id,
    world::build_products::{api_document, product_document},
};

use serde_json::Value;

use crate::stage::{SETTLED, Stage};

/// Two catalogs without Products, an organization `acme` with the app `shop` on the source.
pub(super) fn bare() -> (Cluster, Cluster) {
    let (mut source, target) = (empty(1), empty_target(2));
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    (source, target)
}

fn empty(seed: u64) -> Cluster {
    let mut cluster = Cluster::new(seed, "provider", "sandbox");
    cluster.add_gateway_service("gateway");
    cluster
}

/// A target without anything, with ids of its own.
pub(super) fn empty_target(seed: u64) -> Cluster {
    let mut target = empty(seed);
    target.set("hash_client_secret", true);
    target.set("config_sync_target_catalog", true);
    target
}

/// A stage on which something has been done to the source. The time that follows lets changes settle.
pub(super) fn stage(prepare: impl FnOnce(&mut Cluster)) -> Stage {
    let (mut source, target) = bare();
    prepare(&mut source);
    source.tick(SETTLED);
    Stage::with_products((source, target))
}

/// Publishes a Product with plans and small APIs.
pub(super) fn publish(cluster: &mut Cluster, address: &str, plans: &[&str], apis: &[&str]) -> Id {
    let (name, version) = address.split_once(':').unwrap();
    let plans: Vec<(&str, bool)> = plans.iter().map(|plan| (*plan, false)).collect();
    let documents = apis.iter().map(|api| {
        let (name, version) = api.split_once(':').unwrap();
        (api_document(name, version), None)
    });
    let documents = documents.collect();
    cluster.publish_in(None, product_document(name, version, &plans, apis), documents)
}

/// Does something to the source, and lets time pass.
pub(super) fn then(stage: &Stage, deed: impl FnOnce(&mut Cluster)) {
    let mut source = stage.source();
    deed(&mut source);
    source.tick(SETTLED);
}

pub(super) fn product(cluster: &Cluster, address: &str) -> Id {
    cluster.product(address).unwrap().head.id
}

pub(super) fn api(cluster: &Cluster, address: &str) -> Id {
    cluster.api(address).unwrap().head.id
}

pub(super) fn app(cluster: &Cluster) -> Id {
    cluster.app("acme", "shop").unwrap().head.id
}

/// How often the target was asked to publish.
pub(super) fn publishes(stage: &Stage) -> usize {
    let target = stage.target();
    let requests = target.requests().iter();
    requests.filter(|request| request.method == "POST" && request.path.ends_with("/publish")).count()
}

/// How many documents were read on a side.
pub(super) fn documents_read(cluster: &Cluster) -> usize {
    let reads = |path: &str, query: &str| {
        path.ends_with("/document") || path.ends_with("/wsdl") || query.contains("catalog_product")
    };
    cluster.requests().iter().filter(|request| reads(&request.path, &request.query)).count()
}

/// Subscribes an app of an organization that the source never had to a Product of the target.
pub(super) fn subscribe_own_app_on_target(stage: &Stage, product: &str) {
    let mut target = stage.target();
    let bob = target.add_user("sandbox-catalog", "bob");
    let own = target.add_org("own", bob);
    let app = target.add_app(own, "app");
    target.subscribe(app, product, "gold");
}

/// Insists that neither a plain nor a deep run finds anything.
pub(super) async fn rest(stage: &Stage) {
    stage.again().await;
    stage.set("DEEP_COMPARE", "true");
    stage.again().await;
    stage.set("DEEP_COMPARE", "false");
}

/// Edits the document of a Product on the source.
pub(super) fn edit(stage: &Stage, address: &str, deed: impl FnOnce(&mut Value)) {
    then(stage, |source| {
        let id = product(source, address);
        source.change_product_document(id, deed);
    });
}
