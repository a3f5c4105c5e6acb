//! Random worlds, and what may become of them: deeds done to the consumer data of a catalog.

use apic_configsync::sandbox::{
    Cluster, Id, seed,
    world::{App, ConsumerOrg, Credential, Member, Subscription, User},
};
use proptest::{collection::vec, prelude::*};

/// Something that happens on a catalog. Numbers pick among what is there; a deed that makes no sense does nothing.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    AddUser(u8),
    ChangeUser(u8, u8),
    AddOrg(u8, u8),
    RenameOrg(u8, u8),
    RetitleOrg(u8, u8),
    NoteOnOrg(u8, u8),
    SuspendOrg(u8, bool),
    HandOver(u8, u8),
    RemoveOrg(u8),
    AddMember(u8, u8, u8),
    SetRoles(u8, u8),
    RemoveMember(u8),
    AddApp(u8, u8),
    RenameApp(u8, u8),
    DescribeApp(u8, u8),
    SuspendApp(u8, bool),
    RemoveApp(u8),
    AddCredential(u8, u8),
    ChangeClientId(u8, u8),
    SwapClientIds(u8, u8),
    ChangeSecret(u8, u8),
    RemoveCredential(u8),
    Subscribe(u8, u8),
    SuspendSubscription(u8, bool),
    Unsubscribe(u8),
}

/// A sequence of deeds.
pub(crate) fn deeds(longest: usize) -> impl Strategy<Value = Vec<Deed>> {
    vec(deed(), 0..longest)
}

pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    use Deed::*;
    let two = || (any::<u8>(), any::<u8>());
    let people = prop_oneof![
        any::<u8>().prop_map(AddUser),
        two().prop_map(|(a, b)| ChangeUser(a, b)),
        (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(a, b, c)| AddMember(a, b, c)),
        two().prop_map(|(a, b)| SetRoles(a, b)),
        any::<u8>().prop_map(RemoveMember),
    ];
    let orgs = prop_oneof![
        3 => two().prop_map(|(a, b)| AddOrg(a, b)),
        1 => two().prop_map(|(a, b)| RenameOrg(a, b)),
        1 => two().prop_map(|(a, b)| RetitleOrg(a, b)),
        1 => two().prop_map(|(a, b)| NoteOnOrg(a, b)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(a, b)| SuspendOrg(a, b)),
        1 => two().prop_map(|(a, b)| HandOver(a, b)),
        1 => any::<u8>().prop_map(RemoveOrg),
    ];
    let apps = prop_oneof![
        3 => two().prop_map(|(a, b)| AddApp(a, b)),
        1 => two().prop_map(|(a, b)| RenameApp(a, b)),
        1 => two().prop_map(|(a, b)| DescribeApp(a, b)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(a, b)| SuspendApp(a, b)),
        1 => any::<u8>().prop_map(RemoveApp),
    ];
    let keys = prop_oneof![
        3 => two().prop_map(|(a, b)| AddCredential(a, b)),
        1 => two().prop_map(|(a, b)| ChangeClientId(a, b)),
        1 => two().prop_map(|(a, b)| SwapClientIds(a, b)),
        1 => two().prop_map(|(a, b)| ChangeSecret(a, b)),
        1 => any::<u8>().prop_map(RemoveCredential),
    ];
    let subscriptions = prop_oneof![
        3 => two().prop_map(|(a, b)| Subscribe(a, b)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(a, b)| SuspendSubscription(a, b)),
        1 => any::<u8>().prop_map(Unsubscribe),
    ];
    prop_oneof![people, orgs, apps, keys, subscriptions]
}

/// The registries that people are in.
pub(crate) const REGISTRIES: [&str; 2] = ["sandbox-catalog", "ldap"];

/// What organizations and apps are called.
pub(crate) const NAMES: [&str; 6] = ["one", "two", "three", "fo ur", "fünf/5", "six%"];
const ROLES: [&[&str]; 4] = [&["developer"], &["viewer"], &["developer", "administrator"], &["administrator"]];
const PLANS: [(&str, &str); 3] =
    [("petstore:1.0.0", "gold"), ("petstore:1.0.0", "silver"), ("weather:2.1.0", "default")];

