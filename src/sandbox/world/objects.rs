//! The kinds of objects, as plain data. Field names are those of the REST API.
#![expect(missing_docs, reason = "the fields have the names of the REST API and are described in api-connect-rest.md")]

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::id::Id;
use super::table::Record;

/// What all objects have (section 1, "Common object fields"). Times are seconds on the virtual clock.
#[derive(Debug, Clone)]
pub struct Head {
    pub id: Id,
    pub name: String,
    pub title: String,
    pub summary: Option<String>,
    pub metadata: Option<Map<String, Value>>,
    /// The user who made it, where that is known (`created_by`).
    pub maker: Option<Id>,
    pub created_at: i64,
    pub updated_at: i64,
}

/// The provider organization.
#[derive(Debug, Clone)]
pub struct ProviderOrg {
    pub head: Head,
}

/// A user registry of the provider organization.
#[derive(Debug, Clone)]
pub struct Registry {
    pub head: Head,
    pub org: Id,
    /// `lur`, `ldap`, `authurl` or `oidc`.
    pub registry_type: String,
    pub case_sensitive: bool,
    pub identity_provider: String,
    /// Usernames that a remote directory knows and the server may not have met yet.
    pub directory: Vec<String>,
}

/// A registry put to use in a catalog.
#[derive(Debug, Clone)]
pub struct ConfiguredRegistry {
    pub head: Head,
    pub catalog: Id,
    pub registry: Id,
}

#[derive(Debug, Clone)]
pub struct User {
    pub head: Head,
    pub registry: Id,
    pub case_sensitive: bool,
    pub identity_provider: String,
    pub username: String,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub state: String,
    pub password: Option<SecretString>,
}

/// A catalog with its settings, which are a map because the server itself takes any subset.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub head: Head,
    pub org: Id,
    pub owner: Id,
    pub default_registry: Option<Id>,
    pub settings: Map<String, Value>,
    pub settings_updated_at: i64,
}

#[derive(Debug, Clone)]
pub struct ConsumerOrg {
    pub head: Head,
    pub catalog: Id,
    pub owner: Id,
    pub state: String,
    pub invitation_ttl: u64,
}

/// One of the five roles that each consumer org has copies of.
#[derive(Debug, Clone)]
pub struct Role {
    pub head: Head,
    pub org: Id,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub head: Head,
    pub org: Id,
    pub user: Id,
    pub roles: Vec<Id>,
    pub state: String,
}

#[derive(Debug, Clone)]
pub struct App {
    pub head: Head,
    pub catalog: Id,
    pub org: Id,
    pub state: String,
    pub lifecycle_state: String,
    pub lifecycle_state_pending: Option<String>,
    pub redirect_endpoints: Vec<String>,
    pub certificate: Option<String>,
    pub image_endpoint: Option<String>,
    pub tasks: Vec<Id>,
}

/// A client id with its secret.
#[derive(Debug, Clone)]
pub struct Credential {
    pub head: Head,
    pub catalog: Id,
    pub org: Id,
    pub app: Id,
    pub client_id: String,
    pub secret: Secret,
}

/// What the server knows of a client secret.
#[derive(Debug, Clone)]
pub enum Secret {
    /// All of it: `hash_client_secret` was off when it was set.
    Clear(SecretString),
    /// Base64 of its SHA-256.
    Hashed(SecretString),
}

#[derive(Debug, Clone)]
pub struct Subscription {
    pub head: Head,
    pub catalog: Id,
    pub org: Id,
    pub app: Id,
    /// Of a subscription to an MCP server the id of nothing.
    pub product: Id,
    /// `name:version` of the MCP server that it is to, in the place of a product (section 22).
    pub mcp_server: Option<String>,
    pub plan: String,
    pub plan_title: String,
    pub state: String,
    pub tasks: Vec<Id>,
}

/// A consumer org group.
#[derive(Debug, Clone)]
pub struct Group {
    pub head: Head,
    pub catalog: Id,
    pub orgs: Vec<Id>,
}

#[derive(Debug, Clone)]
pub struct Space {
    pub head: Head,
    pub catalog: Id,
}

/// An approval that somebody has to give.
#[derive(Debug, Clone)]
pub struct Task {
    pub head: Head,
    pub catalog: Id,
    pub subject: Subject,
    /// Who raised it; nobody for what was there from the start.
    pub originator: Option<Id>,
    /// `pending`, `approved` or `rejected`.
    pub state: String,
}

/// What an approval is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The app's move to `production`.
    App(Id),
    Subscription(Id),
    /// The product's publication.
    Product(Id),
}

/// Implements [`Record`] for a kind: its parent, and what else is not the default.
macro_rules! record {
    ($kind:ty, $parent:ident $(; $($rest:tt)*)?) => {
        impl Record for $kind {
            fn head(&self) -> &Head {
                &self.head
            }
            fn head_mut(&mut self) -> &mut Head {
                &mut self.head
            }
            fn parent(&self) -> Id {
                self.$parent
            }
            $($($rest)*)?
        }
    };
}

record!(Registry, org);
record!(ConfiguredRegistry, catalog);
record! {
    User, registry;
    fn key(&self) -> Option<(Id, String)> {
        Some((self.registry, fold(&self.username, self.case_sensitive)))
    }
}
record!(Catalog, org);
record! {
    ConsumerOrg, catalog;
    fn consumer_org(&self) -> Option<Id> {
        Some(self.head.id)
    }
}
record! {
    Role, org;
    fn consumer_org(&self) -> Option<Id> {
        Some(self.org)
    }
}
record! {
    Member, org;
    fn listed_under(&self) -> Vec<Id> {
        vec![self.org, self.user]
    }
    fn key(&self) -> Option<(Id, String)> {
        Some((self.org, self.user.to_string()))
    }
    fn consumer_org(&self) -> Option<Id> {
        Some(self.org)
    }
}
record! {
    App, org;
    fn listed_under(&self) -> Vec<Id> {
        vec![self.catalog, self.org]
    }
    fn consumer_org(&self) -> Option<Id> {
        Some(self.org)
    }
}
record! {
    Credential, app;
    fn listed_under(&self) -> Vec<Id> {
        vec![self.catalog, self.org, self.app]
    }
    fn key(&self) -> Option<(Id, String)> {
        Some((self.catalog, self.client_id.clone()))
    }
    fn consumer_org(&self) -> Option<Id> {
        Some(self.org)
    }
}
record! {
    Subscription, app;
    fn listed_under(&self) -> Vec<Id> {
        vec![self.catalog, self.org, self.app, self.product]
    }
    fn key(&self) -> Option<(Id, String)> {
        Some((self.app, format!("{}/{}", self.product, self.plan)))
    }
    fn consumer_org(&self) -> Option<Id> {
        Some(self.org)
    }
}
record!(Group, catalog);
record! {
    Space, catalog;
    fn space(&self) -> Option<Id> {
        Some(self.head.id)
    }
}
record!(Task, catalog);

/// A username as its registry compares it.
pub(super) fn fold(username: &str, case_sensitive: bool) -> String {
    if case_sensitive { username.to_owned() } else { username.to_lowercase() }
}
