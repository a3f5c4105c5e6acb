//! Worlds to begin with: a bare pair, a small believable one, and large ones.
//!
//! Both catalogs of a pair bear the same names, so that registries match without a mapping.

use super::world::build::sure;
use super::world::fields::{AppFields, CredentialFields, Field, HeadFields, SecretText, UserFields};
use super::world::{App, Audience, Cluster, ConsumerOrg, Credential, Id, Member, Product, Subscription, User};

/// Source and target with the same registries (`sandbox-catalog`, and `ldap`), gateway service and products, without consumer data.
#[must_use]
pub fn pair() -> (Cluster, Cluster) {
    let [source, mut target] = [1, 2].map(|seed| {
        let mut cluster = Cluster::new(seed, "provider", "sandbox");
        cluster.add_registry("ldap", "ldap");
        cluster.add_gateway_service("gateway");
        cluster.add_product("petstore", "1.0.0", &[("gold", false), ("silver", false)]);
        cluster.add_product("weather", "2.1.0", &[("default", false)]);
        cluster
    });
    target.set("hash_client_secret", true);
    target.set("config_sync_target_catalog", true);
    (source, target)
}

/// A source and a target that was in sync once, with every kind of difference since.
///
/// All of them can be brought over, but for a subscription that waits for approval on the source and so stays at home.
#[must_use]
pub fn small() -> (Cluster, Cluster) {
    let (mut source, mut target) = pair();
    born_with(&mut source);
    born_with(&mut target);
    let banks = ["alice", "bob", "carol", "dave"].map(|name| company(&mut source, name));
    copy(&source, &mut target);
    differ(&mut source, &mut target, &banks);
    rest(&mut source, &mut target);
    (source, target)
}

/// What every sandbox catalog is born with, on both sides (section 0, fact 10).
fn born_with(cluster: &mut Cluster) {
    let owner = cluster.add_user("sandbox-catalog", "test-user");
    let org = cluster.add_org("sandbox-test-org", owner);
    cluster.retitle::<ConsumerOrg>(org, "Sandbox Test Organization");
    cluster.add_app(org, "sandbox-test-app");
}

/// An organization with an owner, two members, and three apps that subscribe.
fn company(cluster: &mut Cluster, owner: &str) -> Id {
    let boss = cluster.add_user("sandbox-catalog", owner);
    let org = cluster.add_org(&format!("{owner}-bank"), boss);
    for (registry, role) in [("sandbox-catalog", "developer"), ("ldap", "viewer")] {
        let user = cluster.add_user(registry, &format!("{owner}-{role}"));
        cluster.add_member(org, user, &[role]);
    }
    for (name, product, plan) in [
        ("shop", "petstore:1.0.0", "gold"),
        ("mobile", "weather:2.1.0", "default"),
        ("batch", "petstore:1.0.0", "silver"),
    ] {
        let app = cluster.add_app_with(org, name, &format!("{owner}-{name}-id"), &format!("{owner}-{name}-secret"));
        cluster.subscribe(app, product, plan);
    }
    org
}

fn differ(source: &mut Cluster, target: &mut Cluster, banks: &[Id; 4]) {
    let app = |cluster: &Cluster, org: Id, name: &str| cluster.apps.named(org, name).map_or(org, |app| app.head.id);
    let [alice, bob, carol, dave] = *banks;

    company(source, "erin");
    source.rename::<ConsumerOrg>(dave, "dave-and-sons");
    source.retitle::<ConsumerOrg>(carol, "Carol's Bank");

    let shop = app(source, alice, "shop");
    source.retitle::<App>(shop, "The Shop");
    source.add_credential(shop, "alice-shop-second-id", "alice-shop-second-secret");
    let batch = app(source, alice, "batch");
    source.set_app_state(batch, "disabled");

    let rotated = source.credentials.under(app(source, bob, "shop")).to_vec();
    for credential in rotated {
        source.change_secret(credential, "bob-shop-rotated");
    }
    let revoked = app(source, bob, "mobile");
    let old = source.credentials.under(revoked).to_vec();
    source.add_credential(revoked, "bob-mobile-new-id", "bob-mobile-new-secret");
    for credential in old {
        sure(source.remove_credential(credential));
    }

    let gone = app(source, carol, "batch");
    source.remove_app(gone);
    let viewer = source
        .user("ldap", "dave-viewer")
        .and_then(|user| source.member(dave, user.head.id))
        .map(|member| member.head.id);
    if let Some(member) = viewer {
        source.set_roles(member, &["developer", "viewer"]);
    }

    publish(source, target, alice);
    let mobile = app(source, alice, "mobile");
    let waiting = source.subscribe(mobile, "petstore:1.0.0", "gold");
    source.change::<Subscription>(waiting, |row| "pending".clone_into(&mut row.state));

    if let Some(org) = target.org("alice-bank").map(|org| org.head.id) {
        target.add_app(org, "only-on-target");
    }
}

