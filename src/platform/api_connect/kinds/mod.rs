//! The kinds of API Connect: one row each, in dependency order. What is odd about a kind stands in its own file.

pub(super) mod api;
pub(super) mod app;
pub(super) mod consumer_org;
pub(super) mod credential;
pub(super) mod dependants;
pub(super) mod member;
pub(super) mod prerequisite;
pub(super) mod product;
pub(super) mod space;
pub(super) mod subscription;
pub(super) mod user;
pub(super) mod user_registry;

pub use consumer_org::{OWNER, SANDBOX_ORG};

use crate::engine::model::{
    Kind, KindId, KindTable,
    kind::{Identity, ListMode, MadeWithParent, Marking, Presence, RemovalRule, Role, Trust},
};

/// User registries, by name and type.
pub(crate) const REGISTRIES: KindId = KindId(0);
/// Users.
pub const USERS: KindId = KindId(1);
/// Consumer organizations.
pub const CONSUMER_ORGS: KindId = KindId(2);
/// Where Products are published: the spaces, or the catalog itself where it has none.
pub const SPACES: KindId = KindId(3);
/// Groups of consumer organizations.
pub const GROUPS: KindId = KindId(4);
/// Gateway services.
pub const GATEWAY_SERVICES: KindId = KindId(5);
/// OAuth providers.
pub const OAUTH_PROVIDERS: KindId = KindId(6);
/// TLS client profiles.
pub const TLS_CLIENT_PROFILES: KindId = KindId(7);
/// User registries that APIs authenticate callers against.
pub const API_USER_REGISTRIES: KindId = KindId(8);
/// APIs.
pub const APIS: KindId = KindId(9);
/// Products.
pub const PRODUCTS: KindId = KindId(10);
/// Members of consumer organizations.
pub const MEMBERS: KindId = KindId(11);
/// Apps.
pub const APPLICATIONS: KindId = KindId(12);
/// Credentials of apps.
pub const CREDENTIALS: KindId = KindId(13);
/// Subscriptions of apps to plans of Products.
pub const SUBSCRIPTIONS: KindId = KindId(14);

/// The kinds that `SyncProductsAndAPIs` is about.
pub const PRODUCT_KINDS: [KindId; 2] = [PRODUCTS, APIS];

/// The kinds of API Connect.
pub static KINDS: KindTable = KindTable::new(&[
    REGISTRY,
    user::KIND,
    consumer_org::KIND,
    prerequisite("spaces", "space"),
    prerequisite("consumer_groups", "consumer group"),
    prerequisite("gateway_services", "gateway service"),
    prerequisite("oauth_providers", "OAuth provider"),
    prerequisite("tls_client_profiles", "TLS client profile"),
    prerequisite("api_user_registries", "API user registry"),
    api::KIND,
    product::KIND,
    member::KIND,
    app::KIND,
    credential::KIND,
    subscription::KIND,
]);

/// A kind as most are; rows say only what is different.
pub(crate) const PLAIN: Kind = Kind {
    name: "",
    singular: "",
    parent: None,
    references: &[],
    identity: Identity::Natural,
    at_birth: &[],
    required: &[],
    unordered: &[],
    key_is_fixed: false,
    unique: &[],
    site_unique: None,
    exclusive: None,
    secret: None,
    approved: &["state"],
    birth: MadeWithParent::Alone,
    removal: RemovalRule::Explicit,
    presence: Presence::Own,
    reading: ListMode::Whole,
    task: Role::Replicate,
    marking: Marking::Managed,
    trust: Trust::Always,
    lifecycle: None,
    grace: false,
    dated: false,
    suspension: None,
};

/// User registries are matched by name and type (api-connect-rest.md section 4).
const REGISTRY: Kind = prerequisite("user_registries", "user registry");

/// A kind that must be there already: it is matched by name and never written.
const fn prerequisite(name: &'static str, singular: &'static str) -> Kind {
    Kind { name, singular, removal: RemovalRule::Never, task: Role::Prerequisite, ..PLAIN }
}
