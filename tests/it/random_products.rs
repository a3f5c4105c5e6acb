//! Random worlds with Products: what publishers do, in between what consumers do.

use apic_configsync::sandbox::{
    Cluster, Id,
    world::{
        Audience,
        build_products::{api_document, product_document},
    },
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use crate::random_world::{self, Deed, perform};

/// Something that happens on a catalog.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Consume(Deed),
    /// A Product, by name and version, with some of the APIs.
    Publish(u8, u8, u8),
    EditApi(u8, u8),
    EditProduct(u8, u8),
    /// The next state that is legal, one of them.
    Move(u8, u8),
    SwitchApi(u8, bool),
    Show(u8, u8, u8),
    Subscribe(u8, u8),
    Withdraw(u8),
}

/// A sequence of acts.
pub(crate) fn acts(longest: usize) -> impl Strategy<Value = Vec<Act>> {
    vec(act(), 0..longest)
}

fn act() -> impl Strategy<Value = Act> {
    use Act::*;
    let two = || (any::<u8>(), any::<u8>());
    let three = || (any::<u8>(), any::<u8>(), any::<u8>());
    prop_oneof![
        4 => random_world::deed().prop_map(Consume),
        3 => three().prop_map(|(a, b, c)| Publish(a, b, c)),
        1 => two().prop_map(|(a, b)| EditApi(a, b)),
        1 => two().prop_map(|(a, b)| EditProduct(a, b)),
        2 => two().prop_map(|(a, b)| Move(a, b)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(a, b)| SwitchApi(a, b)),
        1 => three().prop_map(|(a, b, c)| Show(a, b, c)),
        2 => two().prop_map(|(a, b)| Subscribe(a, b)),
        1 => any::<u8>().prop_map(Withdraw),
    ]
}

/// Does acts to a catalog, and lets them settle.
pub(crate) fn play(cluster: &mut Cluster, acts: &[Act]) {
    for act in acts {
        do_one(cluster, act);
    }
    cluster.tick(10);
}

const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];
/// Where the catalog has spaces, the first name is published in the first one, the others in the other.
pub(crate) const SPACES: [&str; 2] = ["first", "second"];
const VERSIONS: [&str; 2] = ["1.0.0", "2.0.0"];
const APIS: [&str; 4] = ["pets", "orders", "Accounts", "größe"];

fn do_one(cluster: &mut Cluster, act: &Act) {
    match act {
        Act::Consume(deed) => perform(cluster, std::slice::from_ref(deed)),
        Act::Publish(name, version, apis) => publish(cluster, *name, *version, *apis),
        Act::EditApi(api, value) => {
            let all = cluster.apis.under(cluster.home).to_vec();
            if let Some(api) = pick(&all, *api) {
                cluster.change_api_document(api, |document| edit(document, *value));
            }
        }
        Act::EditProduct(product, value) => {
            if let Some(product) = pick(&all(cluster), *product) {
                cluster.change_product_document(product, |document| edit(document, *value));
            }
        }
        Act::Move(product, choice) => next_state(cluster, *product, *choice),
        Act::SwitchApi(api, on) => {
            let all = cluster.apis.under(cluster.home).to_vec();
            if let Some(api) = pick(&all, *api) {
                cluster.set_api_state(api, if *on { "online" } else { "offline" });
            }
        }
        Act::Show(product, kind, orgs) => show(cluster, *product, *kind, *orgs),
        Act::Subscribe(app, product) => subscribe(cluster, *app, *product),
        Act::Withdraw(product) => {
            if let Some(product) = pick(&ours(cluster), *product) {
                cluster.remove_product(product);
            }
        }
    }
}

fn pick(from: &[Id], number: u8) -> Option<Id> {
    (!from.is_empty()).then(|| from[usize::from(number) % from.len()])
}

fn all(cluster: &Cluster) -> Vec<Id> {
    cluster.products.under(cluster.home).to_vec()
}

