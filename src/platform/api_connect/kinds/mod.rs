//! The kinds of API Connect: one row each, in dependency order. What is odd about a kind stands in its own file.

pub(super) mod app;
pub(super) mod consumer_org;
pub(super) mod credential;
pub(super) mod member;
pub(super) mod product;
pub(super) mod subscription;
pub(super) mod user;

pub use consumer_org::SANDBOX_ORG;

use crate::model::{
    Kind, KindId, KindTable,
    kind::{Birth, Identity, Marking, Presence, Reading, Removal, Task},
};

/// User registries, by name and type.
pub(super) const REGISTRIES: KindId = KindId(0);
/// Users.
pub const USERS: KindId = KindId(1);
/// Consumer organizations.
pub const CONSUMER_ORGS: KindId = KindId(2);
/// Products.
pub const PRODUCTS: KindId = KindId(3);
/// APIs.
pub(in super::super) const APIS: KindId = KindId(4);
/// Members of consumer organizations.
pub const MEMBERS: KindId = KindId(5);
/// Apps.
pub const APPLICATIONS: KindId = KindId(6);
/// Credentials of apps.
pub const CREDENTIALS: KindId = KindId(7);
/// Subscriptions of apps to plans of Products.
pub const SUBSCRIPTIONS: KindId = KindId(8);

/// The kinds that `SyncProductsAndAPIs` is about.
pub const PRODUCT_KINDS: [KindId; 2] = [PRODUCTS, APIS];

/// The kinds of API Connect.
pub static KINDS: KindTable = KindTable::new(&[
    REGISTRY,
    user::KIND,
    consumer_org::KIND,
    product::KIND,
    product::API,
    member::KIND,
    app::KIND,
    credential::KIND,
    subscription::KIND,
]);

/// A kind as most are; rows say only what is different.
pub(super) const PLAIN: Kind = Kind {
    name: "",
    singular: "",
    parent: None,
    references: &[],
    identity: Identity::Natural,
    at_birth: &[],
    key_is_fixed: false,
    unique: &[],
    exclusive: None,
    secret: None,
    approved: &["state"],
    birth: Birth::Alone,
    removal: Removal::Explicit,
    presence: Presence::Own,
    reading: Reading::Whole,
    task: Task::Replicate,
    marking: Marking::Managed,
};

/// User registries are matched by name and type and must be there already (api-connect-rest.md section 4).
const REGISTRY: Kind = Kind {
    name: "user_registries",
    singular: "user registry",
    removal: Removal::Never,
    task: Task::Prerequisite,
    ..PLAIN
};