/// A Product that is new and for one organization only, and one whose API has changed since it was carried.
fn publish(source: &mut Cluster, target: &mut Cluster, customer: Id) {
    let inventory = source.add_product("inventory", "1.0.0", &[("default", false)]);
    let mut exclusive = Audience::of("custom");
    exclusive.orgs.push(customer);
    source.set_visibility(inventory, exclusive.clone(), exclusive);
    let id = |cluster: &Cluster| cluster.product("weather:2.1.0").map(|row| row.head.id);
    if let (Some(original), Some(copy)) = (id(source), id(target)) {
        target.mark::<Product>(copy, original, source.home);
    }
    if let Some(api) = source.api("weather:2.1.0").map(|row| row.head.id) {
        source.change_api_document(api, |document| {
            document["paths"]["/forecast"] = serde_json::json!({"get": {"summary": "Tomorrow"}});
        });
    }
}

/// Lets some minutes pass since the last change, and both clocks tell the same time: each write has moved only one of them.
fn rest(source: &mut Cluster, target: &mut Cluster) {
    let present = source.clock().now().max(target.clock().now()) + 300;
    for cluster in [source, target] {
        cluster.tick(present - cluster.clock().now());
    }
}

/// How large a [`large`] world is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Consumer orgs.
    pub orgs: usize,
    /// Members per org, the owner included.
    pub members_per_org: usize,
    /// Apps per org.
    pub apps_per_org: usize,
    /// Credentials in all, at least one per app.
    pub credentials: usize,
    /// Subscriptions per app.
    pub subscriptions_per_app: usize,
}

impl Default for Size {
    /// 1,000 orgs, 3,000 members, 5,000 apps, 7,500 credentials, 25,000 subscriptions.
    fn default() -> Self {
        Self { orgs: 1000, members_per_org: 3, apps_per_org: 5, credentials: 7500, subscriptions_per_app: 5 }
    }
}

/// A full source and a target without consumer data.
#[must_use]
pub fn large(size: Size) -> (Cluster, Cluster) {
    let (mut source, mut target) = pair();
    for n in 0..size.subscriptions_per_app {
        for cluster in [&mut source, &mut target] {
            cluster.add_product(&format!("product-{n}"), "1.0.0", &[("default", false)]);
        }
    }
    let mut extra = size.credentials.saturating_sub(size.orgs * size.apps_per_org);
    for n in 0..size.orgs {
        fill(&mut source, n, size, &mut extra);
    }
    rest(&mut source, &mut target);
    (source, target)
}

/// The same, but the target is a marked copy already.
#[must_use]
pub fn large_synced(size: Size) -> (Cluster, Cluster) {
    let (source, mut target) = large(size);
    copy(&source, &mut target);
    (source, target)
}

fn fill(cluster: &mut Cluster, n: usize, size: Size, extra: &mut usize) {
    let owner = cluster.add_user("sandbox-catalog", &format!("owner-{n}"));
    let org = cluster.add_org(&format!("org-{n}"), owner);
    for m in 1..size.members_per_org {
        let user = cluster.add_user("sandbox-catalog", &format!("user-{n}-{m}"));
        cluster.add_member(org, user, &["developer"]);
    }
    for a in 0..size.apps_per_org {
        let app =
            cluster.add_app_with(org, &format!("app-{a}"), &format!("client-{n}-{a}"), &format!("secret-{n}-{a}"));
        if *extra > 0 {
            *extra -= 1;
            cluster.add_credential(app, &format!("client-{n}-{a}-extra"), &format!("secret-{n}-{a}-extra"));
        }
        for s in 0..size.subscriptions_per_app {
            cluster.subscribe(app, &format!("product-{s}:1.0.0"), "default");
        }
    }
}

/// Copies all consumer data of the source's home catalog to a target without it, marked as a sync would have left it.
///
/// `sandbox-test-org` is passed over, as it is by a sync.
pub fn copy(source: &Cluster, target: &mut Cluster) {
    target.acting = target.logins.first().map(|login| login.user);
    let orgs = source.consumer_orgs.rows_under(source.home);
    for org in orgs.filter(|org| org.head.name != super::world::snapshot::BORN_WITH) {
        Copy { source, target: &mut *target }.org(org);
    }
    target.acting = None;
}