/// The Products that only this side's publishers know.
fn ours(cluster: &Cluster) -> Vec<Id> {
    let products = cluster.products.rows_under(cluster.home);
    products.filter(|product| NAMES.contains(&product.head.name.as_str())).map(|product| product.head.id).collect()
}

fn edit(document: &mut Value, value: u8) {
    document["info"]["title"] = json!(format!("Title {}", value % 4));
    document["x-odd"] = json!({"value": value % 3, "list": [value % 2, null]});
}

/// APIs that are there stay as they are.
fn publish(cluster: &mut Cluster, name: u8, version: u8, apis: u8) {
    let name = NAMES[usize::from(name) % NAMES.len()];
    let version = VERSIONS[usize::from(version) % VERSIONS.len()];
    let space = SPACES[usize::from(name != NAMES[0])];
    let space_id = cluster.spaces.named(cluster.home, space).map(|it| it.head.id);
    let prefix = space_id.map_or_else(String::new, |_| format!("{space}/"));
    let known = cluster.product(&format!("{prefix}{name}:{version}"));
    if known.is_some_and(|product| product.state != "published") {
        return;
    }
    let names: Vec<&str> = (0..APIS.len()).filter(|place| apis >> place & 1 == 1).map(|place| APIS[place]).collect();
    let addresses: Vec<String> = names.iter().map(|api| format!("{api}:1.0.0")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let documents = names.iter().map(|api| {
        let known = cluster.api(&format!("{prefix}{api}:1.0.0"));
        (known.map_or_else(|| api_document(api, "1.0.0"), |api| api.document.clone()), None)
    });
    let documents = documents.collect();
    let document = product_document(name, version, &[("gold", false)], &addresses);
    cluster.publish_in(space_id, document, documents);
}

fn next_state(cluster: &mut Cluster, product: u8, choice: u8) {
    let Some(product) = pick(&ours(cluster), product) else {
        return;
    };
    let row = cluster.products.get(product).unwrap();
    let subscribed = !cluster.subscriptions.under(product).is_empty();
    let next: &[&str] = match row.state.as_str() {
        "published" if subscribed => &["deprecated", "retired"],
        "published" => &["deprecated", "retired", "staged"],
        "deprecated" => &["published", "retired"],
        "retired" => &["staged"],
        _ => &["published"],
    };
    cluster.set_product_state(product, next[usize::from(choice) % next.len()]);
}

fn show(cluster: &mut Cluster, product: u8, kind: u8, orgs: u8) {
    let Some(product) = pick(&all(cluster), product) else {
        return;
    };
    let known = cluster.consumer_orgs.under(cluster.home).to_vec();
    let orgs: Vec<Id> =
        (0..known.len().min(8)).filter(|place| orgs >> place & 1 == 1).map(|place| known[place]).collect();
    let kind = match kind % 3 {
        0 if !orgs.is_empty() => "custom",
        1 => "public",
        _ => "authenticated",
    };
    let audience = |kind: &str, orgs: &[Id]| Audience {
        kind: kind.into(),
        enabled: true,
        orgs: if kind == "custom" { orgs.to_vec() } else { Vec::new() },
        groups: Vec::new(),
    };
    cluster.set_visibility(product, audience(kind, &orgs), audience("authenticated", &[]));
}

fn subscribe(cluster: &mut Cluster, app: u8, product: u8) {
    let apps = cluster.apps.under(cluster.home).to_vec();
    let (Some(app), Some(product)) = (pick(&apps, app), pick(&ours(cluster), product)) else {
        return;
    };
    let row = cluster.products.get(product).unwrap();
    let space = row.space.and_then(|space| cluster.spaces.get(space));
    let prefix = space.map_or_else(String::new, |space| format!("{}/", space.head.name));
    let address = format!("{prefix}{}:{}", row.head.name, row.version);
    let open = row.state == "published";
    let known = cluster.subscriptions(app).iter().any(|it| it.product == product);
    if open && !known {
        cluster.subscribe(app, &address, "gold");
    }
}
