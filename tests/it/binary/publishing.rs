//! Runs that publish Products, ended at many points by `kill -9` and by SIGTERM: the next ones end where an undisturbed
//! one would have ended.

use apic_configsync::sandbox::{
    Cluster, Effect, Fault,
    world::build_products::{api_document, product_document},
};
use serde_json::{Value, json};

use super::pair::Pair;

/// Two organizations, three Products of which two share an API, one of them deprecated, and a subscription to each.
pub(super) fn shop() -> (Cluster, Cluster) {
    let [mut source, mut target] = [1, 2].map(|seed| {
        let mut cluster = Cluster::new(seed, "provider", "sandbox");
        cluster.add_gateway_service("gateway");
        cluster
    });
    target.set("hash_client_secret", true);
    target.set("config_sync_target_catalog", true);
    publish(&mut source, "books:1.0.0", &["titles:1.0.0", "prices:1.0.0"]);
    publish(&mut source, "books:2.0.0", &["titles:2.0.0", "prices:1.0.0"]);
    publish(&mut source, "music:1.0.0", &["songs:1.0.0"]);
    for name in ["acme", "bank"] {
        let owner = source.add_user("sandbox-catalog", &format!("owner-of-{name}"));
        let org = source.add_org(name, owner);
        let app = source.add_app_with(org, "shop", &format!("id-of-{name}"), &format!("secret-of-{name}"));
        for product in ["books:1.0.0", "books:2.0.0", "music:1.0.0"] {
            source.subscribe(app, product, "default");
        }
    }
    let old = source.product("books:1.0.0").unwrap().head.id;
    source.set_product_state(old, "deprecated");
    source.tick(10);
    (source, target)
}

/// Publishes a Product whose APIs hold secrets in their documents.
fn publish(cluster: &mut Cluster, address: &str, apis: &[&str]) {
    let (name, version) = address.split_once(':').unwrap();
    let documents = apis.iter().map(|api| {
        let (name, version) = api.split_once(':').unwrap();
        let mut document = api_document(name, version);
        document["x-ibm-configuration"]["properties"] =
            json!({"backend-password": {"value": "", "password": format!("backdoor-of-{name}")}});
        (document, None)
    });
    let documents = documents.collect();
    let product = product_document(name, version, &[("default", false)], apis);
    cluster.publish_in(None, product, documents);
}

/// Where a run ends that nobody disturbs.
pub(super) struct Undisturbed {
    state: Value,
    rows: [usize; 8],
    pub(super) writes: u32,
}

impl Undisturbed {
    pub(super) fn of(world: &(Cluster, Cluster)) -> Self {
        let pair = pair(world);
        pair.run(&["sync"]).exits(0).with_outcome("applied");
        pair.run(&["sync"]).exits(0).with_outcome("in_sync");
        let target = pair.target();
        Self { state: state(&target), rows: rows(&target), writes: u32::try_from(pair_writes(&target)).unwrap() }
    }

    /// Insists that at most two runs mend the target, that nothing is there twice, and that a further run does nothing.
    #[track_caller]
    pub(super) fn assert_mended(&self, pair: &Pair) {
        if pair.run(&["sync"]).code != Some(0) {
            pair.run(&["sync"]).exits(0);
        }
        assert_eq!(state(&pair.target()), self.state);
        assert_eq!(rows(&pair.target()), self.rows, "something is there twice");
        pair.assert_keys_verify();
        let writes = pair.writes();
        pair.run(&["sync"]).exits(0).with_outcome("in_sync");
        assert_eq!(pair.writes(), writes);
    }

    /// Numbers of writes, spread over the whole run.
    pub(super) fn moments(&self, count: u32) -> impl Iterator<Item = u32> {
        let writes = self.writes;
        // 0.618… is the fraction whose multiples spread most evenly.
        (0..count).map(move |number| 1 + (number * 618 + 7) * writes / 1000 % writes)
    }
}

pub(super) fn pair((source, target): &(Cluster, Cluster)) -> Pair {
    Pair::of((source.clone(), target.clone())).with("SyncProductsAndAPIs", "true")
}

fn pair_writes(cluster: &Cluster) -> usize {
    let requests = cluster.requests().iter();
    requests.filter(|request| request.is_write()).count()
}

fn state(cluster: &Cluster) -> Value {
    json!([cluster.snapshot(), cluster.products_snapshot()])
}

/// How many of everything there are.
fn rows(cluster: &Cluster) -> [usize; 8] {
    [
        cluster.users.len(),
        cluster.consumer_orgs.len(),
        cluster.members.len(),
        cluster.apps.len(),
        cluster.credentials.len(),
        cluster.subscriptions.len(),
        cluster.products.len(),
        cluster.apis.len(),
    ]
}

/// A fault of the nth write.
pub(super) fn on_write(nth: u32, effect: Effect) -> Fault {
    let is_write = |request: &http::Request<bytes::Bytes>| {
        let is_login = request.uri().path().ends_with("/token");
        request.method() != http::Method::GET && !is_login
    };
    Fault::on("*", "", effect).when(is_write).nth(nth)
}

#[test]
fn a_run_that_dies_while_it_publishes_is_mended_by_the_next() {
    let world = shop();
    let undisturbed = Undisturbed::of(&world);
    for (number, nth) in undisturbed.moments(12).enumerate() {
        let pair = pair(&world);
        let remote = pair.remote.clone();
        let takes_effect = number % 2 == 0;
        {
            let mut target = pair.target();
            let kill = Effect::call(move |_| remote.kill());
            target.faults.add(on_write(nth, kill));
            if !takes_effect {
                target.faults.add(on_write(nth, Effect::Reset));
            }
        }
        let code = pair.run(&["sync"]).code;
        assert_eq!(code, None, "no death at write {nth}");
        undisturbed.assert_mended(&pair);
    }
}

#[test]
fn a_run_that_is_told_to_stop_finishes_its_writes_wherever_it_is() {
    let world = shop();
    let undisturbed = Undisturbed::of(&world);
    for (number, nth) in undisturbed.moments(10).enumerate() {
        let parallel = ["1", "8"][number % 2];
        let pair = pair(&world).with("MAX_CONCURRENT_WRITES", parallel);
        let remote = pair.remote.clone();
        let term = Effect::call(move |_| remote.signal_and_wait("TERM"));
        pair.target().faults.add(on_write(nth, term));
        let stopped = pair.run(&["sync"]).exits(143).with_outcome("interrupted");
        let unanswered = |cluster: &Cluster| {
            let requests = cluster.requests().iter();
            requests.filter(|request| request.status == 0).count()
        };
        assert_eq!(unanswered(&pair.target()), 0, "a write was broken off");
        assert_eq!(stopped.changes("failed"), 0, "{}", stopped.stdout);
        undisturbed.assert_mended(&pair);
    }
}