/// Does deeds to a catalog.
pub(crate) fn perform(cluster: &mut Cluster, deeds: &[Deed]) {
    for deed in deeds {
        act(cluster, deed);
    }
}

fn pick<T: Copy>(from: &[T], number: u8) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(number) % from.len()])
}

fn act(cluster: &mut Cluster, deed: &Deed) {
    use Deed::*;
    match *deed {
        AddUser(..) | ChangeUser(..) | AddMember(..) | SetRoles(..) | RemoveMember(..) => {
            people(cluster, deed);
        }
        AddOrg(..) | RenameOrg(..) | RetitleOrg(..) | NoteOnOrg(..) | SuspendOrg(..) | HandOver(..) | RemoveOrg(..) => {
            orgs(cluster, deed);
        }
        AddApp(..) | RenameApp(..) | DescribeApp(..) | SuspendApp(..) | RemoveApp(..) => {
            apps(cluster, deed);
        }
        AddCredential(..) | ChangeClientId(..) | SwapClientIds(..) | ChangeSecret(..) | RemoveCredential(..) => {
            keys(cluster, deed);
        }
        Subscribe(..) | SuspendSubscription(..) | Unsubscribe(..) => subscriptions(cluster, deed),
    }
}

fn users_of(cluster: &Cluster) -> Vec<Id> {
    let names = (0..8).flat_map(|number| ["user", "User"].map(|word| format!("{word}-{number}")));
    let mut users: Vec<Id> = names
        .flat_map(|name| REGISTRIES.map(|registry| cluster.user(registry, &name).map(|user| user.head.id)))
        .flatten()
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

fn user(cluster: &mut Cluster, number: u8) -> Id {
    let registry = REGISTRIES[usize::from(number) % 2];
    // Where the registry takes the two for one, there is one.
    let org = cluster.provider_org.head.id;
    let found = cluster.registries.find(org, registry);
    let minds_case = found.is_some_and(|registry| registry.case_sensitive);
    let word = if minds_case && number / 16 % 3 == 2 { "User" } else { "user" };
    let name = format!("{word}-{}", number / 2 % 8);
    // Two of three are as they always were.
    let twin = cluster.user(registry, &name.to_uppercase());
    if let Some(twin) = twin.filter(|twin| number.is_multiple_of(3) && twin.username != name) {
        return twin.head.id;
    }
    match cluster.user(registry, &name).map(|user| user.head.id) {
        Some(user) => user,
        None => cluster.add_user(registry, &name),
    }
}

fn orgs_of(cluster: &Cluster) -> Vec<Id> {
    cluster.consumer_orgs.under(cluster.home).to_vec()
}

fn apps_of(cluster: &Cluster) -> Vec<Id> {
    cluster.apps.under(cluster.home).to_vec()
}

fn credentials_of(cluster: &Cluster) -> Vec<Id> {
    cluster.credentials.under(cluster.home).to_vec()
}

fn people(cluster: &mut Cluster, deed: &Deed) {
    let orgs = orgs_of(cluster);
    let members: Vec<Id> = orgs.iter().flat_map(|org| cluster.members.under(*org).to_vec()).collect();
    match *deed {
        Deed::AddUser(number) => {
            user(cluster, number);
        }
        Deed::ChangeUser(number, value) => {
            if let Some(user) = pick(&users_of(cluster), number) {
                let domain = ["Example.COM", "example.com"][usize::from(value % 4 != 0)];
                cluster.change::<User>(user, |row| row.email = Some(format!("{value}@{domain}")));
            }
        }
        Deed::AddMember(org, person, roles) => {
            let person = user(cluster, person);
            if let Some(org) = pick(&orgs, org).filter(|org| cluster.member(*org, person).is_none()) {
                cluster.add_member(org, person, ROLES[usize::from(roles) % ROLES.len()]);
            }
        }
        Deed::SetRoles(member, roles) => {
            if let Some(member) = pick(&members, member).filter(|member| !is_owner(cluster, *member)) {
                cluster.set_roles(member, ROLES[usize::from(roles) % ROLES.len()]);
            }
        }
        Deed::RemoveMember(member) => {
            if let Some(member) = pick(&members, member) {
                let _ = cluster.remove_member(member);
            }
        }
        _ => {}
    }
}

fn is_owner(cluster: &Cluster, member: Id) -> bool {
    let member: &Member = cluster.members.get(member).unwrap();
    cluster.consumer_orgs.get(member.org).unwrap().owner == member.user
}

fn orgs(cluster: &mut Cluster, deed: &Deed) {
    let all = orgs_of(cluster);
    match *deed {
        Deed::AddOrg(name, owner) => {
            let name = NAMES[usize::from(name) % NAMES.len()];
            let owner = user(cluster, owner);
            if cluster.org(name).is_none() {
                cluster.add_org(name, owner);
            }
        }
        Deed::RenameOrg(org, name) => {
            let name = NAMES[usize::from(name) % NAMES.len()];
            if let Some(org) = pick(&all, org).filter(|_| cluster.org(name).is_none()) {
                cluster.rename::<ConsumerOrg>(org, name);
            }
        }
        Deed::RetitleOrg(org, title) => {
            if let Some(org) = pick(&all, org) {
                // Some servers cut or trim.
                let ending = [" ", " of an organization with a name that no server takes as a whole", "", ""];
                let ending = ending[usize::from(title % 4)];
                cluster.retitle::<ConsumerOrg>(org, &format!("Title {title}{ending}"));
            }
        }
        Deed::NoteOnOrg(org, note) => {
            if let Some(org) = pick(&all, org) {
                cluster.change::<ConsumerOrg>(org, |row| {
                    row.head.metadata.get_or_insert_default().insert("note".into(), note.to_string().into());
                });
            }
        }
        Deed::SuspendOrg(org, on) => {
            let state = if on { "disabled" } else { "enabled" };
            if let Some(org) = pick(&all, org) {
                cluster.change::<ConsumerOrg>(org, |row| row.state = state.into());
            }
        }
        Deed::HandOver(org, to) => {
            let Some(org) = pick(&all, org) else { return };
            let members: Vec<Id> = cluster.members.rows_under(org).map(|member| member.user).collect();
            let owner = cluster.consumer_orgs.get(org).unwrap().owner;
            if let Some(to) = pick(&members, to).filter(|to| *to != owner) {
                cluster.hand_over(org, to);
            }
        }
        Deed::RemoveOrg(org) => pick(&all, org).map_or((), |org| cluster.remove_org(org)),
        _ => {}
    }
}

fn apps(cluster: &mut Cluster, deed: &Deed) {
    let all = apps_of(cluster);
    let free = |cluster: &Cluster, org: Id, name: &str| cluster.apps.named(org, name).is_none();
    match *deed {
        Deed::AddApp(org, name) => {
            let name = NAMES[usize::from(name) % NAMES.len()];
            if let Some(org) = pick(&orgs_of(cluster), org).filter(|org| free(cluster, *org, name)) {
                cluster.add_app(org, name);
            }
        }
        Deed::RenameApp(app, name) => {
            let name = NAMES[usize::from(name) % NAMES.len()];
            let Some(app) = pick(&all, app) else { return };
            if free(cluster, cluster.apps.get(app).unwrap().org, name) {
                cluster.rename::<App>(app, name);
            }
        }
        Deed::DescribeApp(app, value) => {
            if let Some(app) = pick(&all, app) {
                cluster.change::<App>(app, |row| {
                    row.redirect_endpoints = (0..value % 3).rev().map(|n| format!("https://app/{value}/{n}")).collect();
                    row.image_endpoint = (value % 2 == 0).then(|| format!("https://image/{value}"));
                    row.head.summary = (value % 5 == 0).then(|| format!("summary {value}"));
                });
            }
        }
        Deed::SuspendApp(app, on) => {
            if let Some(app) = pick(&all, app) {
                cluster.set_app_state(app, if on { "disabled" } else { "enabled" });
            }
        }
        Deed::RemoveApp(app) => pick(&all, app).map_or((), |app| cluster.remove_app(app)),
        _ => {}
    }
}

fn keys(cluster: &mut Cluster, deed: &Deed) {
    let all = credentials_of(cluster);
    let taken =
        |cluster: &Cluster, id: &str| cluster.credentials.rows_under(cluster.home).any(|row| row.client_id == id);
    match *deed {
        Deed::AddCredential(app, id) => {
            let id = format!("client-{}", id % 12);
            if let Some(app) = pick(&apps_of(cluster), app).filter(|_| !taken(cluster, &id)) {
                cluster.add_credential(app, &id, &format!("secret of {id}"));
            }
        }
        Deed::ChangeClientId(credential, id) => {
            let id = format!("client-{}", id % 12);
            if let Some(credential) = pick(&all, credential).filter(|_| !taken(cluster, &id)) {
                cluster.change::<Credential>(credential, |row| row.client_id = id);
            }
        }
        Deed::SwapClientIds(one, other) => {
            let (Some(one), Some(other)) = (pick(&all, one), pick(&all, other)) else {
                return;
            };
            let id = |cluster: &Cluster, row: Id| cluster.credentials.get(row).unwrap().client_id.clone();
            let (first, second) = (id(cluster, one), id(cluster, other));
            if one != other {
                cluster.change::<Credential>(one, |row| row.client_id = "between".into());
                cluster.change::<Credential>(other, |row| row.client_id = first);
                cluster.change::<Credential>(one, |row| row.client_id = second);
            }
        }
        Deed::ChangeSecret(credential, value) => {
            if let Some(row) = pick(&all, credential) {
                cluster.change_secret(row, &format!("changed {value}"));
            }
        }
        Deed::RemoveCredential(credential) => {
            if let Some(row) = pick(&all, credential) {
                let _ = cluster.remove_credential(row);
            }
        }
        _ => {}
    }
}

fn subscriptions(cluster: &mut Cluster, deed: &Deed) {
    let all = cluster.subscriptions.under(cluster.home).to_vec();
    match *deed {
        Deed::Subscribe(app, plan) => {
            let (product, plan) = PLANS[usize::from(plan) % PLANS.len()];
            let Some(app) = pick(&apps_of(cluster), app) else {
                return;
            };
            let Some(product_id) = cluster.product(product).map(|it| it.head.id) else {
                return;
            };
            let is_same = |row: &&Subscription| row.product == product_id;
            if !cluster.subscriptions(app).iter().any(is_same) {
                cluster.subscribe(app, product, plan);
            }
        }
        Deed::SuspendSubscription(subscription, on) => {
            let state = if on { "disabled" } else { "enabled" };
            if let Some(row) = pick(&all, subscription) {
                cluster.change::<Subscription>(row, |row| row.state = state.into());
            }
        }
        Deed::Unsubscribe(subscription) => {
            if let Some(row) = pick(&all, subscription) {
                cluster.remove_subscription(row);
            }
        }
        _ => {}
    }
}

/// A bare pair, to which deeds are done.
pub(crate) fn bare() -> (Cluster, Cluster) {
    seed::pair()
}

/// Another catalog like the source of a bare pair, on a server of its own.
pub(crate) fn another(seed: u64) -> Cluster {
    let mut cluster = Cluster::new(seed, "provider", "sandbox");
    cluster.add_registry("ldap", "ldap");
    cluster.add_gateway_service("gateway");
    cluster.add_product("petstore", "1.0.0", &[("gold", false), ("silver", false)]);
    cluster.add_product("weather", "2.1.0", &[("default", false)]);
    cluster
}
