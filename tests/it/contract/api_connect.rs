//! API Connect under the contract, against the sandbox.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use apic_configsync::{
    commands::run_options,
    config::{Config, Environment, FlagValues},
    engine::{
        catalog::{Reader, Writer},
        model::{Handle, KindId},
        plan::Policy,
    },
    http::RetryPolicy,
    platform::{
        self, Carriers, Catalogs,
        api_connect::{APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, KINDS, MEMBERS, SUBSCRIPTIONS},
    },
    sandbox::{
        Cluster, Effect, Fault, Id, InProcess, SharedCluster,
        faults::FaultBody,
        share,
        world::{
            App, ConsumerOrg, Subscription, User,
            build_products::{api_document, product_document},
        },
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::world::{Loss, ReadWorld, WriteWorld};
use crate::{secrets::Secrets, stage::SETTLED};

/// Two clusters of the sandbox.
pub(super) struct Pair {
    pub(super) source: SharedCluster,
    target: SharedCluster,
    pub(super) secrets: Secrets,
    /// How much had gone wrong when it was last asked.
    struck: AtomicU64,
}

impl Pair {
    fn of(source: Cluster, target: Cluster) -> Self {
        let pair = Self {
            source: share(source),
            target: share(target),
            secrets: Secrets::default(),
            struck: AtomicU64::new(0),
        };
        pair.settle();
        pair
    }

    /// Lets what was made on either side settle, until both tell the same time.
    fn settle(&self) {
        let clusters = [&self.source, &self.target];
        let times = clusters.map(|cluster| cluster.lock().unwrap().clock().now());
        for cluster in clusters {
            let mut cluster = cluster.lock().unwrap();
            let present = times[0].max(times[1]) + SETTLED;
            let behind = present - cluster.clock().now();
            cluster.tick(behind);
        }
        self.secrets.learn_worlds(clusters);
    }

    pub(super) fn config(&self) -> Config {
        let settings = [("SyncProductsAndAPIs", "true"), ("API_CACHE_REQUEST_PAGE_SIZE", "2"), ("DELETE_GRACE", "0s")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let source = self.source.lock().unwrap().variables("SOURCE", "https://source.test/api");
        let target = self.target.lock().unwrap().variables("TARGET", "https://target.test/api");
        let environment: Environment = settings.into_iter().chain(source).chain(target).collect();
        let kinds: Vec<&str> = KINDS.reported().map(|kind| KINDS.row(kind).name).collect();
        Config::load(&environment, &FlagValues::default(), &kinds).unwrap().0
    }

    pub(super) async fn catalogs(&self) -> Result<Catalogs, String> {
        let carry = |cluster| Arc::new(InProcess::new(Arc::clone(cluster))).into();
        let retry = RetryPolicy::instant();
        let carriers = Carriers { source: carry(&self.source), target: carry(&self.target), retry };
        let until = (&CancellationToken::new(), None);
        let access = platform::connect(platform::DEFAULT, &self.config(), &carriers, now(), until).await;
        access.catalogs.ok_or_else(|| format!("{:?}", access.findings))
    }

    pub(super) fn options(&self) -> Policy {
        let config = self.config();
        run_options(&config.settings, platform::DEFAULT.scope(&config.settings), now(), None).policy
    }

    fn target(&self, deed: impl FnOnce(&mut Cluster)) {
        deed(&mut self.target.lock().unwrap());
    }

    fn struck(cluster: &SharedCluster) -> u64 {
        cluster.lock().unwrap().faults.struck().values().sum()
    }
}

pub(super) fn now() -> Timestamp {
    "2026-01-18T08:00:00Z".parse().unwrap()
}

/// A source with three of everything and more, and a target with what must be there already.
fn worlds() -> (Cluster, Cluster) {
    let [mut source, mut target] = [1, 2].map(|seed| {
        let mut cluster = Cluster::new(seed, "provider", "sandbox");
        cluster.add_registry("ldap", "ldap");
        cluster.add_registry("partners", "lur");
        for number in 1..=3 {
            cluster.add_gateway_service(&format!("gateway-{number}"));
            cluster.add_oauth_provider(None, &format!("oauth-{number}"));
            cluster.add_tls_client_profile(None, &format!("tls-{number}"), "1.0.0");
            cluster.add_api_user_registry(None, &format!("callers-{number}"));
        }
        cluster
    });
    target.set("hash_client_secret", true);
    target.set("config_sync_target_catalog", true);
    fill(&mut source);
    for number in 1..=3 {
        target.add_group(&format!("group-{number}"), &[]);
    }
    (source, target)
}

fn fill(source: &mut Cluster) {
    let products = ["one", "two", "three"].map(|name| {
        let document =
            product_document(name, "1.0.0", &[("gold", false), ("silver", false)], &[&format!("{name}-api:1.0.0")]);
        source.publish_in(None, document, vec![(api_document(&format!("{name}-api"), "1.0.0"), None)]);
        format!("{name}:1.0.0")
    });
    for registry in ["sandbox-catalog", "ldap", "partners"] {
        let people = ["ann", "ben", "cat"].map(|name| source.add_user(registry, &format!("{name}-of-{registry}")));
        let org = source.add_org(&format!("org-of-{registry}"), people[0]);
        source.add_member(org, people[1], &["developer"]);
        source.add_member(org, people[2], &["viewer"]);
        source.add_group(&format!("group-{}", source.groups.rows_under(source.home).count() + 1), &[]);
        for app in ["shop", "mobile", "batch"] {
            let key = format!("{registry}-{app}");
            let id = source.add_app_with(org, app, &format!("{key}-id"), &format!("{key}-clear-text"));
            source.add_credential(id, &format!("{key}-second-id"), &format!("{key}-second-clear-text"));
            for product in &products {
                source.subscribe(id, product, "gold");
            }
        }
    }
}

/// Which of the two readers is tried.
pub(super) const SOURCE: bool = false;
pub(super) const TARGET: bool = true;

/// A catalog that is read as the source of a run, or as its target.
pub(super) struct ReadSide<const IS_TARGET: bool>(pub(super) Pair);

impl<const IS_TARGET: bool> ReadSide<IS_TARGET> {
    pub(super) fn cluster(&self) -> &SharedCluster {
        if IS_TARGET { &self.0.target } else { &self.0.source }
    }

    pub(super) fn spoil(&self, kind: KindId, loss: Loss) {
        let list = list_of(KINDS.row(kind).name);
        self.cluster().lock().unwrap().faults.add(fault(list, loss));
    }
}

/// The end of the path of a kind's list.
fn list_of(kind: &str) -> &'static str {
    match kind {
        "user_registries" => "/configured-catalog-user-registries",
        "users" => "/users",
        "consumer_orgs" => "/consumer-orgs",
        "consumer_groups" => "/consumer-groups",
        "gateway_services" => "/configured-gateway-services",
        "oauth_providers" => "/configured-oauth-providers",
        "tls_client_profiles" => "/configured-tls-client-profiles",
        "api_user_registries" => "/configured-api-user-registries",
        "apis" => "/apis",
        "products" => "/products",
        "members" => "/members",
        "applications" => "/apps",
        "credentials" => "/credentials",
        "subscriptions" => "/subscriptions",
        "spaces" => "/spaces",
        kind => panic!("where are {kind} listed?"),
    }
}

fn fault(list: &'static str, loss: Loss) -> Fault {
    let effect = match loss {
        Loss::Pages => Effect::EmptyList,
        Loss::Row => Effect::DropRow(0),
        Loss::Total => Effect::WrongTotal(99),
        Loss::Answer => Effect::ingress(500),
        Loss::Ids => Effect::edit(|row| {
            row.as_object_mut().unwrap().remove("id");
        }),
    };
    Fault::on("GET", list, effect).when(move |request| {
        let is_first = request.uri().query().unwrap_or_default().split('&').any(|pair| pair == "offset=0");
        let is_struck = match loss {
            Loss::Pages => !is_first,
            Loss::Row => is_first,
            Loss::Total | Loss::Answer | Loss::Ids => true,
        };
        request.uri().path().ends_with(list) && is_struck
    })
}

#[async_trait]
impl<const IS_TARGET: bool> ReadWorld for ReadSide<IS_TARGET> {
    fn filled() -> Self {
        let (full, other) = worlds();
        Self(if IS_TARGET { Pair::of(other, full) } else { Pair::of(full, other) })
    }

    async fn reader(&self, loss: Option<(KindId, Loss)>) -> Result<Arc<dyn Reader>, String> {
        if let Some((kind, loss)) = loss {
            self.spoil(kind, loss);
        }
        let catalogs = self.0.catalogs().await?;
        Ok(if IS_TARGET { catalogs.target } else { catalogs.source })
    }

    fn lost(&self) -> usize {
        usize::try_from(Pair::struck(self.cluster())).unwrap()
    }

    fn repeat_all_in_refusals(&self) -> bool {
        let echo = Effect::Echo { status: 400, body: FaultBody::Json };
        self.cluster().lock().unwrap().faults.add(Fault::on("GET", "", echo));
        true
    }

    fn assert_hidden(&self, what: &str, text: &str) {
        self.0.secrets.assert_absent(what, text);
    }

    /// A catalog without spaces is one place of its own.
    fn lists_nothing_of(&self, kind: &str) -> bool {
        kind == "spaces"
    }
}

fn is_write(request: &http::Request<Bytes>) -> bool {
    let path = request.uri().path();
    request.method() != http::Method::GET && !path.ends_with("/token") && !path.ends_with("/search")
}

/// What others do to an object of a kind. Of Products and APIs, which are published anew as a whole, and of people, whose
/// home is wider than the catalog, whole runs say more than can be said here.
fn deed_of_others(kind: KindId) -> Option<fn(&mut Cluster, Id)> {
    Some(match kind {
        CONSUMER_ORGS => |it, id| it.retitle::<ConsumerOrg>(id, "Theirs"),
        APPLICATIONS => |it, id| it.retitle::<App>(id, "Theirs"),
        MEMBERS => |it, id| it.set_roles(id, &["administrator"]),
        CREDENTIALS => |it, id| it.change_secret(id, "their-clear-text"),
        SUBSCRIPTIONS => |it, id| it.change::<Subscription>(id, |row| "disabled".clone_into(&mut row.state)),
        _ => return None,
    })
}

#[async_trait]
impl WriteWorld for Pair {
    fn pair() -> Self {
        let (source, target) = worlds();
        Self::of(source, target)
    }

    async fn connect(&self) -> (Arc<dyn Reader>, Arc<dyn Writer>) {
        self.settle();
        let catalogs = self.catalogs().await.unwrap();
        (catalogs.source, catalogs.target)
    }

    fn policy(&self) -> Policy {
        self.options()
    }

    fn change_source(&self) {
        let mut source = self.source.lock().unwrap();
        let source = &mut *source;
        let org = source.org("org-of-ldap").unwrap().head.id;
        source.retitle::<ConsumerOrg>(org, "Ours");
        let shop = source.app("org-of-ldap", "shop").unwrap().head.id;
        source.retitle::<App>(shop, "Ours");
        let ben = source.user("ldap", "ben-of-ldap").unwrap().head.id;
        source.change::<User>(ben, |row| row.email = Some("ben@elsewhere.example.com".into()));
        let member = source.member(org, ben).unwrap().head.id;
        source.set_roles(member, &["developer", "viewer"]);
        let credential = source.credentials(shop)[0].head.id;
        source.change_secret(credential, "our-clear-text");
        let subscription = source.subscriptions(shop)[0].head.id;
        source.change::<Subscription>(subscription, |row| "suspended".clone_into(&mut row.state));
        let product = source.product("one:1.0.0").unwrap().head.id;
        source.change_product_document(product, |document| document["info"]["title"] = "Ours".into());
        let api = source.api("two-api:1.0.0").unwrap().head.id;
        source.change_api_document(api, |document| document["info"]["title"] = "Ours".into());
    }

    fn empty_source(&self) {
        let mut source = self.source.lock().unwrap();
        let source = &mut *source;
        let gone = source.org("org-of-partners").unwrap().head.id;
        source.remove_org(gone);
        let batch = source.app("org-of-ldap", "batch").unwrap().head.id;
        source.remove_app(batch);
        let shop = source.app("org-of-ldap", "shop").unwrap().head.id;
        let credential = source.credentials(shop)[1].head.id;
        source.remove_credential(credential).unwrap();
        let subscription = source.subscriptions(shop)[0].head.id;
        source.remove_subscription(subscription);
        let org = source.org("org-of-ldap").unwrap().head.id;
        let ben = source.user("ldap", "ben-of-ldap").unwrap().head.id;
        let member = source.member(org, ben).unwrap().head.id;
        source.remove_member(member).unwrap();
        let product = source.product("three:1.0.0").unwrap().head.id;
        source.remove_product(product);
    }

    fn lose_answer(&self, n: u32) {
        self.target(|it| it.faults.add(Fault::on("*", "", Effect::LoseAnswer).when(is_write).nth(n)));
    }

    fn change_meanwhile(&self, kind: KindId, handle: &Handle) -> bool {
        let Some(deed) = deed_of_others(kind) else {
            return false;
        };
        let id: Id = handle.id().parse().unwrap();
        self.target(|it| {
            it.faults.add(Fault::on("*", "", Effect::call(move |it| deed(it, id))).when(is_write).once());
            it.faults.add(Fault::on("*", "", Effect::Reset).when(is_write).once());
        });
        true
    }

    fn calm(&self) -> bool {
        self.target(|it| it.faults.clear());
        let struck = Self::struck(&self.target);
        self.struck.swap(struck, Ordering::Relaxed) < struck
    }

    fn effects(&self) -> usize {
        self.target.lock().unwrap().requests().iter().filter(|request| request.changed).count()
    }

    fn assert_hidden(&self, what: &str, text: &str) {
        self.secrets.learn_worlds([&self.source, &self.target]);
        self.secrets.assert_absent(what, text);
    }

    fn never_made(&self) -> &'static [&'static str] {
        &[]
    }

    /// An API comes with its Product's publish, which carries no metadata.
    fn unmarked(&self) -> &'static [&'static str] {
        &["apis"]
    }
}