struct Copy<'a> {
    source: &'a Cluster,
    target: &'a mut Cluster,
}

impl Copy<'_> {
    fn org(&mut self, org: &ConsumerOrg) {
        let owner = self.user(org.owner);
        let copied = sure(self.target.create_org(self.target.home, &head(&org.head, Some(&org.state)), owner));
        self.target.mark::<ConsumerOrg>(copied, org.head.id, self.source.home);
        for member in self.source.members.rows_under(org.head.id) {
            let copy = self.member(copied, member);
            self.target.mark::<Member>(copy, member.head.id, self.source.home);
        }
        for app in self.source.apps.rows_under(org.head.id) {
            self.app(copied, app);
        }
    }

    fn user(&mut self, user: Id) -> Id {
        let user: &User = &self.source.users[user];
        let registry = &self.source.registries[user.registry].head.name;
        if let Some(there) = self.target.user(registry, &user.username) {
            return there.head.id;
        }
        let set = |field: &Option<String>| field.clone().map_or(Field::Absent, Field::Set);
        let fields = UserFields {
            username: Some(user.username.clone()),
            email: set(&user.email),
            first_name: set(&user.first_name),
            last_name: set(&user.last_name),
            password: None,
        };
        let registry = self
            .target
            .registries
            .find(self.target.provider_org.head.id, registry)
            .map_or(user.registry, |row| row.head.id);
        sure(self.target.create_user(registry, &head(&user.head, None), &fields))
    }

    fn member(&mut self, org: Id, member: &Member) -> Id {
        let user = self.user(member.user);
        if let Some(there) = self.target.member(org, user) {
            return there.head.id;
        }
        let names: Vec<&str> = member.roles.iter().map(|role| self.source.roles[*role].head.name.as_str()).collect();
        let roles = sure(self.target.role_ids(org, &names));
        let mut head = head(&member.head, Some(&member.state));
        // Who became the owner later may have had the name before.
        head.name = head.name.filter(|name| self.target.members.named(org, name).is_none());
        sure(self.target.create_member(org, user, roles, &head))
    }

    fn app(&mut self, org: Id, app: &App) {
        let credentials = self.source.credentials(app.head.id);
        let fields = AppFields {
            redirect_endpoints: Field::Set(app.redirect_endpoints.clone()),
            lifecycle_state: Some(app.lifecycle_state.clone()),
            client_id: credentials.first().map(|first| first.client_id.clone()),
            ..AppFields::default()
        };
        let (copied, first) = sure(self.target.create_app(org, &head(&app.head, Some(&app.state)), &fields));
        self.target.mark::<App>(copied, app.head.id, self.source.home);
        if credentials.is_empty() {
            // A server that protects the last one keeps it.
            let _ = self.target.remove_credential(first.credential);
        }
        for (at, credential) in credentials.into_iter().enumerate() {
            self.credential(copied, credential, (at == 0).then_some(first.credential));
        }
        for subscription in self.source.subscriptions(app.head.id) {
            self.subscription(copied, subscription);
        }
    }

    /// The first credential was made with the app and takes the values of the source's first.
    fn credential(&mut self, app: Id, credential: &Credential, made: Option<Id>) {
        let fields = CredentialFields {
            client_id: Field::Set(credential.client_id.clone()),
            client_secret: None,
            client_secret_hashed: Some(SecretText(credential.hash())),
        };
        let head = head(&credential.head, None);
        let id = match made {
            Some(made) => {
                sure(self.target.change_credential(made, &head, &fields));
                made
            }
            None => sure(self.target.create_credential(app, &head, &fields)).credential,
        };
        self.target.mark::<Credential>(id, credential.head.id, self.source.home);
    }

    fn subscription(&mut self, app: Id, subscription: &Subscription) {
        let product = &self.source.products[subscription.product];
        let address = format!("{}:{}", product.head.name, product.version);
        let Some(product) = self.target.product(&address).map(|product| product.head.id) else {
            return;
        };
        let head = head(&subscription.head, Some(&subscription.state));
        let id = sure(self.target.create_subscription(app, product, &subscription.plan, &head));
        self.target.mark::<Subscription>(id, subscription.head.id, self.source.home);
    }
}

fn head(head: &super::world::Head, state: Option<&String>) -> HeadFields {
    let summary = head.summary.clone().map_or(Field::Absent, Field::Set);
    HeadFields {
        name: Some(head.name.clone()),
        title: Some(head.title.clone()),
        summary,
        state: state.cloned(),
        metadata: Field::Absent,
    }
}
